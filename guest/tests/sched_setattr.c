/* sched_setattr(2). */
#include "test.h"
#include <sched.h>
#include <sys/resource.h>

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t min, max;
	uint64_t more;
};

static long set(struct attr *a)
{
	return syscall(SYS_sched_setattr, 0, a, 0);
}

int main(void)
{
	struct attr a = { .size = 56, .policy = SCHED_BATCH, .nice = 5 }, b;
	CHECK_OK(set(&a));
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5);
	CHECK_OK(syscall(SYS_sched_getattr, 0, &b, 56, 0));
	CHECK_EQ(b.nice, 5);
	a.flags = 0x18;
	a.policy = 0;
	CHECK_OK(set(&a));
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	a = (struct attr){ .size = 0, .policy = 0, .nice = 7 };
	CHECK_OK(set(&a));
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 7);
	a.size = 47;
	CHECK_ERRNO(set(&a), E2BIG);
	a.size = 64;
	a.more = 1;
	CHECK_ERRNO(set(&a), E2BIG);
	a.more = 0;
	a.size = 64;
	CHECK_OK(set(&a));
	a.size = 56;
	a.policy = 77;
	CHECK_ERRNO(set(&a), EINVAL);
	a.policy = -1;
	CHECK_ERRNO(set(&a), EINVAL);
	a.policy = 0;
	a.priority = 1;
	CHECK_ERRNO(set(&a), EINVAL);
	a.priority = 0;
	a.flags = 1ull << 40;
	CHECK_ERRNO(set(&a), EINVAL);
	CHECK_ERRNO(set(BAD_PTR), EFAULT);
	CHECK_ERRNO(set(NULL), EINVAL);
	/* SCHED_DEADLINE: runtime, deadline and period must make sense; then it takes a right. */
	a = (struct attr){ .size = 48, .policy = SCHED_DEADLINE, .runtime = 1000000, .deadline = 10000000 };
	CHECK_EQ(IN_CHILD(CHECK_OK(setresuid(1000, 1000, 1000)); CHECK_ERRNO(set(&a), EPERM); a.period = 1;
			  CHECK_ERRNO(set(&a), EINVAL)),
		 0);
	a.deadline = 0;
	CHECK_ERRNO(set(&a), EINVAL);
	a.deadline = 999999; /* before the runtime is over */
	CHECK_ERRNO(set(&a), EINVAL);
	a.deadline = 10000000;
	a.period = 9999999;
	CHECK_ERRNO(set(&a), EINVAL);
	a.period = 99999;
	a.deadline = a.runtime = 50000;
	CHECK_ERRNO(set(&a), EINVAL); /* too short a period */
	a.period = 5000000000;
	CHECK_ERRNO(set(&a), EINVAL); /* too long */
	a.period = 0;
	a.deadline = 10000000;
	a.runtime = 1000;
	CHECK_ERRNO(set(&a), EINVAL); /* too little to do */
	a.runtime = 1000000;
	a.priority = 1;
	CHECK_ERRNO(set(&a), EINVAL);
	a = (struct attr){ .size = 48, .policy = 0, .flags = 0x20 };
	CHECK_ERRNO(set(&a), EINVAL); /* a clamp, and no place for it */
	return test_done();
}
