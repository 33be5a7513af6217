// setsid(2): a new session and process group, without a terminal; not for group leaders.
#include "test.h"

int main(void)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setpgid(0, 0));
		CHECK_ERRNO(syscall(SYS_setsid), EPERM);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(syscall(SYS_setsid), getpid());
		CHECK_EQ(getsid(0), getpid());
		CHECK_EQ(getpgrp(), getpid());
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERRNO(syscall(SYS_setsid), EPERM);
		/* Other groups of the session come from setpgid; a child may leave it. */
		CHECK_EQ(IN_CHILD({
			CHECK_EQ(getsid(0), getppid());
			CHECK_EQ(syscall(SYS_setsid), getpid());
		}), 0);
	}), 0);
	/* A number that still names a group of others is not free for a session. */
	CHECK_EQ(IN_CHILD({
		pid_t me = getpid();
		pid_t member;
		CHECK_OK(setpgid(0, 0));
		member = test_fork();
		if (member == 0)
			for (;;)
				pause();
		CHECK_OK(setpgid(0, getpgid(getppid())));
		CHECK_EQ(getpgid(member), me);
		CHECK_ERRNO(syscall(SYS_setsid), EPERM);
		kill(member, SIGKILL);
		test_wait(member);
		CHECK_EQ(syscall(SYS_setsid), me);
	}), 0);
	return test_done();
}
