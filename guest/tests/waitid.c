#include "test.h"

int main(void)
{
	siginfo_t si;
	pid_t a = fork();
	if (!a)
		_exit(7);
	memset(&si, 0, sizeof si);
	CHECK_OK(waitid(P_PID, a, &si, WEXITED | WNOWAIT));
	CHECK(si.si_pid == a && si.si_code == CLD_EXITED && si.si_status == 7 && si.si_signo == SIGCHLD);
	CHECK_OK(waitid(P_ALL, 0, &si, WEXITED));
	CHECK_ERRNO(waitid(P_ALL, 0, &si, WEXITED), ECHILD);
	CHECK_ERRNO(waitid(P_ALL, 0, &si, 0), EINVAL);
	CHECK_ERRNO(waitid(9, 0, &si, WEXITED), EINVAL);
	a = fork();
	if (!a)
		for (;;)
			pause();
	si.si_pid = 77;
	CHECK_OK(waitid(P_PID, a, &si, WEXITED | WNOHANG));
	CHECK_EQ(si.si_pid, 0);
	kill(a, SIGTERM);
	CHECK_OK(waitid(P_PID, a, &si, WEXITED));
	CHECK(si.si_code == CLD_KILLED && si.si_status == SIGTERM);
	return test_done();
}
