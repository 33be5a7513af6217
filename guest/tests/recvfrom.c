// recvfrom(2): messages one by one, their senders, and the flags.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

TEST(errors)
{
	int fds[2];
	char c;

	CHECK_ERRNO(recv(-1, &c, 1, 0), EBADF);
	CHECK_ERRNO(recv(0, &c, 1, 0), ENOTSOCK);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_ERRNO(recv(fds[0], &c, 1, MSG_OOB), EOPNOTSUPP);
	CHECK_ERRNO(recv(fds[0], &c, 1, MSG_DONTWAIT), EAGAIN);
	/* A datagram that cannot be delivered is lost. */
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_ERRNO(recv(fds[0], BAD_PTR, 1, MSG_DONTWAIT), EFAULT);
	CHECK_ERRNO(recv(fds[0], &c, 1, MSG_DONTWAIT), EAGAIN);
	close(fds[0]);
	close(fds[1]);
}

TEST(senders)
{
	struct sockaddr_un to = { AF_UNIX, "\0recv" }, from = { AF_UNIX, "sender" }, got;
	int r = socket(AF_UNIX, SOCK_DGRAM, 0), s = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t len = sizeof got;
	char buf[8];

	REQUIRE(bind(r, (void *)&to, 7) == 0);
	CHECK_EQ(sendto(s, "x", 1, 0, (void *)&to, 7), 1);
	CHECK_EQ(recvfrom(r, buf, 8, 0, (void *)&got, &len), 1);
	CHECK_EQ(len, 0); /* it has no name */
	REQUIRE(bind(s, (void *)&from, sizeof from) == 0);
	CHECK_EQ(sendto(s, "x", 1, 0, (void *)&to, 7), 1);
	len = sizeof got;
	CHECK_EQ(recvfrom(r, buf, 8, MSG_PEEK, (void *)&got, &len), 1);
	CHECK_EQ(len, 9);
	CHECK_STREQ(got.sun_path, "sender");
	len = 4;
	memset(&got, 'x', sizeof got);
	CHECK_EQ(recvfrom(r, buf, 8, 0, (void *)&got, &len), 1);
	CHECK_EQ(len, 9);
	CHECK(!memcmp(&got, "\1\0sexx", 6));
	CHECK_EQ(sendto(s, "x", 1, 0, (void *)&to, 7), 1);
	len = sizeof got;
	CHECK_ERRNO(recvfrom(r, buf, 8, 0, BAD_PTR, &len), EFAULT);
	CHECK_EQ(sendto(s, "x", 1, 0, (void *)&to, 7), 1);
	CHECK_ERRNO(recvfrom(r, buf, 8, 0, (void *)&got, BAD_PTR), EFAULT);
	CHECK_EQ(sendto(s, "x", 1, 0, (void *)&to, 7), 1);
	CHECK_EQ(recvfrom(r, buf, 8, 0, NULL, BAD_PTR), 1);
	close(r);
	close(s);
	unlink("sender");
}

TEST(too_little_room)
{
	static const int types[] = { SOCK_DGRAM, SOCK_SEQPACKET };
	int fds[2];
	char buf[8];

	for (int i = 0; i < 2; i++) {
		REQUIRE(socketpair(AF_UNIX, types[i], 0, fds) == 0);
		CHECK_EQ(write(fds[0], "abcdef", 6), 6);
		CHECK_EQ(write(fds[0], "gh", 2), 2);
		CHECK_EQ(recv(fds[1], buf, 3, MSG_PEEK | MSG_TRUNC), 6);
		CHECK_EQ(recv(fds[1], buf, 0, MSG_PEEK), 0);
		CHECK_EQ(recv(fds[1], buf, 3, 0), 3); /* the rest is lost */
		CHECK(!memcmp(buf, "abc", 3));
		CHECK_EQ(recv(fds[1], buf, 8, MSG_WAITALL), 2);
		CHECK(!memcmp(buf, "gh", 2));
		CHECK_EQ(write(fds[0], "ij", 2), 2);
		CHECK_EQ(recv(fds[1], buf, 1, MSG_TRUNC), 2);
		close(fds[0]);
		close(fds[1]);
	}
}

TEST(fionread)
{
	int fds[2], n = -1;

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_OK(ioctl(fds[1], FIONREAD, &n));
	CHECK_EQ(n, 0);
	CHECK_EQ(write(fds[0], "abc", 3), 3);
	CHECK_EQ(write(fds[0], "defg", 4), 4);
	CHECK_OK(ioctl(fds[1], FIONREAD, &n));
	CHECK_EQ(n, 3);
	CHECK_OK(ioctl(fds[0], TIOCOUTQ, &n));
	CHECK(n >= 7);
	close(fds[0]);
	close(fds[1]);
	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	CHECK_EQ(write(fds[0], "abc", 3), 3);
	CHECK_EQ(write(fds[0], "defg", 4), 4);
	CHECK_OK(ioctl(fds[1], FIONREAD, &n));
	CHECK_EQ(n, 7);
	CHECK_ERRNO(ioctl(fds[1], FIONREAD, BAD_PTR), EFAULT);
	CHECK_ERRNO(ioctl(fds[1], TCGETS, BAD_PTR), ENOTTY);
	close(fds[0]);
	close(fds[1]);
}

TEST(peek_offset)
{
	int fds[2], off = 1;
	char buf[8];
	socklen_t len = sizeof off;

	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		REQUIRE(socketpair(AF_UNIX, type, 0, fds) == 0);
		CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_PEEK_OFF, &off, &len));
		CHECK_EQ(off, -1);
		off = 1;
		CHECK_OK(setsockopt(fds[1], SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off));
		CHECK_EQ(write(fds[0], "abcdef", 6), 6);
		CHECK_EQ(recv(fds[1], buf, 2, MSG_PEEK), 2);
		CHECK(!memcmp(buf, "bc", 2));
		CHECK_EQ(recv(fds[1], buf, 8, MSG_PEEK), 3);
		CHECK(!memcmp(buf, "def", 3));
		CHECK_ERRNO(recv(fds[1], buf, 8, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
		CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_PEEK_OFF, &off, &len));
		CHECK_EQ(off, 6);
		CHECK_EQ(recv(fds[1], buf, 6, 0), 6);
		CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_PEEK_OFF, &off, &len));
		CHECK_EQ(off, 0);
		close(fds[0]);
		close(fds[1]);
	}
}

TEST_MAIN
