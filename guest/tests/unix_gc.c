// Sockets in flight that nobody can ever receive are collected, those that somebody can are not (unix(7)).
#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>

static int send_fds(int sock, const int *fds, int count)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	*c = (struct cmsghdr){ CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	return sendmsg(sock, &msg, MSG_DONTWAIT);
}

static int recv_fds(int sock, int *fds)
{
	char control[CMSG_SPACE(8 * sizeof(int))], buf[8];
	struct iovec iov = { buf, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof control };

	if (recvmsg(sock, &msg, MSG_DONTWAIT) != 1)
		return -1;
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	if (!c)
		return 0;
	memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
}

/* A pipe's end goes along as a canary: when its reader sees the end of the file, the message is gone. */
static int canary[2];

static void make_canary(void)
{
	REQUIRE(pipe2(canary, O_NONBLOCK) == 0);
}

static int canary_lives(void)
{
	char c;

	return read(canary[0], &c, 1) == -1 && errno == EAGAIN;
}

/* The collection may take its time on Linux; each closed socket starts one. */
static int canary_ends(void)
{
	struct pollfd p = { canary[0], POLLIN, 0 };

	for (int i = 0; i < 400; i++) {
		int fds[2];

		if (poll(&p, 1, 10) == 1)
			return 1;
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0) {
			close(fds[0]);
			close(fds[1]);
		}
	}
	return 0;
}

TEST(a_socket_in_itself)
{
	int s[2], fds[8];

	make_canary();
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	CHECK_EQ(send_fds(s[0], (int[]){ s[1], canary[1] }, 2), 1);
	close(canary[1]);
	/* Still ours. */
	int other[2];
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, other) == 0);
	close(other[0]);
	close(other[1]);
	CHECK(canary_lives());
	CHECK_EQ(recv_fds(s[1], fds), 2);
	CHECK_EQ(send_fds(s[0], (int[]){ fds[0], fds[1] }, 2), 1);
	close(fds[0]);
	close(fds[1]);
	CHECK(canary_lives());
	close(s[0]);
	CHECK(canary_lives());
	close(s[1]);
	CHECK(canary_ends());
	close(canary[0]);
}

TEST(two_in_each_other)
{
	int x[2], y[2];

	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		make_canary();
		REQUIRE(socketpair(AF_UNIX, type, 0, x) == 0);
		REQUIRE(socketpair(AF_UNIX, type, 0, y) == 0);
		/* x[1] waits at y[1], y[1] waits at x[1]. */
		CHECK_EQ(send_fds(x[0], (int[]){ y[1], canary[1] }, 2), 1);
		CHECK_EQ(send_fds(y[0], (int[]){ x[1] }, 1), 1);
		close(canary[1]);
		close(x[1]);
		close(y[1]);
		CHECK(type == SOCK_DGRAM || canary_lives());
		close(x[0]);
		close(y[0]);
		CHECK(canary_ends());
		close(canary[0]);
	}
}

TEST(a_pair_sends_both_its_ends)
{
	int s[2];

	make_canary();
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	CHECK_EQ(send_fds(s[0], (int[]){ s[0], s[1], canary[1] }, 3), 1);
	CHECK_EQ(send_fds(s[1], (int[]){ s[0], s[1] }, 2), 1);
	close(canary[1]);
	close(s[0]);
	close(s[1]);
	CHECK(canary_ends());
	close(canary[0]);
}

TEST(what_a_living_socket_holds_lives)
{
	int live[2], x[2], y[2], fds[8], count;

	make_canary();
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, live) == 0);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, x) == 0);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, y) == 0);
	/* live holds x[1], x[1] holds y[1], y[1] holds x[1] and the canary. */
	CHECK_EQ(send_fds(live[0], (int[]){ x[1] }, 1), 1);
	CHECK_EQ(send_fds(x[0], (int[]){ y[1] }, 1), 1);
	CHECK_EQ(send_fds(y[0], (int[]){ x[1], canary[1] }, 2), 1);
	close(canary[1]);
	close(x[0]);
	close(x[1]);
	close(y[0]);
	close(y[1]);
	usleep(50000);
	CHECK(canary_lives());
	count = recv_fds(live[1], fds);
	REQUIRE(count == 1);
	x[1] = fds[0];
	REQUIRE(recv_fds(x[1], fds) == 1);
	y[1] = fds[0];
	CHECK(canary_lives());
	/* Back into the circle, and away. */
	close(x[1]);
	CHECK(canary_lives());
	close(y[1]);
	CHECK(canary_ends());
	close(live[0]);
	close(live[1]);
	close(canary[0]);
}

TEST(at_a_connection_that_nobody_accepts)
{
	struct sockaddr_un addr = { AF_UNIX, "sock" };
	int listener, client;

	make_canary();
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	REQUIRE(bind(listener, (void *)&addr, sizeof addr) == 0);
	REQUIRE(listen(listener, 4) == 0);
	REQUIRE(connect(client, (void *)&addr, sizeof addr) == 0);
	CHECK_EQ(send_fds(client, (int[]){ listener, canary[1] }, 2), 1);
	close(canary[1]);
	CHECK(canary_lives());
	close(listener);
	close(client);
	CHECK(canary_ends());
	close(canary[0]);
}

TEST(a_long_chain)
{
	/* Each socket waits at the one before: closing the first ends them all, one after the other. */
	int prev[2], next[2];

	make_canary();
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, next) == 0);
	CHECK_EQ(send_fds(next[0], &canary[1], 1), 1);
	close(canary[1]);
	close(next[0]);
	for (int i = 0; i < 2000; i++) {
		REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, prev) == 0);
		int done = send_fds(prev[0], &next[1], 1);
		if (done < 0) {
			/* Debian's kernel knows a limit of how deep they may be in one another. */
			CHECK_EQ(errno, ETOOMANYREFS);
			close(prev[0]);
			close(prev[1]);
			break;
		}
		close(prev[0]);
		close(next[1]);
		next[1] = prev[1];
	}
	CHECK(canary_lives());
	close(next[1]);
	CHECK(canary_ends());
	close(canary[0]);
}

TEST_MAIN
