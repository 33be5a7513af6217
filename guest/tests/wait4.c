// wait4(2): which children, which events, what it tells.
/* test: cflags=-pthread */
#include "test.h"
#include <pthread.h>
#include <sys/resource.h>

static pid_t sleeper(void)
{
	pid_t pid = test_fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static pid_t ends(int code)
{
	pid_t pid = test_fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

TEST(arguments)
{
	int st;
	CHECK_ERRNO(wait4(-1, &st, 0, 0), ECHILD);
	CHECK_ERRNO(wait4(-1, &st, WNOHANG, 0), ECHILD);
	CHECK_ERRNO(wait4(0, &st, 0, 0), ECHILD);
	CHECK_ERRNO(wait4(getpid(), &st, 0, 0), ECHILD);
	CHECK_ERRNO(wait4(1, &st, 0, 0), ECHILD);
	CHECK_ERRNO(wait4(-1, &st, 0x1000, 0), EINVAL);
	CHECK_ERRNO(wait4(-1, &st, WEXITED, 0), EINVAL); /* waitid's */
	CHECK_ERRNO(wait4(-1, &st, WNOWAIT, 0), EINVAL);
	CHECK_ERRNO(wait4(INT_MIN, &st, 0, 0), ESRCH);
	CHECK_ERRNO(wait4(INT_MIN, &st, 0x1000, 0), EINVAL);
	pid_t a = ends(1);
	CHECK_ERRNO(wait4(a, BAD_PTR, 0, 0), EFAULT);
	CHECK_ERRNO(wait4(a, &st, 0, 0), ECHILD); /* gone all the same */
	a = ends(1);
	CHECK_ERRNO(wait4(a, &st, 0, BAD_PTR), EFAULT);
	a = ends(1);
	CHECK_EQ(wait4(a, NULL, 0, NULL), a);
}

TEST(statuses)
{
	int st;
	struct rusage ru;
	pid_t a = ends(0x1234);
	CHECK_EQ(wait4(a, &st, 0, &ru), a);
	CHECK_EQ(st, 0x3400);
	CHECK(ru.ru_maxrss > 0);
	a = sleeper();
	CHECK_EQ(wait4(a, &st, WNOHANG, 0), 0);
	CHECK_OK(kill(a, SIGSTOP));
	CHECK_EQ(wait4(a, &st, WUNTRACED, 0), a);
	CHECK_EQ(st, SIGSTOP << 8 | 0x7f);
	CHECK_EQ(wait4(a, &st, WUNTRACED | WNOHANG, 0), 0); /* once */
	CHECK_OK(kill(a, SIGCONT));
	CHECK_EQ(wait4(a, &st, WCONTINUED, 0), a);
	CHECK_EQ(st, 0xffff);
	CHECK_EQ(wait4(a, &st, WCONTINUED | WNOHANG, 0), 0);
	/* A stop that nobody asks for is forgotten with SIGCONT. */
	CHECK_OK(kill(a, SIGSTOP));
	CHECK_OK(kill(a, SIGCONT));
	CHECK_EQ(wait4(a, &st, WUNTRACED | WNOHANG, 0), 0);
	CHECK_OK(kill(a, SIGKILL));
	CHECK_EQ(wait4(-1, &st, 0, &ru), a);
	CHECK_EQ(st, SIGKILL);
	CHECK_ERRNO(wait4(a, &st, 0, 0), ECHILD);
}

/* Times of the child, its own waited-for children's included. */
TEST(usage)
{
	struct rusage ru;
	int st;
	pid_t a = test_fork();
	if (a == 0) {
		struct timespec ts;
		do
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
		while (ts.tv_nsec < 100000000 && !ts.tv_sec);
		_exit(0);
	}
	CHECK_EQ(wait4(a, &st, 0, &ru), a);
	CHECK(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec + ru.ru_stime.tv_sec * 1000000 + ru.ru_stime.tv_usec >= 60000);
}

/* SIGCHLD ignored, or SA_NOCLDWAIT: no zombies; wait waits for all and then fails. */
TEST(no_zombies)
{
	int st;
	struct sigaction sa = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };
	signal(SIGCHLD, SIG_IGN);
	ends(0);
	CHECK_ERRNO(wait(&st), ECHILD);
	pid_t a = sleeper();
	kill(a, SIGKILL);
	CHECK_ERRNO(waitpid(a, &st, 0), ECHILD);
	sigaction(SIGCHLD, &sa, NULL);
	ends(0);
	CHECK_ERRNO(wait(&st), ECHILD);
	signal(SIGCHLD, SIG_DFL);
	/* What ended before stays to be waited for. */
	a = ends(2);
	siginfo_t info;
	CHECK_OK(waitid(P_PID, a, &info, WEXITED | WNOWAIT));
	signal(SIGCHLD, SIG_IGN);
	CHECK_EQ(wait4(a, &st, 0, 0), a);
	signal(SIGCHLD, SIG_DFL);
}

TEST(groups)
{
	int st;
	pid_t a = sleeper(), b = sleeper();
	CHECK_OK(setpgid(a, a));
	CHECK_EQ(wait4(-a, &st, WNOHANG, 0), 0);
	CHECK_EQ(wait4(0, &st, WNOHANG, 0), 0);
	kill(a, SIGKILL);
	CHECK_EQ(wait4(-a, &st, 0, 0), a);
	CHECK_ERRNO(wait4(-a, &st, 0, 0), ECHILD);
	CHECK_ERRNO(wait4(-99999999, &st, 0, 0), ECHILD);
	kill(b, SIGKILL);
	CHECK_EQ(wait4(0, &st, 0, 0), b);
	CHECK_ERRNO(wait4(0, &st, 0, 0), ECHILD);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(signals)
{
	int st;
	struct sigaction sa = { .sa_handler = nothing };
	struct itimerval soon = { { 0, 0 }, { 0, 50000 } };
	pid_t a = sleeper();
	sigaction(SIGALRM, &sa, NULL);
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_ERRNO(wait4(a, &st, 0, 0), EINTR);
	/* SA_RESTART goes on waiting. */
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	pid_t killer = test_fork();
	if (killer == 0) {
		usleep(150000);
		_exit(kill(a, SIGTERM));
	}
	CHECK_EQ(wait4(a, &st, 0, 0), a);
	CHECK_EQ(st, SIGTERM);
	CHECK_EQ(test_wait(killer), 0);
}

static void *outlives(void *unused)
{
	usleep(100000);
	syscall(SYS_exit, 7);
	return unused;
}

/* A process ends when its last thread does, with that one's code. */
TEST(threads)
{
	int st;
	pid_t a = test_fork();
	if (a == 0) {
		pthread_t thread;
		pthread_create(&thread, NULL, outlives, NULL);
		syscall(SYS_exit, 5);
	}
	usleep(20000);
	CHECK_EQ(wait4(a, &st, WNOHANG, 0), 0);
	CHECK_EQ(wait4(a, &st, 0, 0), a);
	CHECK_EQ(st, 7 << 8);
}

TEST_MAIN
