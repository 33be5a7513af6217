// sendto(2): datagrams to a name, streams that have a peer already, and what goes wrong.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un addr = { AF_UNIX, "\0to" };
#define LEN 5

TEST(errors)
{
	int s = socket(AF_UNIX, SOCK_DGRAM, 0), fds[2];

	CHECK_ERRNO(sendto(-1, "x", 1, 0, NULL, 0), EBADF);
	CHECK_ERRNO(sendto(0, "x", 1, 0, NULL, 0), ENOTSOCK);
	CHECK_ERRNO(sendto(s, "x", 1, 0, NULL, 0), ENOTCONN);
	CHECK_ERRNO(sendto(s, "x", 1, 0, (void *)&addr, 0), ENOTCONN);
	CHECK_ERRNO(sendto(s, "x", 1, 0, (void *)&addr, 2), EINVAL);
	CHECK_ERRNO(sendto(s, "x", 1, 0, (void *)&addr, -1), EINVAL);
	CHECK_ERRNO(sendto(s, "x", 1, 0, (void *)&addr, 129), EINVAL);
	CHECK_ERRNO(sendto(s, "x", 1, 0, BAD_PTR, LEN), EFAULT);
	CHECK_ERRNO(sendto(s, "x", 1, 0, (void *)&addr, LEN), ECONNREFUSED);
	CHECK_ERRNO(sendto(s, "x", 1, MSG_OOB, (void *)&addr, LEN), EOPNOTSUPP);
	int r = socket(AF_UNIX, SOCK_DGRAM, 0);
	REQUIRE(bind(r, (void *)&addr, LEN) == 0);
	CHECK_ERRNO(sendto(s, BAD_PTR, 1, 0, (void *)&addr, LEN), EFAULT);
	close(r);
	close(s);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_ERRNO(sendto(fds[0], "x", 1, 0, (void *)&addr, LEN), EISCONN);
	CHECK_EQ(sendto(fds[0], "x", 1, 0, (void *)&addr, 0), 1);
	close(fds[0]);
	close(fds[1]);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(sendto(s, "x", 1, 0, (void *)&addr, LEN), EOPNOTSUPP);
	close(s);
	/* A connected socket that keeps messages apart ignores the name. */
	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	CHECK_EQ(sendto(fds[0], "x", 1, 0, (void *)&addr, LEN), 1);
	close(fds[0]);
	close(fds[1]);
}

TEST(to_a_name)
{
	int r = socket(AF_UNIX, SOCK_DGRAM, 0), s = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un path = { AF_UNIX, "sock" };
	char buf[8];

	REQUIRE(bind(r, (void *)&path, sizeof path) == 0);
	CHECK_EQ(sendto(s, "abc", 3, 0, (void *)&path, sizeof path), 3);
	CHECK_EQ(sendto(s, "", 0, 0, (void *)&path, sizeof path), 0);
	CHECK_EQ(sendto(s, "de", 2, 0, (void *)&path, sizeof path), 2);
	CHECK_EQ(read(r, buf, 8), 3);
	CHECK_EQ(read(r, buf, 8), 0);
	CHECK_EQ(read(r, buf, 8), 2);
	close(r);
	CHECK_ERRNO(sendto(s, "abc", 3, 0, (void *)&path, sizeof path), ECONNREFUSED);
	unlink("sock");
	CHECK_ERRNO(sendto(s, "abc", 3, 0, (void *)&path, sizeof path), ENOENT);
	close(s);
}

TEST(too_long)
{
	static char big[300000];
	int fds[2], value = 0;
	socklen_t len = sizeof value;

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &value, &len));
	REQUIRE(value > 32 && value < (int)sizeof big);
	CHECK_ERRNO(send(fds[0], big, value - 31, 0), EMSGSIZE);
	CHECK_EQ(send(fds[0], big, value - 32, 0), value - 32);
	CHECK_ERRNO(send(fds[0], big, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(read(fds[1], big, sizeof big), value - 32);
	CHECK_EQ(send(fds[0], big, 1, MSG_DONTWAIT), 1);
	close(fds[0]);
	close(fds[1]);
}

TEST(full)
{
	int r = socket(AF_UNIX, SOCK_DGRAM, 0), s = socket(AF_UNIX, SOCK_DGRAM, 0), n = 0;
	struct pollfd p = { s, POLLOUT, 0 };
	struct timeval tv = { 0, 40000 };
	char c;

	REQUIRE(bind(r, (void *)&addr, LEN) == 0);
	REQUIRE(connect(s, (void *)&addr, LEN) == 0);
	CHECK_EQ(poll(&p, 1, 0), 1);
	while (n < 10000 && send(s, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	CHECK_EQ(errno, EAGAIN);
	CHECK(n >= 2 && n < 1000);
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_OK(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
	CHECK_ERRNO(send(s, "x", 1, 0), EAGAIN);
	tv.tv_usec = 0;
	CHECK_OK(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
	pid_t pid = test_fork();
	if (pid == 0) {
		usleep(30000);
		_exit(read(r, &c, 1) != 1);
	}
	CHECK_EQ(poll(&p, 1, 8000), 1);
	CHECK_EQ(p.revents, POLLOUT);
	CHECK_EQ(test_wait(pid), 0);
	CHECK_EQ(send(s, "x", 1, MSG_DONTWAIT), 1);
	pid = test_fork();
	if (pid == 0) {
		usleep(30000);
		_exit(read(r, &c, 1) != 1);
	}
	CHECK_EQ(send(s, "x", 1, 0), 1);
	CHECK_EQ(test_wait(pid), 0);
	/* The end of the receiver is no reason to wait. */
	pid = test_fork();
	if (pid == 0) {
		close(r);
		_exit(send(s, "x", 1, 0) == -1 && errno == ECONNREFUSED ? 0 : 1);
	}
	usleep(30000);
	close(r);
	CHECK_EQ(test_wait(pid), 0);
	close(s);
}

TEST_MAIN
