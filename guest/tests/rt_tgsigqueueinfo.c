#include "test.h"

int main(void)
{
	siginfo_t si = { 0 }, got;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	si.si_code = SI_QUEUE;
	CHECK_OK(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGUSR1, &si));
	CHECK_EQ(sigwaitinfo(&set, &got), SIGUSR1);
	CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, 0, gettid(), SIGUSR1, &si), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_tgsigqueueinfo, getppid(), gettid(), SIGUSR1, &si), ESRCH);
	return test_done();
}
