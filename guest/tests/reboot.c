// reboot(2): what is refused, and the two commands about Ctrl-Alt-Del.
/* test: guest-only, it would reboot */
#include "test.h"

#define MAGIC1 0xfee1dead
#define MAGIC2 672274793
#define raw(a, b, cmd, arg) syscall(SYS_reboot, a, b, cmd, arg)

int main(void)
{
	int magic[] = { MAGIC2, 85072278, 369367448, 537993216 };
	for (int i = 0; i < 4; i++) {
		CHECK_OK(raw(MAGIC1, magic[i], 0x89abcdef, 0)); /* CAD_ON */
		CHECK_OK(raw(MAGIC1, magic[i], 0, 0)); /* CAD_OFF */
	}
	CHECK_ERRNO(raw(MAGIC1, MAGIC2 + 1, 0x01234567, 0), EINVAL);
	CHECK_ERRNO(raw(0, MAGIC2, 0x01234567, 0), EINVAL);
	CHECK_ERRNO(raw(MAGIC1, MAGIC2, 0x12121212, 0), EINVAL);
	CHECK_ERRNO(raw(MAGIC1, MAGIC2, 0xa1b2c3d4 /* RESTART2 */, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(MAGIC1, MAGIC2, 0x45584543 /* KEXEC, nothing loaded */, 0), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(MAGIC1, MAGIC2, 0x01234567, 0), EPERM);
		CHECK_ERRNO(raw(0, 0, 0x12121212, 0), EPERM); /* before everything else */
	}), 0);
	return test_done();
}
