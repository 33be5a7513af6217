// sched_setscheduler(2): policies and priorities, and who may choose which.
#include "test.h"
#include <sched.h>
#include <sys/resource.h>

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000
#endif

static int set(pid_t pid, int policy, int priority)
{
	struct sched_param param = { priority };

	return syscall(SYS_sched_setscheduler, pid, policy, &param);
}

static int priority_of(pid_t pid)
{
	struct sched_param param = { -1 };

	CHECK_OK(sched_getparam(pid, &param));
	return param.sched_priority;
}

TEST(arguments)
{
	struct sched_param zero = { 0 };
	CHECK_ERRNO(set(0, -1, 0), EINVAL);
	CHECK_ERRNO(set(0, 4, 0), EINVAL);
	CHECK_ERRNO(set(0, 8, 0), EINVAL);
	CHECK_ERRNO(set(0, SCHED_DEADLINE, 0), EINVAL); /* needs sched_setattr */
	CHECK_ERRNO(set(0, SCHED_OTHER, 1), EINVAL);
	CHECK_ERRNO(set(0, SCHED_BATCH, 1), EINVAL);
	CHECK_ERRNO(set(0, SCHED_FIFO, 0), EINVAL);
	CHECK_ERRNO(set(0, SCHED_FIFO, 100), EINVAL);
	CHECK_ERRNO(set(0, SCHED_RR, -1), EINVAL);
	CHECK_ERRNO(set(-1, SCHED_OTHER, 0), EINVAL);
	CHECK_ERRNO(set(99999999, SCHED_OTHER, 0), ESRCH);
	CHECK_ERRNO(set(99999999, SCHED_OTHER, 1), ESRCH);
	CHECK_ERRNO(set(99999999, -1, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setscheduler, 99999999, 0, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_sched_setscheduler, -1, 0, BAD_PTR), EINVAL);
	CHECK_OK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &zero));
}

TEST(root)
{
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(set(0, SCHED_FIFO, 1), 0);
		CHECK_EQ(sched_getscheduler(0), SCHED_FIFO);
		CHECK_EQ(priority_of(0), 1);
		CHECK_EQ(set(getpid(), SCHED_RR, 99), 0);
		CHECK_EQ(sched_getscheduler(getpid()), SCHED_RR);
		CHECK_EQ(priority_of(0), 99);
		/* Children inherit, unless that is switched off. */
		CHECK_EQ(IN_CHILD(CHECK_EQ(sched_getscheduler(0), SCHED_RR); CHECK_EQ(priority_of(0), 99)), 0);
		CHECK_EQ(set(0, SCHED_RR | SCHED_RESET_ON_FORK, 5), 0);
		CHECK_EQ(sched_getscheduler(0), SCHED_RR | SCHED_RESET_ON_FORK);
		CHECK_EQ(IN_CHILD(CHECK_EQ(sched_getscheduler(0), SCHED_OTHER); CHECK_EQ(priority_of(0), 0)), 0);
		CHECK_EQ(set(0, SCHED_BATCH, 0), 0);
		CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
		CHECK_EQ(set(0, SCHED_IDLE, 0), 0);
		CHECK_EQ(sched_getscheduler(0), SCHED_IDLE);
		CHECK_EQ(set(0, SCHED_OTHER, 0), 0);
		/* A better nice value is forgotten with reset-on-fork, too. */
		CHECK_OK(setpriority(PRIO_PROCESS, 0, -5));
		CHECK_EQ(set(0, SCHED_OTHER | SCHED_RESET_ON_FORK, 0), 0);
		CHECK_EQ(IN_CHILD(CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0)), 0);
		CHECK_OK(setpriority(PRIO_PROCESS, 0, 5));
		CHECK_EQ(IN_CHILD(CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5)), 0);
	}), 0);
}

TEST(unprivileged)
{
	CHECK_EQ(IN_CHILD({
		pid_t root = getppid();
		struct rlimit none = { 0, 0 };
		CHECK_OK(setrlimit(RLIMIT_RTPRIO, &none));
		CHECK_OK(setrlimit(RLIMIT_NICE, &none));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(set(0, SCHED_FIFO, 1), EPERM);
		CHECK_ERRNO(set(0, SCHED_RR, 1), EPERM);
		CHECK_ERRNO(set(0, SCHED_RR, 0), EINVAL);
		CHECK_OK(set(0, SCHED_BATCH, 0));
		CHECK_OK(set(0, SCHED_OTHER, 0));
		CHECK_ERRNO(set(root, SCHED_OTHER, 0), EPERM);
		/* Reset-on-fork can be switched on, not off. */
		CHECK_OK(set(0, SCHED_OTHER | SCHED_RESET_ON_FORK, 0));
		CHECK_ERRNO(set(0, SCHED_OTHER, 0), EPERM);
		/* Idle is left only by those whom RLIMIT_NICE allows their nice value. */
		CHECK_OK(set(0, SCHED_IDLE | SCHED_RESET_ON_FORK, 0));
		CHECK_ERRNO(set(0, SCHED_OTHER | SCHED_RESET_ON_FORK, 0), EPERM);
	}), 0);
}

TEST(rtprio_limit)
{
	CHECK_EQ(IN_CHILD({
		struct rlimit ten = { 10, 10 };
		struct rlimit none = { 0, 10 };
		if (setrlimit(RLIMIT_RTPRIO, &ten) < 0)
			_exit(0); /* no right to do that, on the developer's machine */
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(set(0, SCHED_FIFO, 10));
		CHECK_ERRNO(set(0, SCHED_FIFO, 11), EPERM);
		CHECK_OK(setrlimit(RLIMIT_RTPRIO, &none));
		CHECK_OK(set(0, SCHED_FIFO, 5)); /* down, same policy */
		CHECK_ERRNO(set(0, SCHED_FIFO, 6), EPERM);
		CHECK_ERRNO(set(0, SCHED_RR, 1), EPERM);
		CHECK_OK(set(0, SCHED_OTHER, 0));
		CHECK_ERRNO(set(0, SCHED_FIFO, 1), EPERM);
	}), 0);
}

TEST_MAIN
