// ioprio_set(2), ioprio_get(2): the I/O priority of threads, process groups and users.
#include "test.h"
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>

#define PROCESS 1
#define PGRP 2
#define USER 3
#define PRIO(class, level) ((class) << 13 | (level))
#define RT 1
#define BE 2
#define IDLE 3

static long get(int which, int who)
{
	return syscall(SYS_ioprio_get, which, who);
}

static long set(int which, int who, int prio)
{
	return syscall(SYS_ioprio_set, which, who, prio);
}

TEST(refused)
{
	CHECK_ERRNO(get(0, 0), EINVAL);
	CHECK_ERRNO(get(4, 0), EINVAL);
	CHECK_ERRNO(set(0, 0, PRIO(BE, 4)), EINVAL);
	CHECK_ERRNO(get(PROCESS, 1 << 30), ESRCH);
	CHECK_ERRNO(get(PGRP, 1 << 30), ESRCH);
	CHECK_ERRNO(get(USER, 123456), ESRCH);
	CHECK_ERRNO(set(PROCESS, 1 << 30, PRIO(BE, 4)), ESRCH);
	CHECK_ERRNO(set(PROCESS, -1, PRIO(BE, 4)), ESRCH);
	CHECK_ERRNO(set(USER, 123456, PRIO(BE, 4)), ESRCH);
	CHECK_ERRNO(set(PROCESS, 0, PRIO(0, 1)), EINVAL); /* no class, and a level */
	CHECK_ERRNO(set(PROCESS, 0, PRIO(4, 0)), EINVAL);
	CHECK_ERRNO(set(PROCESS, 0, PRIO(7, 0)), EINVAL);
	CHECK_ERRNO(set(9, 1 << 30, PRIO(4, 0)), EINVAL);
}

TEST(own)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(PROCESS, 0, PRIO(BE, 6)));
		CHECK_EQ(get(PROCESS, 0), PRIO(BE, 6));
		CHECK_EQ(get(PROCESS, getpid()), PRIO(BE, 6));
		CHECK_EQ(IN_CHILD(CHECK_EQ(get(PROCESS, 0), PRIO(BE, 6))), 0); /* inherited */
		CHECK_OK(set(PROCESS, 0, PRIO(IDLE, 0)));
		CHECK_EQ(get(PROCESS, 0), PRIO(IDLE, 0));
		CHECK_OK(set(PROCESS, 0, PRIO(0, 0)));
		setpgid(0, 0);
		CHECK_OK(set(PGRP, 0, PRIO(BE, 1)));
		CHECK_EQ(get(PGRP, 0), PRIO(BE, 1));
		CHECK_EQ(get(PGRP, getpid()), PRIO(BE, 1));
		pid_t child = test_fork();
		if (child == 0) {
			pause();
			_exit(0);
		}
		CHECK_OK(set(PROCESS, child, PRIO(BE, 7)));
		CHECK_EQ(get(PROCESS, child), PRIO(BE, 7));
		CHECK_EQ(get(PROCESS, 0), PRIO(BE, 1)); /* not shared */
		CHECK_EQ(get(PGRP, 0), PRIO(BE, 1)); /* the best of both */
		CHECK_OK(set(PROCESS, 0, PRIO(IDLE, 0)));
		CHECK_EQ(get(PGRP, 0), PRIO(BE, 7));
		kill(child, SIGKILL);
		test_wait(child);
	}),
		 0);
}

/* Where nothing is set, a group's priority follows from the nice value. */
TEST(by_nice_value)
{
	CHECK_EQ(IN_CHILD({
		setpgid(0, 0);
		CHECK_EQ(get(PGRP, 0), PRIO(BE, 4));
		setpriority(PRIO_PROCESS, 0, 19);
		CHECK_EQ(get(PGRP, 0), PRIO(BE, 7));
		struct sched_param none = { 0 };
		CHECK_OK(sched_setscheduler(0, SCHED_IDLE, &none));
		CHECK_EQ(get(PGRP, 0), PRIO(IDLE, 7));
	}),
		 0);
}

/* CLONE_IO: one priority for both. */
TEST(shared)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(PROCESS, 0, PRIO(BE, 2)));
		pid_t child = syscall(SYS_clone, CLONE_IO | SIGCHLD, NULL, NULL, NULL, 0);
		if (child == 0)
			_exit(set(PROCESS, 0, PRIO(BE, 3)) != 0);
		CHECK_EQ(test_wait(child), 0);
		CHECK_EQ(get(PROCESS, 0), PRIO(BE, 3));
	}),
		 0);
}

TEST(rights)
{
	if (geteuid() != 0)
		SKIP("needs root");
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(PROCESS, 0, PRIO(RT, 5)));
		CHECK_EQ(get(PROCESS, 0), PRIO(RT, 5));
		CHECK_OK(set(PROCESS, 0, PRIO(BE, 4)));
		pid_t parent = getppid();
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(set(PROCESS, 0, PRIO(RT, 5)), EPERM);
		CHECK_ERRNO(set(PROCESS, 1 << 30, PRIO(RT, 5)), EPERM); /* the value first */
		CHECK_ERRNO(set(PROCESS, parent, PRIO(BE, 5)), EPERM);
		CHECK_OK(set(PROCESS, 0, PRIO(BE, 5)));
		CHECK(get(PROCESS, parent) >= 0);
		CHECK_OK(set(USER, 1000, PRIO(BE, 6)));
		CHECK_EQ(get(USER, 1000), PRIO(BE, 6));
	}),
		 0);
}

TEST_MAIN
