/* epoll_create1(2). */
#include "test.h"
#include <sys/epoll.h>

int main(void)
{
	CHECK_ERRNO(epoll_create1(1), EINVAL);
	CHECK_ERRNO(epoll_create1(O_NONBLOCK), EINVAL);
	int a = epoll_create1(0), b = epoll_create1(EPOLL_CLOEXEC);
	REQUIRE(a >= 0 && b >= 0);
	CHECK_EQ(fcntl(a, F_GETFD), 0);
	CHECK_EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
	struct stat st;
	CHECK_OK(fstat(a, &st));
	CHECK_EQ(st.st_mode & 0777, 0600);
	return test_done();
}
