// AF_UNIX datagrams and seqpackets: peers that change and end, room, and what epoll says (unix(7)).
#include "test.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un addr = { AF_UNIX, "\0dgram" }, none = { AF_UNSPEC, "" };
#define LEN 8

static int bound(void)
{
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);

	REQUIRE(s >= 0 && bind(s, (void *)&addr, LEN) == 0);
	return s;
}

TEST(a_lost_connection)
{
	int fds[2], err = 0;
	socklen_t len = sizeof err;
	char buf[8];

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_EQ(write(fds[1], "unread", 6), 6);
	/* What waited is lost, and the other side hears of it. */
	CHECK_OK(connect(fds[0], (void *)&none, 2));
	CHECK_ERRNO(recv(fds[0], buf, 8, MSG_DONTWAIT), EAGAIN);
	CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_ERROR, &err, &len));
	CHECK_EQ(err, ECONNRESET);
	/* The other still sends here. */
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(recv(fds[0], buf, 8, MSG_DONTWAIT), 1);
	CHECK_ERRNO(write(fds[0], "x", 1), ENOTCONN);
	close(fds[0]);
	CHECK_ERRNO(write(fds[1], "x", 1), ECONNREFUSED);
	CHECK_ERRNO(write(fds[1], "x", 1), ENOTCONN);
	close(fds[1]);
}

TEST(nothing_is_lost_without_messages)
{
	int fds[2], err = 0;
	socklen_t len = sizeof err;

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_OK(connect(fds[0], (void *)&none, 2));
	CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_ERROR, &err, &len));
	CHECK_EQ(err, 0);
	close(fds[0]);
	close(fds[1]);
}

TEST(to_oneself)
{
	int s = bound();
	char buf[8];

	CHECK_EQ(sendto(s, "a", 1, 0, (void *)&addr, LEN), 1);
	CHECK_EQ(recv(s, buf, 8, MSG_DONTWAIT), 1);
	CHECK_OK(connect(s, (void *)&addr, LEN));
	CHECK_EQ(write(s, "b", 1), 1);
	CHECK_EQ(recv(s, buf, 8, MSG_DONTWAIT), 1);
	close(s);
}

TEST(names_for_who_wants_credentials)
{
	int s = socket(AF_UNIX, SOCK_DGRAM, 0), r = bound(), on = 1;
	struct sockaddr_un got;
	socklen_t len = sizeof got;

	CHECK_OK(setsockopt(s, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
	CHECK_OK(getsockname(s, (void *)&got, &len));
	CHECK_EQ(len, 2);
	CHECK_OK(connect(s, (void *)&addr, LEN));
	len = sizeof got;
	CHECK_OK(getsockname(s, (void *)&got, &len));
	CHECK_EQ(len, 8);
	close(s);
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_OK(setsockopt(s, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
	CHECK_EQ(sendto(s, "x", 1, 0, (void *)&addr, LEN), 1);
	len = sizeof got;
	CHECK_OK(getsockname(s, (void *)&got, &len));
	CHECK_EQ(len, 8);
	close(s);
	close(r);
}

TEST(room_is_an_event)
{
	struct epoll_event ev = { .events = EPOLLOUT | EPOLLET }, got;
	int r = bound(), s = socket(AF_UNIX, SOCK_DGRAM, 0), ep = epoll_create1(0), n = 0;
	char buf[8];

	REQUIRE(connect(s, (void *)&addr, LEN) == 0);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, s, &ev));
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	CHECK_EQ(got.events, EPOLLOUT);
	while (n < 10000 && send(s, "x", 1, MSG_DONTWAIT) == 1)
		n++;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	CHECK_EQ(read(r, buf, 8), 1);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	CHECK_EQ(got.events, EPOLLOUT);
	CHECK_EQ(send(s, "x", 1, MSG_DONTWAIT), 1);
	/* Without edges it is as poll says. */
	ev.events = EPOLLOUT;
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_MOD, s, &ev));
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	for (int i = 0; i < n; i++)
		CHECK_EQ(recv(r, buf, 8, MSG_DONTWAIT), 1);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	close(ep);
	close(s);
	close(r);
}

TEST(several_readers)
{
	int fds[2], status;
	pid_t pids[4];
	char c;

	/* Each message wakes one, and each gets one. */
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	for (int i = 0; i < 4; i++) {
		pids[i] = test_fork();
		if (pids[i] == 0)
			_exit(read(fds[1], &c, 1) == 1 ? 0 : 1);
	}
	usleep(30000);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(write(fds[0], "x", 1), 1);
	for (int i = 0; i < 4; i++) {
		status = test_wait(pids[i]);
		CHECK_EQ(status, 0);
	}
	close(fds[0]);
	close(fds[1]);
}

TEST(seqpacket_ends)
{
	int fds[2];
	char buf[8];

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	CHECK_EQ(write(fds[0], "one", 3), 3);
	CHECK_EQ(write(fds[0], "two", 3), 3);
	CHECK_EQ(write(fds[1], "unread", 6), 6);
	close(fds[0]);
	struct pollfd p = { fds[1], POLLIN | POLLRDHUP, 0 };
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN | POLLRDHUP | POLLHUP | POLLERR);
	/* Here the error comes before what waits. */
	CHECK_ERRNO(read(fds[1], buf, 8), ECONNRESET);
	CHECK_EQ(read(fds[1], buf, 8), 3);
	CHECK_EQ(read(fds[1], buf, 8), 3);
	CHECK_EQ(read(fds[1], buf, 8), 0);
	close(fds[1]);
}

/* The kind of control message that came first, and the seconds in it. */
static int stamp(int s, long *seconds)
{
	char control[128], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof control };
	struct cmsghdr *h;

	CHECK_EQ(recvmsg(s, &msg, 0), 1);
	h = CMSG_FIRSTHDR(&msg);
	if (!h)
		return 0;
	CHECK_EQ(h->cmsg_len, CMSG_LEN(16));
	memcpy(seconds, CMSG_DATA(h), sizeof *seconds);
	return h->cmsg_type;
}

static int option(int s, int number)
{
	int value = -1;
	socklen_t len = sizeof value;

	CHECK_OK(getsockopt(s, SOL_SOCKET, number, &value, &len));
	return value;
}

TEST(time_stamps)
{
	int fds[2], on = 1, off = 0;
	long seconds = 0;

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_OK(setsockopt(fds[1], SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on));
	CHECK_EQ(option(fds[1], SO_TIMESTAMP), 1);
	CHECK_EQ(option(fds[1], SO_TIMESTAMPNS), 0);
	CHECK_EQ(write(fds[0], "x", 1), 1);
	CHECK_EQ(stamp(fds[1], &seconds), SCM_TIMESTAMP);
	CHECK(seconds <= time(NULL) + 1 && seconds > time(NULL) - 60);
	CHECK_OK(setsockopt(fds[1], SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on));
	CHECK_EQ(option(fds[1], SO_TIMESTAMP), 0);
	CHECK_EQ(option(fds[1], SO_TIMESTAMPNS), 1);
	CHECK_EQ(write(fds[0], "x", 1), 1);
	CHECK_EQ(stamp(fds[1], &seconds), SCM_TIMESTAMPNS);
	CHECK_OK(setsockopt(fds[1], SOL_SOCKET, SO_TIMESTAMP, &off, sizeof off));
	CHECK_EQ(write(fds[0], "x", 1), 1);
	CHECK_EQ(stamp(fds[1], &seconds), 0);
	close(fds[0]);
	close(fds[1]);
}

TEST_MAIN
