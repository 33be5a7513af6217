// AF_UNIX streams: bytes, ends, errors, signals, and what poll says (unix(7)).
#include "test.h"

#include <sys/epoll.h>
#include <sys/socket.h>

static int a, b;

static void pair(int type)
{
	int fds[2];

	REQUIRE(socketpair(AF_UNIX, type, 0, fds) == 0);
	a = fds[0];
	b = fds[1];
}

static void unpair(void)
{
	if (a >= 0)
		close(a);
	if (b >= 0)
		close(b);
}

static int events(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM | POLLWRBAND, 0 };

	CHECK_OK(poll(&p, 1, 0));
	return p.revents;
}

#define WRITABLE (POLLOUT | POLLWRNORM | POLLWRBAND)
#define READABLE (POLLIN | POLLRDNORM)

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

TEST(bytes_are_not_kept_apart)
{
	char buf[16];
	int n = -1;

	pair(SOCK_STREAM);
	CHECK_EQ(write(a, "ab", 2), 2);
	CHECK_EQ(write(a, "cdef", 4), 4);
	CHECK_EQ(write(a, "", 0), 0);
	CHECK_OK(ioctl(b, FIONREAD, &n));
	CHECK_EQ(n, 6);
	CHECK_EQ(read(b, buf, 3), 3);
	CHECK(!memcmp(buf, "abc", 3));
	CHECK_OK(ioctl(b, FIONREAD, &n));
	CHECK_EQ(n, 3);
	CHECK_EQ(read(b, buf, sizeof buf), 3);
	CHECK(!memcmp(buf, "def", 3));
	CHECK_EQ(read(b, buf, 0), 0);
	unpair();
}

TEST(vectors)
{
	char x[3], y[8];
	struct iovec out[3] = { { "one", 3 }, { "", 0 }, { "two", 3 } }, in[2] = { { x, 3 }, { y, 8 } };

	pair(SOCK_STREAM);
	CHECK_EQ(writev(a, out, 3), 6);
	CHECK_EQ(readv(b, in, 2), 6);
	CHECK(!memcmp(x, "one", 3) && !memcmp(y, "two", 3));
	unpair();
}

