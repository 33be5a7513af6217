/* inotify_init, the call without flags. */
#include "test.h"
#include <sys/inotify.h>

int main(void)
{
	char buf[100];
	int n, fd = syscall(SYS_inotify_init);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	CHECK_ERRNO(read(fd, buf, 100), EAGAIN);
	CHECK_ERRNO(write(fd, buf, 1), EBADF);
	CHECK_OK(ioctl(fd, FIONREAD, &n));
	CHECK_EQ(n, 0);
	return test_done();
}
