// getpriority(2): 20 minus the nice value, the best one found.
#include "test.h"
#include <sys/resource.h>

#define raw(which, who) syscall(SYS_getpriority, which, who)

static pid_t sleeper(int nice_value)
{
	int fds[2];
	char c;
	if (pipe(fds))
		return -1;
	pid_t pid = test_fork();
	if (pid == 0) {
		CHECK_OK(setpriority(PRIO_PROCESS, 0, nice_value));
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	close(fds[0]);
	close(fds[1]);
	return pid;
}

int main(void)
{
	CHECK_EQ(raw(PRIO_PROCESS, 0), 20);
	CHECK_EQ(raw(PRIO_PROCESS, getpid()), 20);
	CHECK_ERRNO(raw(-1, 0), EINVAL);
	CHECK_ERRNO(raw(3, 0), EINVAL);
	CHECK_ERRNO(raw(3, 99999999), EINVAL);
	CHECK_ERRNO(raw(PRIO_PROCESS, -1), ESRCH);
	CHECK_ERRNO(raw(PRIO_PROCESS, 99999999), ESRCH);
	CHECK_ERRNO(raw(PRIO_PGRP, 99999999), ESRCH);
	CHECK_ERRNO(raw(PRIO_USER, 98765), ESRCH);
	pid_t a = sleeper(7);
	CHECK_EQ(raw(PRIO_PROCESS, a), 13);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setpgid(0, 0));
		CHECK_OK(setpriority(PRIO_PROCESS, 0, 10));
		CHECK_EQ(raw(PRIO_PGRP, 0), 10);
		CHECK_EQ(raw(PRIO_PGRP, getpid()), 10);
		pid_t b = sleeper(15);
		CHECK_EQ(raw(PRIO_PROCESS, b), 5);
		CHECK_EQ(raw(PRIO_PGRP, 0), 10); /* the best of the group */
		CHECK_OK(setpriority(PRIO_PROCESS, 0, 19));
		CHECK_EQ(raw(PRIO_PGRP, 0), 5);
		kill(b, SIGKILL);
		test_wait(b);
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PRIO_PROCESS, 0), 1)), 0); /* inherited */
	}), 0);
	kill(a, SIGKILL);
	test_wait(a);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(54321, 54322, 54322));
		CHECK_EQ(raw(PRIO_USER, 0), 20); /* the real user */
		CHECK_EQ(raw(PRIO_USER, 54321), 20);
		CHECK_ERRNO(raw(PRIO_USER, 54322), ESRCH);
	}), 0);
	return test_done();
}
