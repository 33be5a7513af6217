#include "test.h"

int main(void)
{
	int fd = make_file("f", "abc");
	CHECK_EQ(dup2(fd, 20), 20);
	CHECK_EQ(dup2(20, 20), 20);
	CHECK_ERRNO(dup2(99, 20), EBADF);
	CHECK_OK(fcntl(20, F_GETFD));
	CHECK_ERRNO(dup2(99, 99), EBADF);
	CHECK_ERRNO(dup2(fd, -1), EBADF);
	CHECK_ERRNO(dup2(fd, 1 << 24), EBADF);
	fcntl(20, F_SETFD, FD_CLOEXEC);
	CHECK_EQ(dup2(fd, 20), 20);
	CHECK_EQ(fcntl(20, F_GETFD), 0);
	return test_done();
}
