// setpriority(2): of a process, a group, a user; who may make whom better.
#include "test.h"
#include <sys/resource.h>

#define raw(which, who, value) syscall(SYS_setpriority, which, who, value)
#define nice_of(pid) (20 - syscall(SYS_getpriority, PRIO_PROCESS, pid))

static pid_t sleeper(uid_t user)
{
	int fds[2];
	char c;
	if (pipe(fds))
		return -1;
	pid_t pid = test_fork();
	if (pid == 0) {
		if (user)
			CHECK_OK(setresuid(user, user, user));
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	test_wait(pid);
}

TEST(arguments)
{
	CHECK_ERRNO(raw(3, 0, 0), EINVAL);
	CHECK_ERRNO(raw(-1, 0, 0), EINVAL);
	CHECK_ERRNO(raw(PRIO_PROCESS, 99999999, 0), ESRCH);
	CHECK_ERRNO(raw(PRIO_PROCESS, -1, 0), ESRCH);
	CHECK_ERRNO(raw(PRIO_PGRP, 99999999, 0), ESRCH);
	CHECK_ERRNO(raw(PRIO_USER, 98765, 0), ESRCH);
}

TEST(root)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PRIO_PROCESS, 0, -5));
		CHECK_EQ(nice_of(0), -5);
		CHECK_OK(raw(PRIO_PROCESS, 0, 100)); /* clamped */
		CHECK_EQ(nice_of(0), 19);
		CHECK_OK(raw(PRIO_PROCESS, 0, -100));
		CHECK_EQ(nice_of(0), -20);
	}), 0);
	pid_t a = sleeper(0);
	CHECK_OK(raw(PRIO_PROCESS, a, 3));
	CHECK_EQ(nice_of(a), 3);
	CHECK_OK(setpgid(a, a));
	CHECK_OK(raw(PRIO_PGRP, a, 4));
	CHECK_EQ(nice_of(a), 4);
	end(a);
	pid_t b = sleeper(3456);
	CHECK_OK(raw(PRIO_USER, 3456, 9));
	CHECK_EQ(nice_of(b), 9);
	end(b);
}

TEST(unprivileged)
{
	pid_t mine = sleeper(1000), other = sleeper(0);
	CHECK_EQ(IN_CHILD({
		struct rlimit limit = { 0, 0 };
		CHECK_OK(setrlimit(RLIMIT_NICE, &limit));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(raw(PRIO_PROCESS, 0, 5));
		CHECK_ERRNO(raw(PRIO_PROCESS, 0, 4), EACCES);
		CHECK_OK(raw(PRIO_PROCESS, 0, 5));
		CHECK_OK(raw(PRIO_PROCESS, mine, 5));
		CHECK_ERRNO(raw(PRIO_PROCESS, mine, 4), EACCES);
		CHECK_ERRNO(raw(PRIO_PROCESS, other, 5), EPERM);
		CHECK_ERRNO(raw(PRIO_PROCESS, other, -5), EPERM);
		CHECK_ERRNO(raw(PRIO_PGRP, 0, 6), EPERM); /* the others of the group are root's */
		CHECK_EQ(nice_of(0), 6);
		CHECK_OK(raw(PRIO_USER, 0, 7));
		CHECK_EQ(nice_of(mine), 7);
	}), 0);
	/* RLIMIT_NICE: 20 minus the best value allowed. */
	CHECK_EQ(IN_CHILD({
		struct rlimit limit = { 18, 18 };
		if (setrlimit(RLIMIT_NICE, &limit) == 0) {
			CHECK_OK(setresuid(1000, 1000, 1000));
			CHECK_OK(raw(PRIO_PROCESS, 0, 10));
			CHECK_OK(raw(PRIO_PROCESS, 0, 2));
			CHECK_ERRNO(raw(PRIO_PROCESS, 0, 1), EACCES);
		}
	}), 0);
	end(mine);
	end(other);
}

TEST_MAIN
