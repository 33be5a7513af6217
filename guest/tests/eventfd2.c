/* eventfd2: flags, limits, waiting, polling. */
#include "test.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static uint64_t v;

static int put(int fd, uint64_t value)
{
	return write(fd, &value, 8);
}

static short ready(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

TEST(flags)
{
	CHECK_ERRNO(syscall(SYS_eventfd2, 0, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_eventfd2, 0, O_APPEND), EINVAL);
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_ERRNO(read(fd, &v, 8), EAGAIN);
	close(fd);
}

TEST(sizes_and_addresses)
{
	char big[24] = { 7 };
	int fd = eventfd(1, EFD_NONBLOCK);
	CHECK_ERRNO(read(fd, &v, 7), EINVAL);
	CHECK_ERRNO(write(fd, &v, 7), EINVAL);
	CHECK_ERRNO(write(fd, BAD_PTR, 8), EFAULT);
	CHECK_EQ(read(fd, big, 24), 8);
	CHECK_EQ(big[0], 1);
	CHECK_ERRNO(put(fd, UINT64_MAX), EINVAL);
	/* What a bad address was to get is lost. */
	CHECK_EQ(put(fd, 4), 8);
	CHECK_ERRNO(read(fd, BAD_PTR, 8), EFAULT);
	CHECK_ERRNO(read(fd, &v, 8), EAGAIN);
	CHECK_ERRNO(pread(fd, &v, 8, 0), ESPIPE);
	CHECK_ERRNO(mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0, ENODEV);
	close(fd);
}

TEST(limits)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	CHECK_EQ(ready(fd), POLLOUT);
	CHECK_EQ(put(fd, UINT64_MAX - 2), 8);
	CHECK_EQ(ready(fd), POLLIN | POLLOUT);
	CHECK_ERRNO(put(fd, 2), EAGAIN);
	CHECK_EQ(put(fd, 1), 8);
	CHECK_EQ(ready(fd), POLLIN);
	CHECK_ERRNO(put(fd, 1), EAGAIN);
	CHECK_EQ(put(fd, 0), 8);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, UINT64_MAX - 1);
	close(fd);
}

TEST(semaphore)
{
	int fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(read(fd, &v, 8), 8);
		CHECK_EQ(v, 1);
	}
	CHECK_ERRNO(read(fd, &v, 8), EAGAIN);
	close(fd);
}

TEST(a_writer_waits_for_room)
{
	int fd = eventfd(0, 0);
	CHECK_EQ(put(fd, UINT64_MAX - 1), 8);
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		_exit(read(fd, &v, 8) != 8);
	}
	CHECK_EQ(put(fd, 17), 8);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 17);
	CHECK_EQ(test_wait(child), 0);
	close(fd);
}

TEST(reading_is_no_news_for_a_reader)
{
	/* Edge-triggered, a read that leaves something makes no new event for EPOLLIN. */
	struct epoll_event e = { EPOLLIN | EPOLLET, { 0 } };
	int fd = eventfd(3, EFD_SEMAPHORE), ep = epoll_create1(0);
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	CHECK_EQ(put(fd, 1), 8);
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
	close(ep);
	close(fd);
}

TEST_MAIN
