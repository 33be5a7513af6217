#include "test.h"

/* A pipe that is opened anew through /proc waits for no other end. */
static void reopened(void)
{
	int p[2], fd;
	char buf[16], path[32];

	CHECK_OK(pipe2(p, 0));
	snprintf(path, sizeof path, "/proc/self/fd/%d", p[0]);
	CHECK_EQ(write(p[1], "abc", 3), 3);
	close(p[1]);
	fd = open(path, O_RDONLY);
	CHECK_EQ(read(fd, buf, 16), 3);
	CHECK_EQ(read(fd, buf, 16), 0);
	close(fd);
	fd = open(path, O_WRONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	close(fd);
	snprintf(path, sizeof path, "/proc/self/fd/%d", p[0]);
	close(p[0]);
	CHECK_OK(pipe2(p, 0));
	snprintf(path, sizeof path, "/proc/self/fd/%d", p[1]);
	close(p[0]);
	fd = open(path, O_WRONLY);
	CHECK(fd >= 0);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(fd, "x", 1), EPIPE);
	close(fd);
	close(p[1]);
}

int main(void)
{
	int p[2];
	char buf[16];
	CHECK_OK(pipe2(p, O_CLOEXEC | O_NONBLOCK));
	CHECK_EQ(fcntl(p[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(p[1], F_GETFL), O_WRONLY | O_NONBLOCK);
	CHECK_ERRNO(pipe2(p, O_APPEND), EINVAL);
	CHECK_OK(pipe2(p, O_DIRECT));
	CHECK_EQ(write(p[1], "abc", 3), 3);
	CHECK_EQ(write(p[1], "de", 2), 2);
	CHECK_EQ(read(p[0], buf, 16), 3);
	CHECK_EQ(read(p[0], buf, 1), 1);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	CHECK_ERRNO(read(p[0], buf, 1), EAGAIN);
	reopened();
	return test_done();
}
