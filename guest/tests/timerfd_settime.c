/* timerfd_settime(2): once, periodic, absolute, polling. */
#include "test.h"
#include <sys/timerfd.h>

static struct itimerspec it(long ms, long every)
{
	return (struct itimerspec){ { every / 1000, every % 1000 * 1000000 }, { ms / 1000, ms % 1000 * 1000000 } };
}

TEST(errors)
{
	struct itimerspec s = it(1000, 0), bad = s;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	bad.it_value.tv_nsec = 1000000000;
	CHECK_ERRNO(timerfd_settime(fd, 0, &bad, NULL), EINVAL);
	bad = s;
	bad.it_interval.tv_sec = -1;
	CHECK_ERRNO(timerfd_settime(fd, 0, &bad, NULL), EINVAL);
	CHECK_ERRNO(timerfd_settime(fd, 4, &s, NULL), EINVAL);
	CHECK_ERRNO(timerfd_settime(-1, 0, &s, NULL), EBADF);
	CHECK_ERRNO(timerfd_settime(0, 0, &s, NULL), EINVAL);
	CHECK_ERRNO(timerfd_settime(-1, 0, BAD_PTR, NULL), EFAULT);
	CHECK_ERRNO(timerfd_settime(fd, 0, &s, BAD_PTR), EFAULT);
	close(fd);
}

TEST(once)
{
	uint64_t v;
	struct itimerspec s = it(20, 0), old;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct pollfd p = { fd, POLLIN, 0 };
	CHECK_OK(timerfd_settime(fd, 0, &s, &old));
	CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 1);
	CHECK_EQ(poll(&p, 1, 50), 0);
	/* One that is long past fires at once. */
	s = it(1, 0);
	CHECK_OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &s, NULL));
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 1);
	/* Off again before it fires. */
	s = it(30, 0);
	CHECK_OK(timerfd_settime(fd, 0, &s, NULL));
	s = it(0, 0);
	CHECK_OK(timerfd_settime(fd, 0, &s, &old));
	CHECK(old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 30000000);
	CHECK_EQ(poll(&p, 1, 60), 0);
	close(fd);
}

TEST(periodic)
{
	uint64_t v;
	struct itimerspec s = it(10, 10), now;
	int fd = timerfd_create(CLOCK_REALTIME, 0);
	CHECK_OK(timerfd_settime(fd, 0, &s, NULL));
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK(v >= 1);
	usleep(45000);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK(v >= 3);
	CHECK_OK(timerfd_gettime(fd, &now));
	CHECK_EQ(now.it_interval.tv_nsec, 10000000);
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec <= 10000000);
	CHECK_ERRNO(read(fd, BAD_PTR, 8), EFAULT);
	/* A tiny interval counts without burning the machine. */
	s.it_value.tv_nsec = s.it_interval.tv_nsec = 1;
	CHECK_OK(timerfd_settime(fd, 0, &s, NULL));
	usleep(10000);
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK(v > 1000000);
	close(fd);
}

TEST(wall_clock)
{
	uint64_t v;
	struct timespec now;
	struct itimerspec s = it(0, 0);
	int fd = timerfd_create(CLOCK_REALTIME, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	s.it_value = now;
	s.it_value.tv_nsec += 30000000;
	if (s.it_value.tv_nsec >= 1000000000)
		s.it_value.tv_nsec -= 1000000000, s.it_value.tv_sec++;
	CHECK_OK(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &s, NULL));
	CHECK_EQ(read(fd, &v, 8), 8);
	CHECK_EQ(v, 1);
	clock_gettime(CLOCK_REALTIME, &now);
	CHECK(now.tv_sec > s.it_value.tv_sec || (now.tv_sec == s.it_value.tv_sec && now.tv_nsec >= s.it_value.tv_nsec));
	close(fd);
}

TEST_MAIN
