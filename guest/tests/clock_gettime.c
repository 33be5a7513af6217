#include "test.h"

int main(void)
{
	struct timespec a, b;
	CHECK_OK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &a));
	CHECK_OK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b));
	CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
	CHECK_OK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &a));
	CHECK(a.tv_sec > 1577836800);
	for (int c = 0; c <= 11; c++)
		if (c != 10 && c != 8 && c != 9)
			CHECK_OK(syscall(SYS_clock_gettime, c, &a));
	CHECK_ERRNO(syscall(SYS_clock_gettime, 99, &a), EINVAL);
	CHECK_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, BAD_PTR), EFAULT);
	CHECK_OK(syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &a));
	for (volatile int i = 0; i < 10000000; i++)
		;
	CHECK_OK(syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &b));
	CHECK(b.tv_sec > a.tv_sec || b.tv_nsec > a.tv_nsec);
	return test_done();
}
