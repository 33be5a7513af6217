#include "test.h"

/* test: guest-only, sets the clock */
int main(void)
{
	struct timeval tv = { 1900000000, 0 }, now;
	CHECK_OK(settimeofday(&tv, 0));
	gettimeofday(&now, 0);
	CHECK(now.tv_sec >= 1900000000 && now.tv_sec < 1900000010);
	tv.tv_usec = 1000000;
	CHECK_ERRNO(settimeofday(&tv, 0), EINVAL);
	return test_done();
}
