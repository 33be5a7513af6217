#include "test.h"

int main(void)
{
	siginfo_t si = { 0 }, got;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	si.si_code = SI_QUEUE;
	si.si_value.sival_int = 77;
	CHECK_OK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &si));
	CHECK_EQ(sigwaitinfo(&set, &got), SIGUSR1);
	CHECK_EQ(got.si_value.sival_int, 77);
	pid_t child = fork();
	if (!child)
		for (;;)
			pause();
	si.si_code = SI_USER;
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &si), EPERM);
	si.si_code = SI_QUEUE;
	CHECK_OK(syscall(SYS_rt_sigqueueinfo, child, SIGTERM, &si));
	int st;
	waitpid(child, &st, 0);
	CHECK_EQ(st, SIGTERM);
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &si), ESRCH);
	CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), 99, &si), EINVAL);
	return test_done();
}
