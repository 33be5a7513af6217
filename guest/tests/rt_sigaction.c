#include "test.h"

static volatile int got, code, value;
static void on(int s) { got = s; }
static void info(int s, siginfo_t *si, void *u) { (void)u; got = s; code = si->si_code; value = si->si_pid == getpid(); }

int main(void)
{
	struct sigaction sa = { .sa_handler = on }, old;
	CHECK_OK(sigaction(SIGUSR1, &sa, 0));
	raise(SIGUSR1);
	CHECK_EQ(got, SIGUSR1);
	sa.sa_sigaction = info;
	sa.sa_flags = SA_SIGINFO | SA_RESETHAND;
	CHECK_OK(sigaction(SIGUSR1, &sa, &old));
	CHECK(old.sa_handler == on);
	kill(getpid(), SIGUSR1);
	CHECK(code == SI_USER && value);
	CHECK_OK(sigaction(SIGUSR1, 0, &old));
	CHECK(old.sa_handler == SIG_DFL);
	CHECK_ERRNO(sigaction(SIGKILL, &sa, 0), EINVAL);
	CHECK_OK(sigaction(SIGKILL, 0, &old));
	CHECK_ERRNO(sigaction(65, &sa, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, BAD_PTR, 0, 8), EFAULT);
	/* Setting a pending signal to be ignored throws it away. */
	sigset_t set, p;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, 0);
	raise(SIGUSR2);
	signal(SIGUSR2, SIG_IGN);
	sigpending(&p);
	CHECK(!sigismember(&p, SIGUSR2));
	/* A fault. */
	static volatile long addr;
	CHECK_EQ(IN_CHILD(*(volatile int *)0 = 1), SIGSEGV);
	(void)addr;
	return test_done();
}
