#include "test.h"

int main(void)
{
	int fd = make_file("f", "abc");
	CHECK_EQ(dup3(fd, 20, O_CLOEXEC), 20);
	CHECK_EQ(fcntl(20, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(dup3(fd, 20, 0), 20);
	CHECK_EQ(fcntl(20, F_GETFD), 0);
	CHECK_ERRNO(dup3(fd, fd, 0), EINVAL);
	CHECK_ERRNO(dup3(fd, 20, O_NONBLOCK), EINVAL);
	CHECK_ERRNO(dup3(99, 20, 0), EBADF);
	return test_done();
}
