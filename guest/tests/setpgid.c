// setpgid(2): oneself and one's children, within the session, before execve.
#include "test.h"

#define raw(pid, pgid) syscall(SYS_setpgid, pid, pgid)

static pid_t sleeper(void)
{
	pid_t pid = test_fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	test_wait(pid);
}

TEST(oneself)
{
	CHECK_EQ(IN_CHILD({
		pid_t me = getpid();
		CHECK(getpgrp() != me);
		CHECK_OK(raw(0, 0));
		CHECK_EQ(getpgrp(), me);
		CHECK_OK(raw(me, me));
		CHECK_OK(raw(0, getpgid(getppid()))); /* back into the parent's */
		CHECK(getpgrp() != me);
		CHECK_ERRNO(raw(0, -1), EINVAL);
		CHECK_ERRNO(raw(99999999, -1), EINVAL);
		CHECK_ERRNO(raw(99999999, 0), ESRCH);
		CHECK_ERRNO(raw(-5, 0), EINVAL);
		CHECK_ERRNO(raw(-5, 5), ESRCH);
		CHECK_ERRNO(raw(0, 99999999), EPERM);
		CHECK_ERRNO(raw(getppid(), 0), ESRCH);
		CHECK_OK(setsid());
		CHECK_ERRNO(raw(0, 0), EPERM); /* a session's leader */
	}), 0);
}

TEST(children)
{
	pid_t a = sleeper(), b = sleeper();
	CHECK_EQ(getpgid(a), getpgrp());
	CHECK_OK(raw(a, 0));
	CHECK_EQ(getpgid(a), a);
	CHECK_OK(raw(b, a)); /* joins */
	CHECK_EQ(getpgid(b), a);
	CHECK_OK(raw(a, b == 0 ? 0 : getpgrp()));
	CHECK_OK(raw(b, a)); /* the group lives on in b */
	CHECK_OK(kill(-a, 0));
	CHECK_OK(raw(b, getpgrp()));
	CHECK_ERRNO(kill(-a, 0), ESRCH);
	CHECK_ERRNO(raw(b, a), EPERM); /* gone */
	end(a);
	end(b);
	CHECK_ERRNO(raw(a, 0), ESRCH);
}

TEST(zombie)
{
	pid_t a = test_fork();
	siginfo_t info;
	if (a == 0)
		_exit(0);
	CHECK_OK(waitid(P_PID, a, &info, WEXITED | WNOWAIT));
	CHECK_OK(raw(a, a));
	CHECK_EQ(getpgid(a), a);
	test_wait(a);
}

TEST(other_session_and_exec)
{
	int fds[2];
	char c;
	REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
	pid_t a = test_fork();
	if (a == 0) {
		setsid();
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_ERRNO(raw(a, 0), EPERM);
	/* A group of another session cannot be joined. */
	CHECK_EQ(IN_CHILD(CHECK_ERRNO(raw(0, a), EPERM)), 0);
	end(a);
	/* The group lives on while a descendant sleeps; after execve the parent may not any more. */
	close(fds[1]);
	REQUIRE(pipe2(fds, O_CLOEXEC) == 0);
	int in[2];
	REQUIRE(pipe(in) == 0);
	a = test_fork();
	if (a == 0) {
		dup2(in[0], 0);
		close(in[1]);
		execl("/proc/self/exe", "setpgid", "wait", NULL);
		_exit(9);
	}
	close(fds[1]);
	CHECK_EQ(read(fds[0], &c, 1), 0); /* closed by execve */
	CHECK_ERRNO(raw(a, 0), EACCES);
	CHECK_ERRNO(raw(a, a), EACCES);
	close(in[1]);
	CHECK_EQ(test_wait(a), 0);
}

int main(int argc, char **argv)
{
	char c;

	if (argc > 1 && !strcmp(argv[1], "wait"))
		return read(0, &c, 1) != 0;
	return test_run_cases();
}
