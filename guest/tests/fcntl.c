#include "test.h"

int main(void)
{
	int fd = make_file("f", "0123456789");
	int c = fcntl(fd, F_DUPFD, 30);
	CHECK_EQ(c, 30);
	CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 30), 31);
	CHECK_EQ(fcntl(31, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(30, F_GETFD), 0);
	CHECK_ERRNO(fcntl(fd, F_DUPFD, -1), EINVAL);
	CHECK_ERRNO(fcntl(99, F_GETFD), EBADF);
	CHECK_ERRNO(fcntl(fd, 9999), EINVAL);
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | 0100000 /* O_LARGEFILE */);
	CHECK_OK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_RDONLY));
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | 0100000);
	CHECK_EQ(fcntl(30, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | 0100000);
	CHECK_OK(fcntl(fd, F_SETFL, 0));
	int path = open("f", O_PATH);
	CHECK_EQ(fcntl(path, F_GETFL), O_PATH);
	CHECK_ERRNO(fcntl(path, F_SETFL, 0), EBADF);
	int p[2];
	CHECK_OK(pipe(p));
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(fcntl(p[0], F_SETPIPE_SZ, 5000), 8192);
	CHECK_EQ(fcntl(p[1], F_GETPIPE_SZ), 8192);
	CHECK_ERRNO(fcntl(fd, F_GETPIPE_SZ), EBADF);
	return test_done();
}
