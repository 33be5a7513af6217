#include "test.h"

int main(void)
{
	sigset_t set, p;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, 0);
	sigpending(&p);
	CHECK(!sigismember(&p, SIGHUP));
	raise(SIGHUP);
	kill(getpid(), SIGUSR2);
	CHECK_OK(sigpending(&p));
	CHECK(sigismember(&p, SIGHUP) && sigismember(&p, SIGUSR2) && !sigismember(&p, SIGUSR1));
	CHECK_ERRNO(syscall(SYS_rt_sigpending, &p, 9), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigpending, BAD_PTR, 8), EFAULT);
	return test_done();
}
