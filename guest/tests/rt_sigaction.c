// rt_sigaction(2): each flag, and what a change does to signals that are pending.
#include "test.h"

static volatile int got, code, pid_ok, depth, deepest, runs, blocked_inside, on_alt_stack;
static char alt[65536];

static void on(int s) { got = s; }

static void info(int s, siginfo_t *si, void *u)
{
	(void)u;
	got = s;
	code = si->si_code;
	pid_ok = si->si_pid == getpid();
}

static void nested(int s)
{
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	blocked_inside = sigismember(&now, s) | sigismember(&now, SIGUSR2) << 1;
	if (++depth > deepest)
		deepest = depth;
	if (++runs < 3)
		raise(s);
	depth--;
}

static void where(int s)
{
	char here;
	(void)s;
	on_alt_stack = &here >= alt && &here < alt + sizeof alt;
}

static int set(int sig, void *handler, int flags, struct sigaction *old)
{
	struct sigaction sa = { .sa_flags = flags };

	sa.sa_handler = handler;
	return sigaction(sig, &sa, old);
}

TEST(arguments)
{
	struct sigaction sa = { .sa_handler = on }, old;
	CHECK_ERRNO(sigaction(SIGKILL, &sa, 0), EINVAL);
	CHECK_ERRNO(sigaction(SIGSTOP, &sa, 0), EINVAL);
	CHECK_OK(syscall(SYS_rt_sigaction, SIGKILL, 0, &old, 8));
	CHECK_ERRNO(syscall(SYS_rt_sigaction, 65, 0, 0, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, 0, 0, 0, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, -1, 0, 0, 8), EINVAL);
	CHECK_OK(syscall(SYS_rt_sigaction, 64, 0, 0, 8));
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, BAD_PTR, 0, 16), EINVAL);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, BAD_PTR, 0, 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 0, BAD_PTR, 8), EFAULT);
	CHECK_ERRNO(syscall(SYS_rt_sigaction, SIGKILL, BAD_PTR, 0, 8), EFAULT); /* read first */
}

TEST(handler)
{
	struct sigaction old;
	CHECK_OK(set(SIGUSR1, on, 0, &old));
	CHECK(old.sa_handler == SIG_DFL);
	raise(SIGUSR1);
	CHECK_EQ(got, SIGUSR1);
	CHECK_OK(set(SIGUSR1, info, SA_SIGINFO, &old));
	CHECK(old.sa_handler == on);
	kill(getpid(), SIGUSR1);
	CHECK(code == SI_USER && pid_ok);
	raise(SIGUSR1);
	CHECK_EQ(code, SI_TKILL);
	/* The mask comes back without SIGKILL and SIGSTOP. */
	struct sigaction sa = { .sa_handler = on };
	sigfillset(&sa.sa_mask);
	CHECK_OK(sigaction(SIGUSR1, &sa, NULL));
	CHECK_OK(sigaction(SIGUSR1, NULL, &old));
	CHECK(!sigismember(&old.sa_mask, SIGKILL) && !sigismember(&old.sa_mask, SIGSTOP));
	CHECK(sigismember(&old.sa_mask, SIGTERM));
}

TEST(resethand)
{
	struct sigaction old;
	CHECK_OK(set(SIGUSR1, on, SA_RESETHAND, NULL));
	raise(SIGUSR1);
	CHECK_OK(sigaction(SIGUSR1, 0, &old));
	CHECK(old.sa_handler == SIG_DFL);
	CHECK_EQ(IN_CHILD(raise(SIGUSR1)), SIGUSR1);
}

TEST(nodefer_and_mask)
{
	struct sigaction sa = { .sa_handler = nested };
	deepest = depth = runs = 0;
	CHECK_OK(sigaction(SIGUSR1, &sa, NULL));
	raise(SIGUSR1); /* a further one waits for the handler's end */
	CHECK_EQ(deepest, 1);
	CHECK_EQ(runs, 3);
	CHECK_EQ(blocked_inside, 1);
	sigaddset(&sa.sa_mask, SIGUSR2);
	sa.sa_flags = SA_NODEFER;
	CHECK_OK(sigaction(SIGUSR1, &sa, NULL));
	deepest = depth = runs = 0;
	raise(SIGUSR1);
	CHECK_EQ(deepest, 3);
	CHECK_EQ(blocked_inside, 2);
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(!sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
}

TEST(onstack)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof alt };
	CHECK_OK(sigaltstack(&ss, NULL));
	CHECK_OK(set(SIGUSR1, where, 0, NULL));
	raise(SIGUSR1);
	CHECK_EQ(on_alt_stack, 0);
	CHECK_OK(set(SIGUSR1, where, SA_ONSTACK, NULL));
	raise(SIGUSR1);
	CHECK_EQ(on_alt_stack, 1);
	ss.ss_flags = SS_DISABLE;
	CHECK_OK(sigaltstack(&ss, NULL));
	raise(SIGUSR1);
	CHECK_EQ(on_alt_stack, 0);
}

