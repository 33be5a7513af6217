/* The oldest signal calls: masks of 32 bits, handlers that are reset.
 * test: cflags=-m32 */
#include "test.h"

#define SA_RESTORER 0x04000000

static volatile int caught;

static void on_signal(int sig)
{
	caught = sig;
}

static unsigned bit(int sig)
{
	return 1u << (sig - 1);
}

TEST(signal)
{
	struct {
		void *handler;
		unsigned mask, flags;
		void *restorer;
	} act;
	CHECK_EQ(syscall(SYS_signal, SIGUSR1, SIG_IGN), 0);
	CHECK_EQ(syscall(SYS_signal, SIGUSR1, on_signal), (long)SIG_IGN);
	CHECK_OK(syscall(SYS_sigaction, SIGUSR1, NULL, &act));
	CHECK(act.handler == (void *)on_signal);
	CHECK_EQ(act.flags, SA_RESETHAND | SA_NODEFER);
	CHECK_EQ(syscall(SYS_signal, SIGUSR1, SIG_DFL), (long)on_signal);
	CHECK_ERRNO(syscall(SYS_signal, SIGKILL, on_signal), EINVAL);
	CHECK_ERRNO(syscall(SYS_signal, 65, on_signal), EINVAL);
}

TEST(sigaction)
{
	struct {
		void *handler;
		unsigned mask, flags;
		void *restorer;
	} act = { on_signal, bit(SIGUSR2), SA_RESTART | 0x100000, NULL }, old;
	CHECK_OK(syscall(SYS_sigaction, SIGUSR1, &act, NULL));
	CHECK_OK(syscall(SYS_sigaction, SIGUSR1, NULL, &old));
	CHECK(old.handler == (void *)on_signal);
	CHECK_EQ(old.mask, bit(SIGUSR2));
	CHECK_EQ(old.flags & ~SA_RESTORER, SA_RESTART);
	/* The same as rt_sigaction sees it: the other half of the mask is empty. */
	unsigned rt[5];
	CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, rt, 8));
	CHECK_EQ(rt[0], (unsigned)on_signal);
	CHECK_EQ(rt[3], bit(SIGUSR2));
	CHECK_EQ(rt[4], 0);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, NULL, rt, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_sigaction, SIGUSR1, BAD_PTR, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_sigaction, SIGUSR1, NULL, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_sigaction, SIGSTOP, &act, NULL), EINVAL);
	caught = 0;
	raise(SIGUSR1);
	CHECK_EQ(caught, SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
}

TEST(ssetmask)
{
	CHECK_EQ(syscall(SYS_ssetmask, bit(SIGUSR1) | bit(SIGKILL)), 0);
	CHECK_EQ((unsigned)syscall(SYS_ssetmask, 0), bit(SIGUSR1));
}

TEST(sgetmask)
{
	syscall(SYS_ssetmask, bit(SIGHUP));
	CHECK_EQ(syscall(SYS_sgetmask), bit(SIGHUP));
	syscall(SYS_ssetmask, 0);
	CHECK_EQ(syscall(SYS_sgetmask), 0);
}

TEST(sigprocmask)
{
	unsigned set = bit(SIGUSR1), old = 77;
	sigset_t high;
	sigemptyset(&high);
	sigaddset(&high, 40);
	sigprocmask(SIG_SETMASK, &high, NULL);
	CHECK_OK(syscall(SYS_sigprocmask, SIG_BLOCK, &set, &old));
	CHECK_EQ(old, 0);
	set = bit(SIGUSR2) | bit(SIGSTOP);
	CHECK_OK(syscall(SYS_sigprocmask, SIG_SETMASK, &set, &old));
	CHECK_EQ(old, bit(SIGUSR1));
	CHECK_OK(syscall(SYS_sigprocmask, SIG_UNBLOCK, &set, &old));
	CHECK_EQ(old, bit(SIGUSR2));
	/* What stands above 32 is not touched. */
	sigprocmask(SIG_SETMASK, NULL, &high);
	CHECK(sigismember(&high, 40));
	CHECK_ERRNO(syscall(SYS_sigprocmask, 7, &set, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_sigprocmask, SIG_BLOCK, BAD_PTR, NULL), EFAULT);
	CHECK_ERRNO(syscall(SYS_sigprocmask, SIG_BLOCK, NULL, BAD_PTR), EFAULT);
	sigemptyset(&high);
	sigprocmask(SIG_SETMASK, &high, NULL);
}

TEST(sigpending)
{
	unsigned set = bit(SIGUSR1), pending[2] = { 7, 0xdeadbeef };
	signal(SIGUSR1, on_signal);
	syscall(SYS_sigprocmask, SIG_BLOCK, &set, NULL);
	CHECK_OK(syscall(SYS_sigpending, pending));
	CHECK_EQ(pending[0], 0);
	kill(getpid(), SIGUSR1);
	CHECK_OK(syscall(SYS_sigpending, pending));
	CHECK_EQ(pending[0], bit(SIGUSR1));
	CHECK_EQ(pending[1], 0xdeadbeef);
	CHECK_ERRNO(syscall(SYS_sigpending, BAD_PTR), EFAULT);
}

TEST(sigsuspend)
{
	/* SIGUSR1 is still pending and blocked. */
	caught = 0;
	CHECK_ERRNO(syscall(SYS_sigsuspend, 1, 2, 0), EINTR);
	CHECK_EQ(caught, SIGUSR1);
	CHECK_EQ(syscall(SYS_sgetmask), bit(SIGUSR1));
	syscall(SYS_ssetmask, 0);
}

TEST_MAIN
