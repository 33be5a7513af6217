/* sched_getattr(2). */
#include "test.h"

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t min, max;
	char more[8];
};

int main(void)
{
	struct attr a;
	memset(&a, 0xff, sizeof(a));
	CHECK_OK(syscall(SYS_sched_getattr, 0, &a, 56, 0));
	CHECK_EQ(a.size, 56);
	CHECK_EQ(a.policy, 0);
	CHECK_EQ(a.flags, 0);
	CHECK_EQ(a.nice, 0);
	CHECK_EQ(a.priority, 0);
	CHECK_EQ((unsigned char)a.more[0], 0xff);
	CHECK_OK(syscall(SYS_sched_getattr, 0, &a, 48, 0));
	CHECK_EQ(a.size, 48);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &a, 47, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &a, 4097, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &a, 56, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getattr, -1, &a, 56, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, NULL, 56, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 1 << 30, &a, 56, 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, BAD_PTR, 56, 0), EFAULT);
	return test_done();
}
