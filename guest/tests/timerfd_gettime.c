/* timerfd_gettime(2). */
#include "test.h"
#include <sys/timerfd.h>

int main(void)
{
	struct itimerspec s = { { 3, 5 }, { 100, 0 } }, now;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	CHECK_OK(timerfd_gettime(fd, &now));
	CHECK(!now.it_value.tv_sec && !now.it_value.tv_nsec && !now.it_interval.tv_sec);
	CHECK_OK(timerfd_settime(fd, 0, &s, NULL));
	CHECK_OK(timerfd_gettime(fd, &now));
	CHECK(now.it_value.tv_sec >= 98 && now.it_value.tv_sec <= 100);
	CHECK(now.it_interval.tv_sec == 3 && now.it_interval.tv_nsec == 5);
	CHECK_ERRNO(timerfd_gettime(-1, &now), EBADF);
	CHECK_ERRNO(timerfd_gettime(0, &now), EINVAL);
	CHECK_ERRNO(timerfd_gettime(fd, BAD_PTR), EFAULT);
	return test_done();
}
