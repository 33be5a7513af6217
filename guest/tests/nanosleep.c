#include "test.h"

static void on(int s) { (void)s; }

int main(void)
{
	struct timespec t = { 0, 20000000 }, a, b, rem = { 0, 0 };
	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK_OK(syscall(SYS_nanosleep, &t, 0));
	clock_gettime(CLOCK_MONOTONIC, &b);
	CHECK((b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec >= 20000000);
	t.tv_nsec = 1000000000;
	CHECK_ERRNO(syscall(SYS_nanosleep, &t, 0), EINVAL);
	t.tv_nsec = 0;
	t.tv_sec = -1;
	CHECK_ERRNO(syscall(SYS_nanosleep, &t, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_nanosleep, BAD_PTR, 0), EFAULT);
	signal(SIGALRM, on);
	struct itimerval it = { { 0, 0 }, { 0, 20000 } };
	setitimer(ITIMER_REAL, &it, 0);
	t.tv_sec = 100;
	CHECK_ERRNO(syscall(SYS_nanosleep, &t, &rem), EINTR);
	CHECK(rem.tv_sec == 99);
	return test_done();
}
