#include "test.h"

int main(void)
{
	struct timeval tv;
	struct timespec ts;
	struct timezone tz = { 1, 1 };
	CHECK_OK(syscall(SYS_gettimeofday, &tv, &tz));
	clock_gettime(CLOCK_REALTIME, &ts);
	CHECK(ts.tv_sec - tv.tv_sec <= 1 && tv.tv_usec < 1000000);
	CHECK(tz.tz_minuteswest == 0 && tz.tz_dsttime == 0);
	CHECK_OK(syscall(SYS_gettimeofday, 0, 0));
	CHECK_ERRNO(syscall(SYS_gettimeofday, BAD_PTR, 0), EFAULT);
	return test_done();
}
