#include "test.h"

int main(void)
{
	char buf[16];
	int fd = make_file("f", "0123456789");
	CHECK_EQ(pread(fd, buf, 4, 3), 4);
	CHECK(!memcmp(buf, "3456", 4));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(pread(fd, buf, 4, 8), 2);
	CHECK_EQ(pread(fd, buf, 4, 100), 0);
	CHECK_ERRNO(pread(fd, buf, 4, -1), EINVAL);
	CHECK_ERRNO(pread(-1, buf, 4, -1), EINVAL);
	CHECK_ERRNO(pread(-1, buf, 4, 0), EBADF);
	CHECK_ERRNO(pread(fd, BAD_PTR, 4, 0), EFAULT);
	int p[2];
	CHECK_OK(pipe(p));
	CHECK_ERRNO(pread(p[0], buf, 1, 0), ESPIPE);
	return test_done();
}
