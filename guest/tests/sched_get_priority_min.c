// sched_get_priority_min(2): 1 for the real-time policies, 0 for the others.
#include "test.h"
#include <sched.h>

#define raw(policy) syscall(SYS_sched_get_priority_min, policy)

int main(void)
{
	CHECK_EQ(raw(SCHED_OTHER), 0);
	CHECK_EQ(raw(SCHED_FIFO), 1);
	CHECK_EQ(raw(SCHED_RR), 1);
	CHECK_EQ(raw(SCHED_BATCH), 0);
	CHECK_EQ(raw(SCHED_IDLE), 0);
	CHECK_EQ(raw(SCHED_DEADLINE), 0);
	CHECK_ERRNO(raw(4), EINVAL);
	CHECK_ERRNO(raw(8), EINVAL);
	CHECK_ERRNO(raw(-1), EINVAL);
	CHECK_ERRNO(raw(SCHED_FIFO | 0x40000000), EINVAL); /* no flags here */
	return test_done();
}
