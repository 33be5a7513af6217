#include "test.h"

int main(void)
{
	struct timespec t;
	CHECK_OK(syscall(SYS_clock_getres, CLOCK_MONOTONIC, &t));
	CHECK(t.tv_sec == 0 && t.tv_nsec == 1);
	CHECK_OK(syscall(SYS_clock_getres, CLOCK_REALTIME, 0));
	CHECK_ERRNO(syscall(SYS_clock_getres, 99, &t), EINVAL);
	return test_done();
}
