#include "test.h"

int main(void)
{
	int n = -1, fd = make_file("f", "hello");
	CHECK_OK(ioctl(fd, FIONREAD, &n));
	CHECK_EQ(n, 5);
	CHECK_OK(ioctl(fd, FIOCLEX));
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_OK(ioctl(fd, FIONCLEX));
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	n = 1;
	CHECK_OK(ioctl(fd, FIONBIO, &n));
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK_ERRNO(ioctl(fd, TCGETS, &n), ENOTTY);
	CHECK_ERRNO(ioctl(-1, FIONREAD, &n), EBADF);
	CHECK_ERRNO(ioctl(fd, 0x12345678, 0), ENOTTY);
	CHECK_ERRNO(ioctl(fd, FIONREAD, BAD_PTR), EFAULT);
	return test_done();
}
