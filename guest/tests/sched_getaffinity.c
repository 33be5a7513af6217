// sched_getaffinity(2): whole words; the result is how many bytes were written.
#include "test.h"

#define raw(pid, len, mask) syscall(SYS_sched_getaffinity, pid, len, mask)

int main(void)
{
	unsigned long mask[16];
	memset(mask, 0x55, sizeof mask);
	CHECK_EQ(raw(0, 8, mask), 8);
	CHECK(mask[0] != 0);
	CHECK_EQ(mask[1], 0x5555555555555555);
	int n = raw(0, sizeof mask, mask);
	CHECK(n >= 8 && n <= (int)sizeof mask && n % 8 == 0);
	CHECK_ERRNO(raw(0, 0, mask), EINVAL);
	CHECK_ERRNO(raw(0, 4, mask), EINVAL);
	CHECK_ERRNO(raw(0, 12, mask), EINVAL);
	CHECK_ERRNO(raw(99999999, 12, mask), EINVAL);
	CHECK_ERRNO(raw(99999999, 8, BAD_PTR), ESRCH);
	CHECK_ERRNO(raw(-1, 8, mask), ESRCH);
	CHECK_ERRNO(raw(0, 8, BAD_PTR), EFAULT);
	CHECK_EQ(raw(getpid(), 8, mask), 8);
	CHECK_EQ(IN_CHILD({
		pid_t root = getppid();
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_EQ(raw(root, 8, mask), 8);
	}), 0);
	return test_done();
}
