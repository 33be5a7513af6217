/* timer_gettime(2). */
#include "test.h"

int main(void)
{
	struct itimerspec s = { { 3, 5 }, { 100, 0 } }, now;
	int id = -1;
	REQUIRE(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0);
	CHECK_OK(syscall(SYS_timer_gettime, id, &now));
	CHECK(!now.it_value.tv_sec && !now.it_value.tv_nsec && !now.it_interval.tv_sec);
	CHECK_OK(syscall(SYS_timer_settime, id, 0, &s, NULL));
	CHECK_OK(syscall(SYS_timer_gettime, id, &now));
	CHECK(now.it_value.tv_sec >= 98 && now.it_value.tv_sec <= 100);
	CHECK(now.it_interval.tv_sec == 3 && now.it_interval.tv_nsec == 5);
	CHECK_ERRNO(syscall(SYS_timer_gettime, 99, &now), EINVAL);
	CHECK_ERRNO(syscall(SYS_timer_gettime, id, BAD_PTR), EFAULT);
	return test_done();
}
