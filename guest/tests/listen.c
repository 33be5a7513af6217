// listen(2): who can, and what it changes.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

TEST(errors)
{
	struct sockaddr_un addr = { AF_UNIX, "\0listen" };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0), fds[2];

	CHECK_ERRNO(listen(-1, 1), EBADF);
	CHECK_ERRNO(listen(0, 1), ENOTSOCK);
	CHECK_ERRNO(listen(d, 1), EOPNOTSUPP);
	CHECK_ERRNO(listen(s, 1), EINVAL); /* it has no name */
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_ERRNO(listen(fds[0], 1), EINVAL);
	REQUIRE(bind(fds[0], (void *)&addr, 9) == 0);
	CHECK_ERRNO(listen(fds[0], 1), EINVAL);
	close(fds[0]);
	close(fds[1]);
	close(s);
	close(d);
}

TEST(state)
{
	struct sockaddr_un addr = { AF_UNIX, "\0listen" };
	struct pollfd p = { 0, POLLIN | POLLOUT | POLLRDHUP, 0 };
	int s = socket(AF_UNIX, SOCK_SEQPACKET, 0), value = -1;
	struct ucred cred = { 0 };
	socklen_t len = sizeof value;
	char c;

	REQUIRE(bind(s, (void *)&addr, 9) == 0);
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &value, &len));
	CHECK_EQ(value, 0);
	CHECK_OK(listen(s, -1));
	CHECK_OK(listen(s, 3));
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &value, &len));
	CHECK_EQ(value, 1);
	len = sizeof cred;
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	CHECK_EQ(cred.pid, getpid());
	p.fd = s;
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_ERRNO(read(s, &c, 1), ENOTCONN);
	CHECK_ERRNO(write(s, "x", 1), ENOTCONN);
	CHECK_ERRNO(ioctl(s, FIONREAD, &value), EINVAL);
	close(s);
}

TEST_MAIN
