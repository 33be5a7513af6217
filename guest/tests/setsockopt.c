// setsockopt(2) on SOL_SOCKET: what is kept, what is cut, what is refused.
#include "test.h"

#include <sys/socket.h>

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif

static int s;

static int get(int option)
{
	int value = -77;
	socklen_t len = sizeof value;

	CHECK_OK(getsockopt(s, SOL_SOCKET, option, &value, &len));
	CHECK_EQ(len, sizeof value);
	return value;
}

static int set(int option, int value)
{
	return setsockopt(s, SOL_SOCKET, option, &value, sizeof value);
}

TEST(errors)
{
	int one = 1;

	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(setsockopt(-1, SOL_SOCKET, SO_REUSEADDR, &one, 4), EBADF);
	CHECK_ERRNO(setsockopt(0, SOL_SOCKET, SO_REUSEADDR, &one, 4), ENOTSOCK);
	CHECK_ERRNO(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, 3), EINVAL);
	CHECK_ERRNO(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, -1), EINVAL);
	CHECK_ERRNO(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, BAD_PTR, 4), EFAULT);
	CHECK_ERRNO(setsockopt(s, SOL_SOCKET, 999, &one, 3), EINVAL);
	CHECK_ERRNO(setsockopt(s, SOL_SOCKET, 999, BAD_PTR, 4), EFAULT);
	CHECK_ERRNO(setsockopt(s, SOL_SOCKET, 999, &one, 4), ENOPROTOOPT);
	CHECK_ERRNO(setsockopt(s, 6, 1, &one, 4), EOPNOTSUPP);
	CHECK_ERRNO(setsockopt(s, 0, 1, BAD_PTR, 4), EOPNOTSUPP);
	CHECK_ERRNO(set(SO_TYPE, 1), ENOPROTOOPT);
	CHECK_ERRNO(set(SO_DOMAIN, 1), ENOPROTOOPT);
	CHECK_ERRNO(set(SO_PROTOCOL, 1), ENOPROTOOPT);
	CHECK_ERRNO(set(SO_ERROR, 1), ENOPROTOOPT);
	CHECK_ERRNO(set(SO_ACCEPTCONN, 1), ENOPROTOOPT);
	CHECK_ERRNO(set(SO_PEERCRED, 1), ENOPROTOOPT);
	CHECK_ERRNO(set(SO_SNDLOWAT, 1), ENOPROTOOPT);
	close(s);
}

TEST(switches)
{
	static const int options[] = { SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE, SO_NO_CHECK,
				       SO_PASSCRED };

	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
		CHECK_EQ(get(options[i]), 0);
		CHECK_OK(set(options[i], 5));
		CHECK_EQ(get(options[i]), 1);
		CHECK_OK(set(options[i], 0));
		CHECK_EQ(get(options[i]), 0);
	}
	close(s);
}

TEST(buffers)
{
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(get(SO_BUF_LOCK), 0);
	CHECK_OK(set(SO_SNDBUF, 10000));
	CHECK_EQ(get(SO_SNDBUF), 20000);
	CHECK_OK(set(SO_RCVBUF, 10000));
	CHECK_EQ(get(SO_RCVBUF), 20000);
	CHECK_EQ(get(SO_BUF_LOCK), 3);
	CHECK_OK(set(SO_SNDBUF, 0));
	CHECK_EQ(get(SO_SNDBUF), 4608);
	CHECK_OK(set(SO_RCVBUF, 1));
	CHECK_EQ(get(SO_RCVBUF), 2304);
	CHECK_OK(set(SO_SNDBUF, 0x7fffffff));
	int most = get(SO_SNDBUF);
	CHECK_OK(set(SO_SNDBUF, -1));
	CHECK_EQ(get(SO_SNDBUF), most);
	close(s);
}

TEST(small_buffer)
{
	static char buf[100000];
	int fds[2], status;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	s = fds[0];
	CHECK_OK(set(SO_SNDBUF, 0));
	pid_t pid = test_fork();
	if (pid == 0)
		_exit(write(fds[0], buf, sizeof buf) == sizeof buf ? 0 : 1);
	close(fds[0]);
	size_t got = 0;
	ssize_t n;
	while ((n = read(fds[1], buf, sizeof buf)) > 0)
		got += n;
	CHECK_EQ(got, sizeof buf);
	status = test_wait(pid);
	CHECK_EQ(status, 0);
	close(fds[1]);
}

