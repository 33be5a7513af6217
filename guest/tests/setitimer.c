#include "test.h"

static volatile int n;
static void on(int s) { (void)s; n++; }

int main(void)
{
	struct itimerval it = { { 0, 10000 }, { 0, 10000 } }, old;
	signal(SIGALRM, on);
	CHECK_OK(setitimer(ITIMER_REAL, &it, 0));
	while (n < 3)
		pause();
	it.it_value.tv_usec = 0;
	CHECK_OK(setitimer(ITIMER_REAL, &it, &old));
	CHECK_EQ(old.it_interval.tv_usec, 10000);
	CHECK_OK(getitimer(ITIMER_REAL, &old));
	CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_usec == 0);
	CHECK_ERRNO(setitimer(9, &it, 0), EINVAL);
	it.it_value.tv_usec = 1000000;
	CHECK_ERRNO(setitimer(ITIMER_REAL, &it, 0), EINVAL);
	return test_done();
}