TEST(restart)
{
	int fds[2];
	char c;
	struct itimerval soon = { { 0, 0 }, { 0, 30000 } };
	REQUIRE(pipe(fds) == 0);
	CHECK_OK(set(SIGALRM, on, 0, NULL));
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_ERRNO(read(fds[0], &c, 1), EINTR);
	CHECK_OK(set(SIGALRM, on, SA_RESTART, NULL));
	pid_t child = test_fork();
	if (child == 0) {
		usleep(100000);
		_exit(write(fds[1], "x", 1) != 1);
	}
	got = 0;
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(got, SIGALRM);
	CHECK_EQ(test_wait(child), 0);
}

TEST(nocldstop_and_nocldwait)
{
	int status;
	CHECK_OK(set(SIGCHLD, on, SA_NOCLDSTOP, NULL));
	pid_t child = test_fork();
	if (child == 0)
		for (;;)
			pause();
	got = 0;
	kill(child, SIGSTOP);
	CHECK_EQ(waitpid(child, &status, WUNTRACED), child);
	CHECK_EQ(got, 0);
	CHECK_OK(set(SIGCHLD, on, 0, NULL));
	kill(child, SIGCONT);
	while (waitpid(child, &status, WCONTINUED) < 0)
		;
	for (int i = 0; i < 1000 && !got; i++)
		usleep(1000); /* the child itself sends it, once it runs again */
	CHECK_EQ(got, SIGCHLD);
	got = 0;
	CHECK_OK(set(SIGCHLD, on, SA_NOCLDWAIT, NULL));
	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	CHECK_EQ(errno, ECHILD);
	CHECK_EQ(got, SIGCHLD); /* it is sent all the same */
	CHECK_OK(set(SIGCHLD, SIG_DFL, 0, NULL));
}

/* Setting a pending signal to be ignored, or to a default that ignores it, throws it away. */
TEST(pending)
{
	sigset_t set_, p;
	sigemptyset(&set_);
	sigaddset(&set_, SIGUSR2);
	sigaddset(&set_, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set_, 0);
	raise(SIGUSR2);
	CHECK_OK(set(SIGWINCH, on, 0, NULL));
	raise(SIGWINCH);
	sigpending(&p);
	CHECK(sigismember(&p, SIGUSR2) && sigismember(&p, SIGWINCH));
	CHECK_OK(set(SIGUSR2, SIG_IGN, 0, NULL));
	CHECK_OK(set(SIGWINCH, SIG_DFL, 0, NULL));
	sigpending(&p);
	CHECK(!sigismember(&p, SIGUSR2) && !sigismember(&p, SIGWINCH));
	sigprocmask(SIG_UNBLOCK, &set_, 0);
}

/* SA_UNSUPPORTED tells which of the newer flags are known: what isn't is cleared, and so is the bit itself. */
TEST(unsupported)
{
	struct sigaction old;
	CHECK_OK(set(SIGUSR1, on, 0x400 /* SA_UNSUPPORTED */ | 0x800 /* SA_EXPOSE_TAGBITS */ | 0x100 | SA_NODEFER, NULL));
	CHECK_OK(sigaction(SIGUSR1, NULL, &old));
	CHECK_EQ(old.sa_flags & 0xf00, 0x800);
	CHECK(old.sa_flags & SA_NODEFER);
}

TEST(faults)
{
	CHECK_EQ(IN_CHILD(*(volatile int *)BAD_PTR = 1), SIGSEGV);
	/* Blocked or ignored: a fault kills. */
	CHECK_EQ(IN_CHILD({
		signal(SIGSEGV, SIG_IGN);
		*(volatile int *)BAD_PTR = 1;
	}), SIGSEGV);
	CHECK_EQ(IN_CHILD({
		sigset_t s;
		sigfillset(&s);
		signal(SIGSEGV, on);
		sigprocmask(SIG_BLOCK, &s, NULL);
		*(volatile int *)BAD_PTR = 1;
	}), SIGSEGV);
}

TEST_MAIN
