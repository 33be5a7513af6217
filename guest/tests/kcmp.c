/* kcmp(2). */
#include "test.h"
#include <sys/epoll.h>

#define IO 5
#define SYSVSEM 6
#define EPOLL_TFD 7

struct slot {
	uint32_t efd, tfd, toff;
};

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
	/* Neither has an I/O context nor semaphores to undo. */
	CHECK_EQ(cmp(me, me, IO, 0, 0), 0);
	CHECK_EQ(cmp(me, me, SYSVSEM, 0, 0), 0);
	child = test_fork();
	if (!child) {
		syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 4);
		kill(getpid(), SIGSTOP);
		_exit(0);
	}
	CHECK_EQ(waitpid(child, NULL, WUNTRACED), child);
	CHECK(cmp(me, child, IO, 0, 0) > 0);
	CHECK_EQ(cmp(me, child, SYSVSEM, 0, 0), 0);
	kill(child, SIGKILL);
	test_wait(child);
	/* What an epoll set watches. */
	struct epoll_event ev = { EPOLLIN, { .u32 = 0 } };
	int ep = epoll_create1(0);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &ev));
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, p[1], &ev));
	struct slot slot = { ep, p[0], 0 };
	CHECK_EQ(cmp(me, me, EPOLL_TFD, p[0], (long)&slot), 0);
	CHECK_EQ(cmp(me, me, EPOLL_TFD, d, (long)&slot), 0); /* the same open file */
	order = cmp(me, me, EPOLL_TFD, p[1], (long)&slot);
	CHECK(order == 1 || order == 2);
	CHECK_ERRNO(cmp(me, me, EPOLL_TFD, 999, (long)&slot), EBADF);
	CHECK_ERRNO(cmp(me, me, EPOLL_TFD, p[0], 1), EFAULT);
	slot.toff = 1;
	CHECK_ERRNO(cmp(me, me, EPOLL_TFD, p[0], (long)&slot), ENOENT);
	slot = (struct slot){ ep, 999, 0 };
	CHECK_ERRNO(cmp(me, me, EPOLL_TFD, p[0], (long)&slot), ENOENT);
	slot = (struct slot){ 999, p[0], 0 };
	CHECK_ERRNO(cmp(me, me, EPOLL_TFD, p[0], (long)&slot), EBADF);
	slot = (struct slot){ p[0], p[0], 0 };
	CHECK_ERRNO(cmp(me, me, EPOLL_TFD, p[0], (long)&slot), EINVAL); /* no epoll set */
	return test_done();
}
