// accept4(2): the new descriptor's flags.
#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un addr = { AF_UNIX, "\0accept4" };

TEST(flags)
{
	static const int flags[] = { 0, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOEXEC | SOCK_NONBLOCK };
	int l = socket(AF_UNIX, SOCK_STREAM, 0);

	REQUIRE(bind(l, (void *)&addr, 10) == 0 && listen(l, 5) == 0);
	/* The listener's own flags are not inherited. */
	CHECK_OK(fcntl(l, F_SETFL, O_NONBLOCK));
	for (int i = 0; i < 4; i++) {
		int s = socket(AF_UNIX, SOCK_STREAM, 0), c;
		REQUIRE(connect(s, (void *)&addr, 10) == 0);
		c = accept4(l, NULL, NULL, flags[i]);
		REQUIRE(c >= 0);
		CHECK_EQ(fcntl(c, F_GETFD), flags[i] & SOCK_CLOEXEC ? FD_CLOEXEC : 0);
		CHECK_EQ(fcntl(c, F_GETFL), O_RDWR | (flags[i] & SOCK_NONBLOCK ? O_NONBLOCK : 0));
		close(c);
		close(s);
	}
	CHECK_ERRNO(accept4(l, NULL, NULL, 1), EINVAL);
	CHECK_ERRNO(accept4(l, NULL, NULL, O_APPEND), EINVAL);
	CHECK_ERRNO(accept4(-1, NULL, NULL, 1), EBADF);
	CHECK_ERRNO(accept4(0, NULL, NULL, 1), EINVAL);
	CHECK_ERRNO(accept4(0, NULL, NULL, 0), ENOTSOCK);
	close(l);
}

TEST(limit)
{
	struct rlimit { unsigned long cur, max; } old, few;
	int l = socket(AF_UNIX, SOCK_STREAM, 0), s = socket(AF_UNIX, SOCK_STREAM, 0), lowest, c;

	REQUIRE(bind(l, (void *)&addr, 10) == 0 && listen(l, 5) == 0 && connect(s, (void *)&addr, 10) == 0);
	lowest = dup(0);
	close(lowest);
	REQUIRE(syscall(SYS_prlimit64, 0, 7, NULL, &old) == 0);
	few = old;
	few.cur = lowest;
	REQUIRE(syscall(SYS_prlimit64, 0, 7, &few, NULL) == 0);
	CHECK_ERRNO(accept4(l, NULL, NULL, 0), EMFILE);
	CHECK_ERRNO(accept4(0, NULL, NULL, 0), EMFILE);
	syscall(SYS_prlimit64, 0, 7, &old, NULL);
	/* The connection still waits. */
	c = accept4(l, NULL, NULL, 0);
	CHECK_OK(c);
	close(c);
	close(s);
	close(l);
}

TEST_MAIN
