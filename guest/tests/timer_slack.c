/* Timer slack (PR_SET_TIMERSLACK, /proc/PID/timerslack_ns): sleeps end together, and never early.
 *
 * test: guest-only timeout=60, counts the machine's timer interrupts */
#include "test.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define SLACK_NS 50000000ul
#define SLEEPERS 8
#define ROUNDS 10

static long long now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static const struct timespec ten_ms = { 0, 10000000 };

static void by_nanosleep(void) { CHECK_OK(nanosleep(&ten_ms, NULL)); }

static void by_clock_nanosleep(void)
{
	long long until = now_ns() + 10000000;
	struct timespec ts = { until / 1000000000, until % 1000000000 };
	CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL), 0);
}

static void by_poll(void) { CHECK_EQ(poll(NULL, 0, 10), 0); }

static void by_select(void)
{
	struct timeval tv = { 0, 10000 };
	CHECK_EQ(select(0, NULL, NULL, NULL, &tv), 0);
}

static void by_epoll(void)
{
	struct epoll_event event;
	static int set;
	if (!set)
		set = epoll_create1(EPOLL_CLOEXEC);
	CHECK_EQ(epoll_wait(set, &event, 1, 10), 0);
}

static void by_futex(void)
{
	int word = 0;
	CHECK_ERRNO(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &ten_ms, NULL, 0), ETIMEDOUT);
}

static void by_sigtimedwait(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_ERRNO(sigtimedwait(&set, NULL, &ten_ms), EAGAIN);
}

static void (*const WAYS[])(void) = {
	by_nanosleep, by_clock_nanosleep, by_poll, by_select, by_epoll, by_futex, by_sigtimedwait,
};
enum { NR_WAYS = sizeof WAYS / sizeof *WAYS };

TEST(never_early)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(prctl(PR_SET_TIMERSLACK, SLACK_NS));
		for (int way = 0; way < NR_WAYS; way++)
			for (int i = 0; i < 5; i++) {
				long long began = now_ns();
				WAYS[way]();
				CHECK(now_ns() - began >= 10000000);
			}
	}), 0);
}

/* Timer interrupts of all processors ("LOC" in /proc/interrupts). */
static long timer_interrupts(void)
{
	char line[4096];
	long sum = 0;
	FILE *file = fopen("/proc/interrupts", "r");
	while (file && fgets(line, sizeof line, file)) {
		char *at = strstr(line, "LOC:");
		if (!at)
			continue;
		for (at += 4;; ) {
			char *end;
			long count = strtol(at, &end, 10);
			if (end == at)
				break;
			sum += count;
			at = end;
		}
	}
	if (file)
		fclose(file);
	return sum;
}

/* What it takes until all sleepers have slept by `way` so many times. */
static long interrupts_of(void (*way)(void), unsigned long slack)
{
	int gate[2];
	pid_t pids[SLEEPERS];
	char byte;
	if (pipe(gate))
		return 0;
	for (int i = 0; i < SLEEPERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			cpu_set_t one;
			CPU_ZERO(&one);
			CPU_SET(0, &one);
			sched_setaffinity(0, sizeof one, &one);
			prctl(PR_SET_TIMERSLACK, slack);
			close(gate[1]);
			if (read(gate[0], &byte, 1) < 0)
				_exit(1);
			/* Each a little later than the one before. */
			struct timespec apart = { 0, i * 1100000 };
			clock_nanosleep(CLOCK_MONOTONIC, 0, &apart, NULL);
			for (int n = 0; n < ROUNDS; n++)
				way();
			_exit(0);
		}
	}
	long before = timer_interrupts();
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < SLEEPERS; i++) {
		int status = -1;
		waitpid(pids[i], &status, 0);
		CHECK_EQ(status, 0);
	}
	return timer_interrupts() - before;
}

TEST(fewer_interrupts)
{
	for (int way = 0; way < NR_WAYS; way++) {
		long exact = 0, lenient = 0;
		for (int attempt = 0; attempt < 6; attempt++) {
			exact = interrupts_of(WAYS[way], 1);
			lenient = interrupts_of(WAYS[way], SLACK_NS);
			if (lenient * 4 < exact * 3)
				break;
		}
		CHECK(lenient * 4 < exact * 3);
		if (lenient * 4 >= exact * 3 || getenv("SLACK_FIGURES"))
			fprintf(stderr, "way %d: %ld and %ld\n", way, exact, lenient);
	}
}

static long proc_slack(pid_t pid, int *error)
{
	char path[64], text[32] = "";
	snprintf(path, sizeof path, "/proc/%d/timerslack_ns", pid);
	int fd = open(path, O_RDONLY);
	*error = fd < 0 || read(fd, text, sizeof text - 1) < 0 ? errno : 0;
	close(fd);
	return *error ? -1 : atol(text);
}

static int write_slack(pid_t pid, const char *text)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/timerslack_ns", pid);
	int fd = open(path, O_WRONLY);
	int error = fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

TEST(file_of_proc)
{
	int error;
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(write_slack(getpid(), "70000\n"), 0);
		CHECK_EQ(prctl(PR_GET_TIMERSLACK), 70000);
		CHECK_EQ(proc_slack(getpid(), &error), 70000);
		CHECK_EQ(write_slack(getpid(), "80000"), 0);
		CHECK_EQ(prctl(PR_GET_TIMERSLACK), 80000);
		CHECK_EQ(write_slack(getpid(), "x"), EINVAL);
		CHECK_EQ(write_slack(getpid(), "-1"), EINVAL);
		CHECK_EQ(write_slack(getpid(), "0x10"), EINVAL);
		CHECK_EQ(prctl(PR_GET_TIMERSLACK), 80000);
		CHECK_EQ(write_slack(getpid(), "0"), 0);
		CHECK_EQ(prctl(PR_GET_TIMERSLACK), 50000);
	}), 0);
	/* That of others is for those who may change their scheduling. */
	CHECK_EQ(write_slack(getppid(), "50000"), 0);
	CHECK_EQ(proc_slack(getppid(), &error), 50000);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setuid(1000));
		CHECK_EQ(proc_slack(getppid(), &error), -1);
		CHECK_EQ(error, EPERM);
		CHECK_EQ(write_slack(getppid(), "60000"), EPERM);
	}), 0);
}

TEST_MAIN
