/* epoll_ctl(2): errors, the three operations, nesting, what happens at the last close. */
#include "test.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int ep;
static struct epoll_event e;

static int ctl(int op, int fd, uint32_t events, int data)
{
	struct epoll_event event = { events, { .u64 = 0 } };

	event.data.u32 = data;
	return epoll_ctl(ep, op, fd, &event);
}

static int fresh(void)
{
	if (ep)
		close(ep);
	return ep = epoll_create1(0);
}

TEST(errors)
{
	int p[2], reg = make_file("f", "x"), dir = open(".", O_RDONLY), null = open("/dev/null", O_RDWR);
	fresh();
	REQUIRE(pipe(p) == 0);
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], BAD_PTR), EFAULT);
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, p[0], NULL), EFAULT);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, -1, EPOLLIN, 0), EBADF);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, 999, EPOLLIN, 0), EBADF);
	CHECK_ERRNO(epoll_ctl(-1, EPOLL_CTL_ADD, p[0], &e), EBADF);
	CHECK_ERRNO(epoll_ctl(p[1], EPOLL_CTL_ADD, p[0], &e), EINVAL);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, ep, EPOLLIN, 0), EINVAL);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, reg, EPOLLIN, 0), EPERM);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, dir, EPOLLIN, 0), EPERM);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, null, EPOLLIN, 0), EPERM);
	CHECK_ERRNO(ctl(99, p[0], EPOLLIN, 0), EINVAL);
	CHECK_ERRNO(ctl(EPOLL_CTL_MOD, p[0], EPOLLIN, 0), ENOENT);
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL), ENOENT);
	CHECK_OK(ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 0));
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 0), EEXIST);
	/* The same file by another number is another entry. */
	int d = dup(p[0]);
	CHECK_OK(ctl(EPOLL_CTL_ADD, d, EPOLLIN, 0));
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_DEL, d, NULL));
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], BAD_PTR));
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL), ENOENT);
	int path = open("f", O_PATH);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, path, EPOLLIN, 0), EBADF);
	close(path); close(reg); close(dir); close(null); close(d); close(p[0]); close(p[1]);
}

TEST(modify)
{
	int fd = eventfd(1, 0);
	fresh();
	CHECK_OK(ctl(EPOLL_CTL_ADD, fd, 0, 1));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	CHECK_OK(ctl(EPOLL_CTL_MOD, fd, EPOLLOUT, 2));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_EQ(e.events, EPOLLOUT);
	CHECK_EQ(e.data.u32, 2);
	CHECK_OK(ctl(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT, 3));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_EQ(e.events, EPOLLIN | EPOLLOUT);
	CHECK_EQ(e.data.u32, 3);
	CHECK_OK(ctl(EPOLL_CTL_MOD, fd, 0, 0));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	close(fd);
}

TEST(exclusive)
{
	int fd = eventfd(1, 0), other = epoll_create1(0);
	fresh();
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 0), EINVAL);
	CHECK_ERRNO(ctl(EPOLL_CTL_ADD, other, EPOLLIN | EPOLLEXCLUSIVE, 0), EINVAL);
	CHECK_OK(ctl(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET, 0));
	CHECK_ERRNO(ctl(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLEXCLUSIVE, 0), EINVAL);
	CHECK_ERRNO(ctl(EPOLL_CTL_MOD, fd, EPOLLIN, 0), EINVAL);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
	CHECK_OK(ctl(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLWAKEUP, 0));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_EQ(e.events, EPOLLIN);
	close(fd);
	close(other);
}

TEST(last_close_ends_the_watch)
{
	int p[2], d;
	fresh();
	REQUIRE(pipe(p) == 0);
	CHECK_OK(ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 0));
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	/* As long as a copy is open, the watch goes on, and can't be ended. */
	d = dup(p[0]);
	close(p[0]);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_DEL, p[0], NULL), EBADF);
	close(d);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	close(p[1]);
	/* The number can be used for another file at once, and often. */
	for (int i = 0; i < 2000; i++) {
		REQUIRE(pipe(p) == 0);
		REQUIRE(ctl(EPOLL_CTL_ADD, p[0], EPOLLIN, 0) == 0);
		close(p[0]);
		close(p[1]);
	}
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
}

TEST(nesting)
{
	int p[2], inner = epoll_create1(0);
	struct pollfd pf = { inner, POLLIN, 0 };
	fresh();
	REQUIRE(pipe(p) == 0);
	CHECK_OK(ctl(EPOLL_CTL_ADD, inner, EPOLLIN, 7));
	struct epoll_event in = { EPOLLIN, { .u64 = 8 } };
	CHECK_OK(epoll_ctl(inner, EPOLL_CTL_ADD, p[0], &in));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	CHECK_EQ(poll(&pf, 1, 0), 0);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_EQ(e.data.u64, 7);
	CHECK_EQ(poll(&pf, 1, 0), 1);
	CHECK_EQ(pf.revents, POLLIN);
	CHECK_EQ(epoll_wait(inner, &e, 1, 0), 1);
	CHECK_EQ(e.data.u64, 8);
	char c;
	CHECK_EQ(read(p[0], &c, 1), 1);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	CHECK_EQ(poll(&pf, 1, 0), 0);
	/* A waiter on the outer set is woken through the inner one. */
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		_exit(write(p[1], "y", 1) != 1);
	}
	CHECK_EQ(epoll_wait(ep, &e, 1, 5000), 1);
	CHECK_EQ(test_wait(child), 0);
	/* A circle. */
	struct epoll_event back = { EPOLLIN, { 0 } };
	CHECK_ERRNO(epoll_ctl(inner, EPOLL_CTL_ADD, ep, &back), ELOOP);
	close(inner);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	close(p[0]);
	close(p[1]);
}

TEST(depth)
{
	int fd[8], i;
	for (i = 0; i < 8; i++)
		fd[i] = epoll_create1(0);
	for (i = 0; i < 7; i++) {
		struct epoll_event event = { EPOLLIN, { 0 } };
		if (epoll_ctl(fd[i + 1], EPOLL_CTL_ADD, fd[i], &event)) {
			CHECK_EQ(errno, ELOOP);
			break;
		}
	}
	CHECK(i >= 4 && i <= 5);
	for (i = 0; i < 8; i++)
		close(fd[i]);
}

TEST_MAIN
