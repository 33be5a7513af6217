/* epoll_create(2): the size only has to be positive. */
#include "test.h"
#include <sys/epoll.h>

int main(void)
{
	CHECK_ERRNO(syscall(SYS_epoll_create, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_epoll_create, -1), EINVAL);
	int fd = syscall(SYS_epoll_create, 1);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	char c;
	CHECK_ERRNO(read(fd, &c, 1), EINVAL);
	CHECK_ERRNO(write(fd, &c, 1), EINVAL);
	return test_done();
}
