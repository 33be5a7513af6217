/* kcmp(2). */
#include "test.h"

static long cmp(pid_t a, pid_t b, int type, long i, long j)
{
	return syscall(SYS_kcmp, a, b, type, i, j);
}

int main(void)
{
	int p[2], d;
	pid_t me = getpid();
	REQUIRE(pipe(p) == 0);
	d = dup(p[0]);
	CHECK_EQ(cmp(me, me, 0, p[0], d), 0);
	long order = cmp(me, me, 0, p[0], p[1]);
	CHECK(order == 1 || order == 2);
	CHECK_EQ(cmp(me, me, 0, p[1], p[0]), 3 - order);
	CHECK_ERRNO(cmp(me, me, 0, p[0], 999), EBADF);
	CHECK_ERRNO(cmp(me, 1 << 30, 0, 0, 0), ESRCH);
	CHECK_ERRNO(cmp(me, me, 99, 0, 0), EINVAL);
	for (int type = 1; type <= 4; type++)
		CHECK_EQ(cmp(me, me, type, 0, 0), 0);
	pid_t child = test_fork();
	if (!child) {
		pause();
		_exit(0);
	}
	CHECK_EQ(cmp(me, child, 0, p[0], d), 0);
	for (int type = 1; type <= 4; type++)
		CHECK(cmp(me, child, type, 0, 0) > 0);
	kill(child, SIGKILL);
	test_wait(child);
	return test_done();
}
