#include "test.h"

int main(void)
{
	struct itimerval it = { { 5, 0 }, { 100, 0 } }, now;
	CHECK_OK(setitimer(ITIMER_REAL, &it, 0));
	CHECK_OK(getitimer(ITIMER_REAL, &now));
	CHECK(now.it_interval.tv_sec == 5 && now.it_value.tv_sec >= 98 && now.it_value.tv_sec <= 100);
	CHECK_ERRNO(getitimer(7, &now), EINVAL);
	CHECK_ERRNO(syscall(SYS_getitimer, ITIMER_REAL, BAD_PTR), EFAULT);
	return test_done();
}
