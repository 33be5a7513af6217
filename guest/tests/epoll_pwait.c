/* epoll_pwait(2): the signal mask for the time of the call. */
#include "test.h"
#include <sys/epoll.h>

static int hits;

static void hit(int sig)
{
	(void)sig;
	hits++;
}

int main(void)
{
	struct epoll_event e;
	sigset_t usr1, none, now;
	int ep = epoll_create1(0);
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	signal(SIGUSR1, hit);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	CHECK_ERRNO(syscall(SYS_epoll_pwait, ep, &e, 1, 0, &none, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_epoll_pwait, ep, &e, 1, 0, BAD_PTR, 8), EFAULT);
	CHECK_EQ(syscall(SYS_epoll_pwait, ep, &e, 1, 0, NULL, 4), 0);
	raise(SIGUSR1);
	CHECK_EQ(epoll_pwait(ep, &e, 1, 10, NULL), 0);
	CHECK_EQ(hits, 0);
	CHECK_ERRNO(epoll_pwait(ep, &e, 1, 10000, &none), EINTR);
	CHECK_EQ(hits, 1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK_EQ(sigismember(&now, SIGUSR1), 1);
	/* An event goes before a signal. */
	int p[2];
	REQUIRE(pipe(p) == 0);
	e.events = EPOLLIN;
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	CHECK_EQ(write(p[1], "x", 1), 1);
	raise(SIGUSR1);
	CHECK_EQ(epoll_pwait(ep, &e, 1, 10000, &none), 1);
	return test_done();
}
