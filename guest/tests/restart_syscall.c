// restart_syscall(2): the kernel's own; what it goes on with after a stop.
#include "test.h"
#include <linux/futex.h>
#include <poll.h>

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ll + ts.tv_nsec / 1000000;
}

/* Runs a block in a child that is stopped and continued; it must take its whole time and no more. */
#define STOPPED(...)                                                           \
	do {                                                                   \
		pid_t child = test_fork();                                     \
		if (child == 0) {                                              \
			long long start = now_ms();                            \
			__VA_ARGS__;                                           \
			long long took = now_ms() - start;                     \
			CHECK(took >= 390 && took < 3000);                     \
			_exit(test_failures ? 1 : 0);                          \
		}                                                              \
		usleep(100000);                                                \
		int status;                                                    \
		kill(child, SIGSTOP);                                          \
		CHECK_EQ(waitpid(child, &status, WUNTRACED), child);           \
		CHECK(WIFSTOPPED(status));                                     \
		usleep(50000);                                                 \
		kill(child, SIGCONT);                                          \
		CHECK_EQ(test_wait(child), 0);                                 \
	} while (0)

static void nothing(int sig)
{
	(void)sig;
}

int main(void)
{
	/* Called directly, there is nothing to go on with. */
	CHECK_ERRNO(syscall(SYS_restart_syscall), EINTR);
	struct timespec span = { 0, 400000000 }, left = { 0, 0 };
	int word = 1;
	STOPPED(CHECK_OK(nanosleep(&span, NULL)));
	STOPPED(CHECK_OK(clock_nanosleep(CLOCK_MONOTONIC, 0, &span, &left)));
	STOPPED(CHECK_EQ(poll(NULL, 0, 400), 0));
	STOPPED(CHECK_ERRNO(syscall(SYS_futex, &word, FUTEX_WAIT, 1, &span, NULL, 0), ETIMEDOUT));
	/* A handler ends the call instead. */
	struct sigaction sa = { .sa_handler = nothing, .sa_flags = SA_RESTART };
	sigaction(SIGALRM, &sa, NULL);
	struct itimerval soon = { { 0, 0 }, { 0, 100000 } };
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_ERRNO(nanosleep(&span, &left), EINTR);
	CHECK(left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < 310000000);
	CHECK_ERRNO(syscall(SYS_restart_syscall), EINTR);
	return test_done();
}
