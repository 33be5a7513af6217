#include "test.h"

int main(void)
{
	int p[2];
	CHECK_OK(pipe(p));
	struct pollfd f[3] = { { p[0], POLLIN }, { p[1], POLLOUT }, { -1, POLLIN } };
	CHECK_EQ(poll(f, 3, 0), 1);
	CHECK_EQ(f[0].revents, 0);
	CHECK_EQ(f[1].revents, POLLOUT);
	CHECK_EQ(f[2].revents, 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(poll(f, 1, -1), 1);
	CHECK_EQ(f[0].revents, POLLIN);
	close(p[1]);
	CHECK_EQ(poll(f, 2, 0), 2);
	CHECK_EQ(f[0].revents, POLLIN | POLLHUP);
	CHECK_EQ(f[1].revents, POLLNVAL);
	int fd = make_file("f", "");
	f[0].fd = fd;
	f[0].events = POLLIN | POLLOUT;
	CHECK_EQ(poll(f, 1, 1000), 1);
	CHECK_EQ(f[0].revents, POLLIN | POLLOUT);
	CHECK_EQ(poll(0, 0, 10), 0);
	CHECK_ERRNO(poll(BAD_PTR, 1, 0), EFAULT);
	CHECK_OK(pipe(p));
	pid_t child = fork();
	if (!child) {
		usleep(20000);
		write(p[1], "y", 1);
		_exit(0);
	}
	f[0].fd = p[0];
	f[0].events = POLLIN;
	CHECK_EQ(poll(f, 1, 10000), 1);
	wait(0);
	/* A list without entries has a place, too. */
	CHECK_OK(poll(BAD_PTR, 0, 0));
	CHECK_ERRNO(poll((void *)0xffff888000000000, 0, 0), EFAULT);
	CHECK_ERRNO(poll((void *)0xffff888000000000, 1000000000, 0), EINVAL);
	return test_done();
}
