/* epoll_wait(2): level, edge, one shot, order, timeouts, signals, many threads. */
/* test: cflags=-pthread cflags=-Wno-stringop-overflow */
#include "test.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int ep, p[2];
static struct epoll_event e[16];

static void start(uint32_t events)
{
	struct epoll_event event = { events, { .u64 = 0x1122334455667788 } };

	if (ep)
		close(ep), close(p[0]), close(p[1]);
	ep = epoll_create1(0);
	REQUIRE(pipe2(p, O_NONBLOCK) == 0);
	REQUIRE(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &event) == 0);
}

TEST(errors)
{
	start(EPOLLIN);
	CHECK_ERRNO(epoll_wait(ep, e, 0, 0), EINVAL);
	CHECK_ERRNO(epoll_wait(ep, e, -1, 0), EINVAL);
	CHECK_ERRNO(epoll_wait(ep, e, INT_MAX, 0), EINVAL);
	CHECK_ERRNO(epoll_wait(p[0], e, 1, 0), EINVAL);
	CHECK_ERRNO(epoll_wait(-1, e, 1, 0), EBADF);
	CHECK_ERRNO(epoll_wait(ep, (void *)-4096, 1, 0), EFAULT);
	CHECK_EQ(epoll_wait(ep, BAD_PTR, 1, 0), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_ERRNO(epoll_wait(ep, BAD_PTR, 1, 0), EFAULT);
	CHECK_EQ(epoll_wait(ep, e, 1, 0), 1);
}

TEST(level)
{
	start(EPOLLIN);
	CHECK_EQ(write(p[1], "ab", 2), 2);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(epoll_wait(ep, e, 16, -1), 1);
		CHECK_EQ(e[0].events, EPOLLIN);
		CHECK(e[0].data.u64 == 0x1122334455667788);
	}
	char buf[4];
	CHECK_EQ(read(p[0], buf, 4), 2);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	close(p[1]);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 1);
	CHECK_EQ(e[0].events, EPOLLHUP);
	p[1] = dup(p[0]);
}

TEST(edge)
{
	char buf[4];
	start(EPOLLIN | EPOLLET);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	CHECK_EQ(write(p[1], "ab", 2), 2);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	CHECK_EQ(read(p[0], buf, 1), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	CHECK_EQ(write(p[1], "c", 1), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 1);
	CHECK_EQ(read(p[0], buf, 4), 2);
	/* An event that has gone stale isn't reported. */
	CHECK_EQ(write(p[1], "d", 1), 1);
	CHECK_EQ(read(p[0], buf, 4), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	/* A change counts as a new look. */
	struct epoll_event event = { EPOLLIN | EPOLLET, { 0 } };
	CHECK_EQ(write(p[1], "e", 1), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 1);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &event));
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 1);
}

TEST(one_shot)
{
	start(EPOLLIN | EPOLLONESHOT);
	CHECK_EQ(write(p[1], "a", 1), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	CHECK_EQ(write(p[1], "b", 1), 1);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	close(p[1]);
	p[1] = dup(p[0]);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
	struct epoll_event event = { EPOLLIN | EPOLLONESHOT, { 0 } };
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &event));
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 1);
	CHECK_EQ(e[0].events, EPOLLIN | EPOLLHUP);
}

TEST(turns)
{
	/* More are ready than fit: all get their turn. */
	int fd[5], seen = 0;
	close(ep);
	ep = epoll_create1(0);
	for (int i = 0; i < 5; i++) {
		struct epoll_event event = { EPOLLIN, { .u64 = i } };
		fd[i] = eventfd(1, 0);
		CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd[i], &event));
	}
	for (int i = 0; i < 5; i++) {
		CHECK_EQ(epoll_wait(ep, e, 2, 0), 2);
		seen |= 1 << e[0].data.u64 | 1 << e[1].data.u64;
		printf("%d %d\n", (int)e[0].data.u64, (int)e[1].data.u64);
	}
	CHECK_EQ(seen, 31);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 5);
	for (int i = 0; i < 5; i++)
		close(fd[i]);
	CHECK_EQ(epoll_wait(ep, e, 16, 0), 0);
}

TEST(time)
{
	struct timespec a, b;
	start(EPOLLIN);
	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK_EQ(epoll_wait(ep, e, 1, 30), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	long ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	CHECK(ms >= 29 && ms < 5000);
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		_exit(write(p[1], "x", 1) != 1);
	}
	CHECK_EQ(epoll_wait(ep, e, 1, -1), 1);
	CHECK_EQ(test_wait(child), 0);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(signals)
{
	struct itimerval it = { { 0, 0 }, { 0, 20000 } };
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	start(EPOLLIN);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(epoll_wait(ep, e, 1, 10000), EINTR);
}

static int taken[4];

static void *taker(void *arg)
{
	struct epoll_event event;
	uint64_t v;

	while (epoll_wait(ep, &event, 1, 10000) == 1) {
		if (event.data.u64 == 1)
			return NULL;
		if (read(event.data.fd, &v, 8) == 8)
			taken[(long)arg]++;
	}
	return (void *)1;
}

TEST(threads)
{
	pthread_t t[4];
	void *ret;
	int fd = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK), stop = eventfd(0, 0), total = 0;
	struct epoll_event event = { EPOLLIN, { .fd = fd } };
	close(ep);
	ep = epoll_create1(0);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
	event.data.u64 = 1;
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, stop, &event));
	for (long i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, taker, (void *)i);
	for (int i = 0; i < 200; i++) {
		uint64_t v = 1;
		CHECK_EQ(write(fd, &v, 8), 8);
	}
	uint64_t v = 1;
	struct pollfd pf = { fd, POLLIN, 0 };
	while (poll(&pf, 1, 0) == 1)
		usleep(1000);
	CHECK_EQ(write(stop, &v, 8), 8);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], &ret);
		CHECK(ret == NULL);
		total += taken[i];
	}
	CHECK_EQ(total, 200);
}

TEST_MAIN
