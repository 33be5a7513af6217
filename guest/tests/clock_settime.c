#include "test.h"

/* test: guest-only, sets the clock */
int main(void)
{
	struct timespec t = { 2000000000, 5 }, a;
	CHECK_OK(clock_settime(CLOCK_REALTIME, &t));
	CHECK_OK(clock_gettime(CLOCK_REALTIME, &a));
	CHECK(a.tv_sec >= 2000000000 && a.tv_sec < 2000000010);
	CHECK_ERRNO(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
	t.tv_nsec = -1;
	CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &t), EINVAL);
	CHECK_EQ(IN_CHILD({
		t.tv_nsec = 0;
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &t), EPERM);
	}), 0);
	return test_done();
}
