// sched_getscheduler(2): the policy and the reset-on-fork flag.
#include "test.h"
#include <sched.h>

#define raw(pid) syscall(SYS_sched_getscheduler, pid)

int main(void)
{
	CHECK_EQ(raw(0), SCHED_OTHER);
	CHECK_EQ(raw(getpid()), SCHED_OTHER);
	CHECK_ERRNO(raw(-1), EINVAL);
	CHECK_ERRNO(raw(99999999), ESRCH);
	CHECK_EQ(IN_CHILD({
		struct sched_param zero = { 0 };
		struct sched_param one = { 1 };
		CHECK_OK(sched_setscheduler(0, SCHED_BATCH, &zero));
		CHECK_EQ(raw(0), SCHED_BATCH);
		CHECK_OK(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &one));
		CHECK_EQ(raw(0), SCHED_RR | 0x40000000);
		/* Of any process, for anybody. */
		pid_t me = getpid();
		CHECK_EQ(IN_CHILD({
			CHECK_OK(setresuid(1000, 1000, 1000));
			CHECK_EQ(raw(me), SCHED_RR | 0x40000000);
			CHECK_EQ(raw(0), SCHED_OTHER);
		}), 0);
	}), 0);
	return test_done();
}
