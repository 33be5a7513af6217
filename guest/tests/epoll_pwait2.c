/* epoll_pwait2(2): the timeout in nanoseconds. */
#include "test.h"
#include <sys/epoll.h>

int main(void)
{
	struct epoll_event e;
	struct timespec t = { 0, 20000000 }, a, b;
	sigset_t none;
	int ep = epoll_create1(0);
	sigemptyset(&none);
	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK_EQ(syscall(SYS_epoll_pwait2, ep, &e, 1, &t, NULL, 8), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	long us = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
	CHECK(us >= 20000 && us < 5000000);
	CHECK_EQ(t.tv_nsec, 20000000);
	t.tv_nsec = 1000000000;
	CHECK_ERRNO(syscall(SYS_epoll_pwait2, ep, &e, 1, &t, NULL, 8), EINVAL);
	t.tv_nsec = -1;
	CHECK_ERRNO(syscall(SYS_epoll_pwait2, ep, &e, 1, &t, NULL, 8), EINVAL);
	t.tv_nsec = 0;
	CHECK_EQ(syscall(SYS_epoll_pwait2, ep, &e, 1, &t, &none, 8), 0);
	CHECK_ERRNO(syscall(SYS_epoll_pwait2, ep, &e, 1, &t, &none, 7), EINVAL);
	CHECK_ERRNO(syscall(SYS_epoll_pwait2, ep, &e, 1, BAD_PTR, &none, 8), EFAULT);
	int p[2];
	REQUIRE(pipe(p) == 0);
	e.events = EPOLLIN;
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e));
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(syscall(SYS_epoll_pwait2, ep, &e, 1, NULL, NULL, 0), 1);
	return test_done();
}
