/* eventfd(2) as it was before flags, through the raw call. */
#include "test.h"
#include <sys/eventfd.h>

int main(void)
{
	uint64_t v;
	int fd = syscall(SYS_eventfd, 3);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 3);
	v = 5;
	CHECK_EQ(write(fd, &v, 8), 8);
	v = 6;
	CHECK_EQ(write(fd, &v, 8), 8);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 11);
	/* A reader that waits is woken. */
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		v = 9;
		_exit(write(fd, &v, 8) != 8);
	}
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 9);
	CHECK_EQ(test_wait(child), 0);
	return test_done();
}
