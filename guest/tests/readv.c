#include "test.h"

int main(void)
{
	char a[4], b[4];
	struct iovec v[2] = { { a, 3 }, { b, 4 } };
	int fd = make_file("f", "abcdefghij");
	CHECK_EQ(readv(fd, v, 2), 7);
	CHECK(!memcmp(a, "abc", 3) && !memcmp(b, "defg", 4));
	CHECK_EQ(readv(fd, v, 2), 3);
	CHECK_EQ(readv(fd, v, 0), 0);
	CHECK_ERRNO(readv(fd, v, -1), EINVAL);
	CHECK_ERRNO(readv(fd, v, 1025), EINVAL);
	CHECK_ERRNO(readv(-1, v, 1025), EBADF);
	CHECK_ERRNO(readv(fd, BAD_PTR, 1), EFAULT);
	struct iovec neg[2] = { { a, 1 }, { b, (size_t)-1 } };
	CHECK_ERRNO(readv(fd, neg, 2), EINVAL);
	lseek(fd, 0, SEEK_SET);
	struct iovec bad[2] = { { a, 2 }, { BAD_PTR, 4 } };
	CHECK_EQ(readv(fd, bad, 2), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 2);
	/* How many buffers there are is a 32-bit number. */
	lseek(fd, 0, SEEK_SET);
	CHECK_EQ(syscall(SYS_readv, fd, v, 0x100000001), 3);
	CHECK_EQ(syscall(SYS_readv, fd, v, 0x100000000), 0);
	return test_done();
}
