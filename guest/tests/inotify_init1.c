/* inotify_init1(2). */
#include "test.h"
#include <sys/inotify.h>

int main(void)
{
	CHECK_ERRNO(inotify_init1(1), EINVAL);
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	return test_done();
}
