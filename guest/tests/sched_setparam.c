// sched_setparam(2): the priority within the policy that there is.
#include "test.h"
#include <sched.h>

static int set(pid_t pid, int priority)
{
	struct sched_param param = { priority };

	return syscall(SYS_sched_setparam, pid, &param);
}

int main(void)
{
	CHECK_OK(set(0, 0));
	CHECK_ERRNO(set(0, 1), EINVAL);
	CHECK_ERRNO(set(0, -1), EINVAL);
	CHECK_ERRNO(set(-1, 0), EINVAL);
	CHECK_ERRNO(set(99999999, 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_sched_setparam, 0, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setparam, 99999999, BAD_PTR), EFAULT);
	CHECK_EQ(IN_CHILD({
		struct sched_param param = { 7 };
		CHECK_OK(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param));
		CHECK_OK(set(getpid(), 3));
		CHECK_EQ(sched_getscheduler(0), SCHED_RR | SCHED_RESET_ON_FORK);
		CHECK_OK(sched_getparam(0, &param));
		CHECK_EQ(param.sched_priority, 3);
		CHECK_ERRNO(set(0, 0), EINVAL);
		CHECK_ERRNO(set(0, 100), EINVAL);
		pid_t root = getppid();
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(set(0, 2));
		CHECK_ERRNO(set(0, 3), EPERM);
		CHECK_ERRNO(set(root, 0), EPERM);
	}), 0);
	return test_done();
}