TEST(forced_buffers)
{
	if (geteuid() != 0)
		SKIP("not root");
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_OK(set(SO_SNDBUFFORCE, 10000000));
	CHECK_EQ(get(SO_SNDBUF), 20000000);
	CHECK_OK(set(SO_RCVBUFFORCE, -5));
	CHECK_EQ(get(SO_RCVBUF), 2304);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(syscall(SYS_setresuid, 1000, 1000, 1000));
		CHECK_ERRNO(set(SO_SNDBUFFORCE, 10000), EPERM);
		CHECK_ERRNO(set(SO_RCVBUFFORCE, 10000), EPERM);
		CHECK_ERRNO(set(SO_MARK, 1), EPERM);
		CHECK_ERRNO(set(SO_PRIORITY, 7), EPERM);
		CHECK_ERRNO(set(SO_DEBUG, 1), EACCES);
		CHECK_OK(set(SO_DEBUG, 0));
	}), 0);
	close(s);
}

TEST(numbers)
{
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(get(SO_RCVLOWAT), 1);
	CHECK_OK(set(SO_RCVLOWAT, 0));
	CHECK_EQ(get(SO_RCVLOWAT), 1);
	CHECK_OK(set(SO_RCVLOWAT, -1));
	CHECK_EQ(get(SO_RCVLOWAT), 0x7fffffff);
	CHECK_OK(set(SO_RCVLOWAT, 5));
	CHECK_EQ(get(SO_RCVLOWAT), 5);
	CHECK_EQ(get(SO_SNDLOWAT), 1);
	CHECK_EQ(get(SO_PRIORITY), 0);
	CHECK_OK(set(SO_PRIORITY, 6));
	CHECK_EQ(get(SO_PRIORITY), 6);
	close(s);
}

TEST(low_water)
{
	int fds[2];
	char buf[8];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	s = fds[1];
	CHECK_OK(set(SO_RCVLOWAT, 4));
	CHECK_EQ(write(fds[0], "abc", 3), 3);
	/* poll looks at whether there is anything, read waits for enough. */
	struct pollfd p = { s, POLLIN, 0 };
	CHECK_EQ(poll(&p, 1, 0), 1);
	pid_t pid = test_fork();
	if (pid == 0) {
		usleep(30000);
		_exit(write(fds[0], "de", 2) != 2);
	}
	CHECK_EQ(read(s, buf, 8), 5);
	CHECK_EQ(test_wait(pid), 0);
	CHECK_EQ(write(fds[0], "abc", 3), 3);
	CHECK_EQ(read(s, buf, 2), 2);
	CHECK_EQ(recv(s, buf, 8, MSG_DONTWAIT), 1);
	close(fds[0]);
	close(fds[1]);
}

TEST(linger)
{
	struct linger l = { 1, 5 };
	socklen_t len = sizeof l;

	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, 4), EINVAL);
	CHECK_OK(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
	memset(&l, 0, sizeof l);
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_LINGER, &l, &len));
	CHECK_EQ(l.l_onoff, 1);
	CHECK_EQ(l.l_linger, 5);
	CHECK_EQ(len, sizeof l);
	l.l_onoff = 0;
	l.l_linger = 9;
	CHECK_OK(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_LINGER, &l, &len));
	CHECK_EQ(l.l_onoff, 0);
	CHECK_EQ(l.l_linger, 5);
	close(s);
}

TEST(timeouts)
{
	struct timeval tv = { 3, 200000 };
	socklen_t len = sizeof tv;
	char c;

	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	for (int option = SO_RCVTIMEO; option <= SO_SNDTIMEO; option++) {
		tv = (struct timeval){ 7, 7 };
		CHECK_OK(getsockopt(s, SOL_SOCKET, option, &tv, &len));
		CHECK_EQ(tv.tv_sec, 0);
		CHECK_EQ(tv.tv_usec, 0);
		tv = (struct timeval){ 3, 200000 };
		CHECK_ERRNO(setsockopt(s, SOL_SOCKET, option, &tv, 8), EINVAL);
		CHECK_OK(setsockopt(s, SOL_SOCKET, option, &tv, sizeof tv));
		tv = (struct timeval){ 7, 7 };
		CHECK_OK(getsockopt(s, SOL_SOCKET, option, &tv, &len));
		CHECK_EQ(tv.tv_sec, 3);
		CHECK_EQ(tv.tv_usec, 200000);
		tv = (struct timeval){ 0, 1000000 };
		CHECK_ERRNO(setsockopt(s, SOL_SOCKET, option, &tv, sizeof tv), EDOM);
		tv = (struct timeval){ 0, -1 };
		CHECK_ERRNO(setsockopt(s, SOL_SOCKET, option, &tv, sizeof tv), EDOM);
		/* A negative time is over at once. */
		tv = (struct timeval){ -5, 0 };
		CHECK_OK(setsockopt(s, SOL_SOCKET, option, &tv, sizeof tv));
		tv = (struct timeval){ 7, 7 };
		CHECK_OK(getsockopt(s, SOL_SOCKET, option, &tv, &len));
		CHECK_EQ(tv.tv_sec, 0);
	}
	CHECK_ERRNO(read(s, &c, 1), EAGAIN);
	close(s);
}

TEST_MAIN
