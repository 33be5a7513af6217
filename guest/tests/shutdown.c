// shutdown(2): halves of connections, with wake-ups; unix_stream has what streams then do.
#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>

TEST(errors)
{
	int fds[2], s = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK_ERRNO(shutdown(-1, 0), EBADF);
	CHECK_ERRNO(shutdown(0, 0), ENOTSOCK);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_ERRNO(shutdown(fds[0], 3), EINVAL);
	CHECK_ERRNO(shutdown(fds[0], -1), EINVAL);
	/* Without a connection it is remembered. */
	CHECK_OK(shutdown(s, SHUT_RDWR));
	close(s);
	close(fds[0]);
	close(fds[1]);
}

TEST(datagrams)
{
	int fds[2];
	char c;

	signal(SIGPIPE, SIG_DFL);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_EQ(write(fds[0], "x", 1), 1);
	CHECK_OK(shutdown(fds[0], SHUT_WR));
	/* No signal goes with it: these keep messages apart. */
	CHECK_ERRNO(write(fds[0], "x", 1), EPIPE);
	CHECK_EQ(read(fds[1], &c, 1), 1);
	CHECK_ERRNO(recv(fds[1], &c, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_OK(shutdown(fds[1], SHUT_RD));
	CHECK_ERRNO(recv(fds[1], &c, 1, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(recv(fds[1], &c, 1, 0), 0);
	close(fds[0]);
	close(fds[1]);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_OK(shutdown(fds[1], SHUT_RD));
	CHECK_ERRNO(write(fds[0], "x", 1), EPIPE);
	close(fds[0]);
	close(fds[1]);
}

TEST(seqpackets)
{
	int fds[2];
	char c;

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	CHECK_EQ(write(fds[0], "x", 1), 1);
	CHECK_OK(shutdown(fds[0], SHUT_WR));
	CHECK_EQ(read(fds[1], &c, 1), 1);
	CHECK_EQ(recv(fds[1], &c, 1, MSG_DONTWAIT), 0);
	CHECK_EQ(read(fds[1], &c, 1), 0);
	CHECK_EQ(write(fds[1], "y", 1), 1);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	close(fds[0]);
	close(fds[1]);
}

TEST(wakes)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };
	int fds[2];
	char c;

	for (int i = 0; i < 2; i++) {
		REQUIRE(socketpair(AF_UNIX, types[i], 0, fds) == 0);
		pid_t pid = test_fork();
		if (pid == 0) {
			usleep(30000);
			_exit(shutdown(fds[1], SHUT_WR));
		}
		CHECK_EQ(read(fds[0], &c, 1), 0);
		CHECK_EQ(test_wait(pid), 0);
		pid = test_fork();
		if (pid == 0) {
			usleep(30000);
			_exit(shutdown(fds[1], SHUT_RD));
		}
		struct pollfd p = { fds[0], 0, 0 };
		CHECK_EQ(poll(&p, 1, 8000), 1);
		CHECK_EQ(p.revents, POLLHUP);
		CHECK_EQ(test_wait(pid), 0);
		close(fds[0]);
		close(fds[1]);
	}
}

TEST(a_full_writer_is_woken)
{
	static char big[65536];
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	while (send(fds[0], big, sizeof big, MSG_DONTWAIT) > 0)
		;
	pid_t pid = test_fork();
	if (pid == 0) {
		usleep(30000);
		_exit(shutdown(fds[0], SHUT_WR));
	}
	CHECK_ERRNO(write(fds[0], big, sizeof big), EPIPE);
	CHECK_EQ(test_wait(pid), 0);
	close(fds[0]);
	close(fds[1]);
}

TEST_MAIN
