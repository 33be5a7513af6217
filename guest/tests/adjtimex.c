/* adjtimex(2): reading. */
#include "test.h"
#include <sys/timex.h>

int main(void)
{
	struct timex t;
	struct timespec now;
	memset(&t, 0, sizeof(t));
	int state = adjtimex(&t);
	CHECK(state == TIME_OK || state == TIME_ERROR);
	clock_gettime(CLOCK_REALTIME, &now);
	CHECK(labs(now.tv_sec - t.time.tv_sec) <= 1);
	CHECK_EQ(t.tick, 10000);
	CHECK_EQ(t.tolerance, 32768000);
	CHECK_ERRNO(adjtimex(BAD_PTR), EFAULT);
	return test_done();
}
