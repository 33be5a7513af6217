// accept(2): the next connection, its address, and waiting for it.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un addr = { AF_UNIX, "\0accept" };
#define ADDR_LEN 9

static int make_listener(int type)
{
	int s = socket(AF_UNIX, type, 0);

	REQUIRE(bind(s, (void *)&addr, ADDR_LEN) == 0 && listen(s, 5) == 0);
	return s;
}

TEST(errors)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0), fds[2];

	CHECK_ERRNO(accept(-1, NULL, NULL), EBADF);
	CHECK_ERRNO(accept(0, NULL, NULL), ENOTSOCK);
	CHECK_ERRNO(accept(d, NULL, NULL), EOPNOTSUPP);
	CHECK_ERRNO(accept(s, NULL, NULL), EINVAL);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_ERRNO(accept(fds[0], NULL, NULL), EINVAL);
	close(fds[0]);
	close(fds[1]);
	close(s);
	close(d);
}

TEST(addresses)
{
	struct sockaddr_un client = { AF_UNIX, "\0client" }, got;
	int l = make_listener(SOCK_STREAM), s = socket(AF_UNIX, SOCK_STREAM, 0), c;
	socklen_t len = sizeof got;

	REQUIRE(connect(s, (void *)&addr, ADDR_LEN) == 0);
	c = accept(l, (void *)&got, &len);
	REQUIRE(c >= 0);
	CHECK_EQ(len, 2);
	CHECK_EQ(got.sun_family, AF_UNIX);
	len = sizeof got;
	CHECK_OK(getsockname(c, (void *)&got, &len));
	CHECK_EQ(len, ADDR_LEN);
	CHECK(!memcmp(&got, &addr, ADDR_LEN));
	CHECK_EQ(fcntl(c, F_GETFD), 0);
	close(c);
	close(s);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	REQUIRE(bind(s, (void *)&client, 9) == 0);
	REQUIRE(connect(s, (void *)&addr, ADDR_LEN) == 0);
	close(s); /* also after its end */
	len = 5;
	memset(&got, 'x', sizeof got);
	c = accept(l, (void *)&got, &len);
	REQUIRE(c >= 0);
	CHECK_EQ(len, 9);
	CHECK(!memcmp(&got, "\1\0\0clxx", 7));
	close(c);
	/* A bad address loses the connection. */
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	REQUIRE(connect(s, (void *)&addr, ADDR_LEN) == 0);
	len = sizeof got;
	CHECK_ERRNO(accept(l, BAD_PTR, &len), EFAULT);
	CHECK_EQ(read(s, &got, 1), 0);
	close(s);
	CHECK_OK(fcntl(l, F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(accept(l, NULL, NULL), EAGAIN);
	close(l);
}

TEST(waiting)
{
	int l = make_listener(SOCK_SEQPACKET), c;
	struct timeval tv = { 0, 40000 };
	char buf[4];

	CHECK_OK(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	CHECK_ERRNO(accept(l, NULL, NULL), EAGAIN);
	tv.tv_usec = 0;
	CHECK_OK(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	pid_t pid = test_fork();
	if (pid == 0) {
		int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
		usleep(30000);
		_exit(connect(s, (void *)&addr, ADDR_LEN) || write(s, "hi", 2) != 2);
	}
	c = accept(l, NULL, NULL);
	REQUIRE(c >= 0);
	CHECK_EQ(read(c, buf, 4), 2);
	CHECK_EQ(read(c, buf, 4), 0);
	CHECK_EQ(test_wait(pid), 0);
	close(c);
	/* shutdown(2) ends the wait. */
	pid = test_fork();
	if (pid == 0) {
		usleep(30000);
		_exit(shutdown(l, SHUT_RD));
	}
	CHECK_ERRNO(accept(l, NULL, NULL), EINVAL);
	CHECK_EQ(test_wait(pid), 0);
	close(l);
}

TEST(peers)
{
	int l = make_listener(SOCK_STREAM), s, c;
	struct ucred cred;
	socklen_t len = sizeof cred;

	pid_t pid = test_fork();
	if (pid == 0) {
		s = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(s, (void *)&addr, ADDR_LEN))
			_exit(1);
		len = sizeof cred;
		if (getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len) || cred.pid != getppid())
			_exit(2);
		_exit(read(s, &cred, 1) != 1);
	}
	c = accept(l, NULL, NULL);
	REQUIRE(c >= 0);
	CHECK_OK(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	CHECK_EQ(cred.pid, pid);
	CHECK_EQ(cred.uid, geteuid());
	CHECK_EQ(write(c, "x", 1), 1);
	CHECK_EQ(test_wait(pid), 0);
	close(c);
	close(l);
}

TEST_MAIN