TEST(large)
{
	static char out[300000], in[300000];
	size_t got = 0;
	int status;

	pair(SOCK_STREAM);
	for (size_t i = 0; i < sizeof out; i++)
		out[i] = i * 7 + i / 251;
	pid_t pid = test_fork();
	if (pid == 0) {
		close(b);
		_exit(write(a, out, sizeof out) == sizeof out ? 0 : 1);
	}
	close(a);
	a = -1;
	while (got < sizeof in) {
		ssize_t n = read(b, in + got, sizeof in - got);
		REQUIRE(n > 0);
		got += n;
	}
	CHECK(!memcmp(in, out, sizeof in));
	CHECK_EQ(read(b, in, 1), 0);
	status = test_wait(pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	unpair();
}

TEST(closed_end)
{
	char buf[8];

	pair(SOCK_STREAM);
	CHECK_EQ(write(a, "xy", 2), 2);
	CHECK_EQ(events(b), READABLE | WRITABLE);
	close(a);
	a = -1;
	CHECK_EQ(events(b), READABLE | WRITABLE | POLLHUP | POLLRDHUP);
	CHECK_EQ(read(b, buf, 8), 2);
	CHECK_EQ(read(b, buf, 8), 0);
	CHECK_EQ(read(b, buf, 8), 0);
	signal(SIGPIPE, count_signal);
	signals = 0;
	CHECK_ERRNO(write(b, "z", 1), EPIPE);
	CHECK_EQ(signals, 1);
	CHECK_ERRNO(send(b, "z", 1, MSG_NOSIGNAL), EPIPE);
	CHECK_EQ(signals, 1);
	CHECK_ERRNO(send(b, "z", 1, 0), EPIPE);
	CHECK_EQ(signals, 2);
	signal(SIGPIPE, SIG_DFL);
	unpair();
}

TEST(closed_with_unread_data)
{
	char buf[8];
	int err = -1;
	socklen_t len = sizeof err;

	pair(SOCK_STREAM);
	CHECK_EQ(write(a, "xy", 2), 2);
	CHECK_EQ(write(b, "unread", 6), 6);
	close(a);
	a = -1;
	CHECK_EQ(events(b), READABLE | WRITABLE | POLLHUP | POLLRDHUP | POLLERR);
	/* What came is read first. */
	CHECK_EQ(read(b, buf, 8), 2);
	CHECK_ERRNO(read(b, buf, 8), ECONNRESET);
	CHECK_EQ(read(b, buf, 8), 0);
	unpair();
	pair(SOCK_STREAM);
	CHECK_EQ(write(b, "unread", 6), 6);
	close(a);
	a = -1;
	CHECK_OK(getsockopt(b, SOL_SOCKET, SO_ERROR, &err, &len));
	CHECK_EQ(err, ECONNRESET);
	CHECK_OK(getsockopt(b, SOL_SOCKET, SO_ERROR, &err, &len));
	CHECK_EQ(err, 0);
	CHECK_EQ(events(b), READABLE | WRITABLE | POLLHUP | POLLRDHUP);
	unpair();
}

TEST(halves)
{
	char buf[8];

	signal(SIGPIPE, SIG_IGN);
	pair(SOCK_STREAM);
	CHECK_EQ(write(a, "xy", 2), 2);
	CHECK_OK(shutdown(a, SHUT_WR));
	CHECK_ERRNO(write(a, "z", 1), EPIPE);
	CHECK_EQ(events(a), WRITABLE);
	CHECK_EQ(events(b), READABLE | WRITABLE | POLLRDHUP);
	CHECK_EQ(read(b, buf, 8), 2);
	CHECK_EQ(read(b, buf, 8), 0);
	CHECK_EQ(write(b, "back", 4), 4);
	CHECK_EQ(read(a, buf, 8), 4);
	CHECK_OK(shutdown(b, SHUT_WR));
	CHECK_EQ(events(b), READABLE | WRITABLE | POLLRDHUP | POLLHUP);
	unpair();
	pair(SOCK_STREAM);
	CHECK_EQ(write(b, "xy", 2), 2);
	CHECK_OK(shutdown(a, SHUT_RD));
	/* What was there already can be read. */
	CHECK_EQ(read(a, buf, 8), 2);
	CHECK_EQ(read(a, buf, 8), 0);
	CHECK_ERRNO(write(b, "z", 1), EPIPE);
	unpair();
	signal(SIGPIPE, SIG_DFL);
}

TEST(peek_and_wait)
{
	char buf[16];

	pair(SOCK_STREAM);
	CHECK_EQ(write(a, "abc", 3), 3);
	CHECK_EQ(write(a, "def", 3), 3);
	CHECK_EQ(recv(b, buf, 2, MSG_PEEK), 2);
	CHECK(!memcmp(buf, "ab", 2));
	CHECK_EQ(recv(b, buf, 16, MSG_PEEK), 6);
	CHECK(!memcmp(buf, "abcdef", 6));
	CHECK_EQ(recv(b, buf, 16, MSG_DONTWAIT | MSG_WAITALL), 6);
	CHECK_ERRNO(recv(b, buf, 16, MSG_DONTWAIT), EAGAIN);
	CHECK_ERRNO(recv(b, buf, 16, MSG_DONTWAIT | MSG_PEEK), EAGAIN);
	pid_t pid = test_fork();
	if (pid == 0) {
		usleep(20000);
		(void)!write(a, "12", 2);
		usleep(20000);
		(void)!write(a, "345", 3);
		_exit(0);
	}
	CHECK_EQ(recv(b, buf, 5, MSG_WAITALL), 5);
	CHECK(!memcmp(buf, "12345", 5));
	test_wait(pid);
	unpair();
}

TEST(bad_addresses)
{
	char buf[8];

	pair(SOCK_STREAM);
	CHECK_ERRNO(write(a, BAD_PTR, 4), EFAULT);
	CHECK_ERRNO(recv(b, buf, 8, MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(write(a, "abcd", 4), 4);
	CHECK_ERRNO(read(b, BAD_PTR, 4), EFAULT);
	CHECK_EQ(read(b, buf, 8), 4);
	unpair();
}

TEST(full)
{
	static char big[65536];
	size_t sent = 0, got = 0;
	ssize_t n;

	pair(SOCK_STREAM);
	CHECK_OK(fcntl(a, F_SETFL, O_NONBLOCK));
	CHECK_EQ(events(a), WRITABLE);
	while ((n = write(a, big, sizeof big)) > 0)
		sent += n;
	CHECK_EQ(n, -1);
	CHECK_EQ(errno, EAGAIN);
	CHECK(sent >= 100000);
	CHECK_EQ(events(a), 0);
	while ((n = recv(b, big, sizeof big, MSG_DONTWAIT)) > 0)
		got += n;
	CHECK_EQ(got, sent);
	CHECK_EQ(events(a), WRITABLE);
	unpair();
}

TEST(interrupted)
{
	struct sigaction act = { .sa_handler = count_signal };
	struct itimerval soon = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
	struct timeval long_time = { 1000, 0 };
	char buf[4];

	pair(SOCK_STREAM);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK_ERRNO(read(b, buf, 4), EINTR);
	act.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &act, NULL);
	/* With a timeout it is not started again (signal(7)). */
	CHECK_OK(setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof long_time));
	CHECK_ERRNO(read(b, buf, 4), EINTR);
	long_time.tv_sec = 0;
	CHECK_OK(setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof long_time));
	signals = 0;
	pid_t pid = test_fork();
	if (pid == 0) {
		usleep(100000);
		(void)!write(a, "late", 4);
		_exit(0);
	}
	CHECK_EQ(read(b, buf, 4), 4);
	CHECK(signals > 0);
	setitimer(ITIMER_REAL, &never, NULL);
	test_wait(pid);
	unpair();
}

