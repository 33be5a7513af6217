/* clock_adjtime(2): reading. */
#include "test.h"
#include <sys/timex.h>

int main(void)
{
	struct timex t;
	memset(&t, 0, sizeof(t));
	int state = clock_adjtime(CLOCK_REALTIME, &t);
	CHECK(state == TIME_OK || state == TIME_ERROR);
	CHECK_EQ(t.tick, 10000);
	CHECK_ERRNO(clock_adjtime(CLOCK_MONOTONIC, &t), EOPNOTSUPP);
	CHECK_ERRNO(clock_adjtime(99, &t), EINVAL);
	CHECK_ERRNO(clock_adjtime(CLOCK_REALTIME, BAD_PTR), EFAULT);
	return test_done();
}
