#include "test.h"

int main(void)
{
	struct timespec t, a;
	clock_gettime(CLOCK_MONOTONIC, &t);
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0), 0);
	t.tv_nsec += 10000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0), 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK(a.tv_sec > t.tv_sec || (a.tv_sec == t.tv_sec && a.tv_nsec >= t.tv_nsec));
	CHECK_EQ(clock_nanosleep(99, 0, &t, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &t, 0), EOPNOTSUPP);
	t.tv_nsec = -1;
	CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, 0, &t, 0), EINVAL);
	return test_done();
}
