// sched_getparam(2): the real-time priority, 0 for the others.
#include "test.h"
#include <sched.h>

#define raw(pid, param) syscall(SYS_sched_getparam, pid, param)

int main(void)
{
	struct sched_param param = { 77 };
	CHECK_OK(raw(0, &param));
	CHECK_EQ(param.sched_priority, 0);
	CHECK_ERRNO(raw(-1, &param), EINVAL);
	CHECK_ERRNO(raw(99999999, &param), ESRCH);
	CHECK_ERRNO(raw(0, NULL), EINVAL);
	CHECK_ERRNO(raw(99999999, NULL), EINVAL);
	CHECK_ERRNO(raw(99999999, BAD_PTR), ESRCH);
	CHECK_ERRNO(raw(0, BAD_PTR), EFAULT);
	CHECK_EQ(IN_CHILD({
		struct sched_param nine = { 9 };
		CHECK_OK(sched_setscheduler(0, SCHED_FIFO, &nine));
		CHECK_OK(raw(getpid(), &param));
		CHECK_EQ(param.sched_priority, 9);
	}), 0);
	return test_done();
}
