// sched_rr_get_interval(2): the slice of a round-robin thread.
#include "test.h"
#include <sched.h>

#define raw(pid, ts) syscall(SYS_sched_rr_get_interval, pid, ts)

int main(void)
{
	struct timespec ts = { -1, -1 };
	CHECK_OK(raw(0, &ts));
	CHECK(ts.tv_sec == 0 && ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	CHECK_ERRNO(raw(-1, &ts), EINVAL);
	CHECK_ERRNO(raw(99999999, &ts), ESRCH);
	CHECK_ERRNO(raw(99999999, BAD_PTR), ESRCH);
	CHECK_ERRNO(raw(0, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(0, NULL), EFAULT);
	CHECK_EQ(IN_CHILD({
		struct sched_param one = { 1 };
		CHECK_OK(sched_setscheduler(0, SCHED_RR, &one));
		CHECK_OK(raw(0, &ts));
		CHECK(ts.tv_sec == 0 && ts.tv_nsec == 100000000);
		CHECK_OK(sched_setscheduler(0, SCHED_FIFO, &one)); /* runs until it gives up */
		CHECK_OK(raw(getpid(), &ts));
		CHECK(ts.tv_sec == 0 && ts.tv_nsec == 0);
	}), 0);
	return test_done();
}
