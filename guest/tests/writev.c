#include "test.h"

int main(void)
{
	char buf[16];
	struct iovec v[3] = { { "abc", 3 }, { "", 0 }, { "defg", 4 } };
	int fd = make_file("f", "");
	CHECK_EQ(writev(fd, v, 3), 7);
	CHECK_EQ(pread(fd, buf, 16, 0), 7);
	CHECK(!memcmp(buf, "abcdefg", 7));
	CHECK_EQ(writev(fd, v, 0), 0);
	CHECK_ERRNO(writev(fd, v, -1), EINVAL);
	CHECK_ERRNO(writev(99, v, 1), EBADF);
	struct iovec bad[2] = { { "xy", 2 }, { BAD_PTR, 4 } };
	CHECK_EQ(writev(fd, bad, 2), 2);
	/* How many buffers there are is a 32-bit number. */
	char counted[1] = "";
	struct iovec one = { counted, 1 };
	CHECK_EQ(syscall(SYS_writev, open("counted", O_CREAT | O_WRONLY, 0600), &one, 0x100000001), 1);
	return test_done();
}
