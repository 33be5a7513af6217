// waitid(2): selecting children and events one by one; looking without reaping.
#include "test.h"
#include <sys/resource.h>

#define raw(kind, id, info, options, usage) syscall(SYS_waitid, kind, id, info, options, usage)

static pid_t sleeper(void)
{
	pid_t pid = test_fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

TEST(arguments)
{
	siginfo_t si;
	CHECK_ERRNO(raw(P_ALL, 0, &si, WEXITED, NULL), ECHILD);
	CHECK_ERRNO(raw(P_ALL, 0, &si, 0, NULL), EINVAL);
	CHECK_ERRNO(raw(P_ALL, 0, &si, WNOHANG | WNOWAIT, NULL), EINVAL); /* no event */
	CHECK_ERRNO(raw(P_ALL, 0, &si, WEXITED | 0x100, NULL), EINVAL);
	CHECK_ERRNO(raw(9, 0, &si, WEXITED, NULL), EINVAL);
	CHECK_ERRNO(raw(P_PID, 0, &si, WEXITED, NULL), EINVAL);
	CHECK_ERRNO(raw(P_PID, -1, &si, WEXITED, NULL), EINVAL);
	CHECK_ERRNO(raw(P_PGID, -1, &si, WEXITED, NULL), EINVAL);
	CHECK_ERRNO(raw(P_PGID, 0, &si, WEXITED, NULL), ECHILD); /* one's own group */
	CHECK_ERRNO(raw(P_PIDFD, -1, &si, WEXITED, NULL), EINVAL);
	CHECK_ERRNO(raw(P_PIDFD, 999, &si, WEXITED, NULL), EBADF);
	CHECK_ERRNO(raw(P_PIDFD, 0, &si, WEXITED, NULL), EBADF); /* /dev/null */
	CHECK_ERRNO(raw(P_PID, getpid(), &si, WEXITED, NULL), ECHILD);
	/* The information is written all the same, and an error in that comes first. */
	memset(&si, 0x55, sizeof si);
	CHECK_ERRNO(raw(P_ALL, 0, &si, WEXITED, NULL), ECHILD);
	CHECK(si.si_signo == 0 && si.si_code == 0 && si.si_errno == 0 && si.si_pid == 0 && si.si_uid == 0);
	memset(&si, 0x55, sizeof si);
	CHECK_ERRNO(raw(9, 0, &si, WEXITED, NULL), EINVAL);
	CHECK(si.si_signo == 0 && si.si_code == 0 && si.si_pid == 0 && si.si_status == 0);
	CHECK_ERRNO(raw(P_ALL, 0, BAD_PTR, WEXITED, NULL), EFAULT);
	CHECK_ERRNO(raw(9, 0, BAD_PTR, WEXITED, NULL), EFAULT);
	CHECK_ERRNO(raw(P_ALL, 0, BAD_PTR, 0, NULL), EFAULT);
}

TEST(exited)
{
	siginfo_t si;
	struct rusage ru;
	pid_t a = test_fork();
	if (a == 0)
		_exit(0x107);
	memset(&si, 0x55, sizeof si);
	CHECK_OK(raw(P_PID, a, &si, WEXITED | WNOWAIT, &ru));
	CHECK(si.si_pid == a && si.si_code == CLD_EXITED && si.si_status == 7 && si.si_signo == SIGCHLD);
	CHECK(si.si_uid == getuid() && si.si_errno == 0);
	CHECK(ru.ru_maxrss > 0);
	CHECK_OK(raw(P_PID, a, &si, WEXITED | WNOWAIT, NULL));
	CHECK_ERRNO(raw(P_PID, a, &si, WSTOPPED, NULL), ECHILD); /* will never stop any more */
	CHECK_ERRNO(raw(P_PID, a, &si, WSTOPPED | WCONTINUED | WNOHANG, NULL), ECHILD);
	CHECK_OK(raw(P_ALL, 0, &si, WEXITED, NULL));
	CHECK_ERRNO(raw(P_ALL, 0, &si, WEXITED, NULL), ECHILD);
	/* Without a place for it. */
	a = test_fork();
	if (a == 0)
		_exit(0);
	CHECK_OK(raw(P_PID, a, NULL, WEXITED, NULL));
	a = test_fork();
	if (a == 0)
		_exit(0);
	CHECK_ERRNO(raw(P_PID, a, BAD_PTR, WEXITED, NULL), EFAULT);
	CHECK_ERRNO(raw(P_PID, a, &si, WEXITED, NULL), ECHILD); /* reaped all the same */
}

TEST(stopped)
{
	siginfo_t si;
	pid_t a = sleeper();
	memset(&si, 0x55, sizeof si);
	CHECK_OK(raw(P_PID, a, &si, WEXITED | WNOHANG, NULL));
	CHECK(si.si_pid == 0 && si.si_signo == 0 && si.si_code == 0 && si.si_status == 0 && si.si_uid == 0);
	kill(a, SIGSTOP);
	CHECK_OK(raw(P_PID, a, &si, WSTOPPED | WNOWAIT, NULL));
	CHECK(si.si_code == CLD_STOPPED && si.si_status == SIGSTOP && si.si_pid == a && si.si_signo == SIGCHLD);
	CHECK_OK(raw(P_ALL, 0, &si, WSTOPPED, NULL));
	CHECK_OK(raw(P_ALL, 0, &si, WSTOPPED | WNOHANG, NULL));
	CHECK_EQ(si.si_pid, 0);
	kill(a, SIGCONT);
	CHECK_OK(raw(P_PID, a, &si, WCONTINUED | WNOWAIT, NULL));
	CHECK(si.si_code == CLD_CONTINUED && si.si_status == SIGCONT);
	CHECK_OK(raw(P_PID, a, &si, WCONTINUED, NULL));
	CHECK_OK(raw(P_PID, a, &si, WCONTINUED | WNOHANG, NULL));
	CHECK_EQ(si.si_pid, 0);
	kill(a, SIGTERM);
	CHECK_OK(raw(P_PID, a, &si, WEXITED | WSTOPPED | WCONTINUED, NULL));
	CHECK(si.si_code == CLD_KILLED && si.si_status == SIGTERM);
}

TEST(groups)
{
	siginfo_t si;
	pid_t a = sleeper(), b = sleeper();
	CHECK_OK(setpgid(a, a));
	CHECK_OK(raw(P_PGID, a, &si, WEXITED | WNOHANG, NULL));
	CHECK_EQ(si.si_pid, 0);
	kill(b, SIGKILL);
	CHECK_OK(raw(P_PGID, 0, &si, WEXITED, NULL));
	CHECK_EQ(si.si_pid, b);
	kill(a, SIGKILL);
	CHECK_OK(raw(P_PGID, a, &si, WEXITED, NULL));
	CHECK_EQ(si.si_pid, a);
	CHECK_ERRNO(raw(P_PGID, a, &si, WEXITED, NULL), ECHILD);
}

TEST(other_exit_signal)
{
	siginfo_t si;
	pid_t a = syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (a == 0)
		_exit(1);
	CHECK_ERRNO(raw(P_ALL, 0, &si, WEXITED, NULL), ECHILD);
	CHECK_OK(raw(P_PID, a, &si, WEXITED | __WNOTHREAD | __WCLONE, NULL));
	CHECK_EQ(si.si_signo, SIGCHLD);
}

TEST_MAIN