TEST(timeouts)
{
	struct timeval tv = { 0, 40000 };
	struct timespec before, after;
	static char big[300000];
	char buf[4];

	pair(SOCK_STREAM);
	CHECK_OK(setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK_ERRNO(read(b, buf, 4), EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 39);
	CHECK_OK(setsockopt(a, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
	/* Something fits, and the rest is given up. */
	CHECK(write(a, big, sizeof big) > 0);
	CHECK_ERRNO(write(a, big, sizeof big), EAGAIN);
	unpair();
}

TEST(wake_ups)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET }, got;
	int ep = epoll_create1(0);
	char buf[8];

	pair(SOCK_STREAM);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, b, &ev));
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	CHECK_EQ(got.events, EPOLLOUT);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	CHECK_EQ(write(a, "x", 1), 1);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	CHECK_EQ(got.events, EPOLLIN | EPOLLOUT);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	/* Each write is an edge, also while something is there. */
	CHECK_EQ(write(a, "y", 1), 1);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	/* Reading is none for the reader, and one for the writer whose memory is free then. */
	CHECK_EQ(read(b, buf, 8), 2);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	CHECK_EQ(write(b, "z", 1), 1);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 0);
	CHECK_EQ(read(a, buf, 8), 1);
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	CHECK_EQ(got.events, EPOLLOUT);
	close(a);
	a = -1;
	CHECK_EQ(epoll_wait(ep, &got, 1, 0), 1);
	CHECK_EQ(got.events, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP);
	close(ep);
	unpair();
}

TEST(a_poll_is_woken)
{
	struct pollfd p;
	char c;

	pair(SOCK_STREAM);
	pid_t pid = test_fork();
	if (pid == 0) {
		close(b);
		usleep(20000);
		(void)!write(a, "x", 1);
		(void)!read(a, &c, 1);
		_exit(0);
	}
	close(a);
	a = -1;
	p = (struct pollfd){ b, POLLIN, 0 };
	CHECK_EQ(poll(&p, 1, 8000), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_EQ(read(b, &c, 1), 1);
	CHECK_EQ(write(b, "y", 1), 1);
	p.events = POLLRDHUP;
	CHECK_EQ(poll(&p, 1, 8000), 1);
	CHECK_EQ(p.revents, POLLHUP | POLLRDHUP);
	test_wait(pid);
	unpair();
}

TEST_MAIN
