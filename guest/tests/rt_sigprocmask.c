#include "test.h"

int main(void)
{
	sigset_t set, old;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, &old));
	CHECK(!sigismember(&old, SIGUSR1));
	sigaddset(&set, SIGUSR2);
	sigdelset(&set, SIGUSR1);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, &old));
	CHECK(sigismember(&old, SIGUSR1) && !sigismember(&old, SIGUSR2));
	CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, 0));
	CHECK_OK(sigprocmask(SIG_BLOCK, 0, &old));
	CHECK(sigismember(&old, SIGUSR1) && !sigismember(&old, SIGUSR2));
	unsigned long all = ~0ul, now;
	CHECK_OK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8));
	CHECK_OK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, 0, &now, 8));
	CHECK_EQ(now, ~(1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1)));
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 77, &all, 0, 8), EINVAL);
	CHECK_OK(syscall(SYS_rt_sigprocmask, 77, 0, 0, 8));
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 0, &all, 0, 16), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigprocmask, 0, BAD_PTR, 0, 8), EFAULT);
	return test_done();
}
