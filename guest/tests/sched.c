// What sched(7) promises: shares by weight, real-time order, and that a change of processors takes effect at once.
/* test: guest-only timeout=120 cflags=-pthread, real-time threads and all processors are needed */
#include "test.h"
#include <sched.h>
#include <sys/resource.h>

/* What a test and its children share. */
static struct shared {
	volatile int ready, order_length;
	/* Children that were made and those that have their policy. */
	volatile int made, set_up;
	volatile char order[64];
	volatile unsigned long turns;
	volatile int processor;
} *shared;

static void set_up(void)
{
	if (!shared)
		shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	memset((void *)shared, 0, sizeof *shared);
}

static int pin(pid_t pid, unsigned mask)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < 8; i++)
		if (mask & 1u << i)
			CPU_SET(i, &set);
	return sched_setaffinity(pid, sizeof set, &set);
}

static int policy(pid_t pid, int policy, int priority)
{
	struct sched_param param = { priority };

	return sched_setscheduler(pid, policy, &param);
}

/* Processor time of a child, in ms. */
static long cpu_ms(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return -1;
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A child that only computes, on the processors of `mask`. */
static pid_t hog(unsigned mask, int nice_value, int its_policy, int priority)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid) {
		shared->made++;
		return pid;
	}
	/* The policy first: on its processor an ordinary thread might have to wait for a real-time one. */
	if (setpriority(PRIO_PROCESS, 0, nice_value) || policy(0, its_policy, priority))
		_exit(1);
	__atomic_add_fetch(&shared->set_up, 1, __ATOMIC_SEQ_CST);
	if (pin(0, mask))
		_exit(1);
	for (;;)
		shared->turns++;
}

/* The same, once it computes. */
static pid_t running_hog(unsigned mask, int its_policy, int priority)
{
	shared->turns = 0;
	pid_t pid = hog(mask, 0, its_policy, priority);
	while (!shared->turns)
		usleep(1000);
	return pid;
}

/* Sleeps until the children have had `ms` together since they were set up; what each has had then. */
static void let_run(const pid_t *pids, int count, long ms, long *each)
{
	long sum, before[3];

	while (shared->set_up < shared->made)
		usleep(1000);
	for (int i = 0; i < count; i++)
		before[i] = cpu_ms(pids[i]);
	do {
		usleep(20000);
		sum = 0;
		for (int i = 0; i < count; i++)
			sum += each[i] = cpu_ms(pids[i]) - before[i];
	} while (sum < ms);
}

static void end(const pid_t *pids, int count)
{
	for (int i = 0; i < count; i++) {
		int status;

		kill(pids[i], SIGKILL);
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		CHECK(WIFSIGNALED(status));
	}
}

/* Percent of the sum that the first had. */
static long share(const long *each, int count, int which)
{
	long sum = 0;

	for (int i = 0; i < count; i++)
		sum += each[i];
	return sum ? each[which] * 100 / sum : -1;
}
#define CHECK_BETWEEN(value, low, high) \
	do { \
		long value_ = (value); \
		if (value_ < (low) || value_ > (high)) \
			test_fail(__LINE__, "%s is %ld, not from %d to %d", #value, value_, low, high); \
	} while (0)

TEST(shares_on_one_processor)
{
	long each[2];

	set_up();
	/* 1024 to 335: three quarters. */
	pid_t nice_0_and_5[] = { hog(1, 0, SCHED_OTHER, 0), hog(1, 5, SCHED_OTHER, 0) };
	let_run(nice_0_and_5, 2, 900, each);
	CHECK_BETWEEN(share(each, 2, 0), 62, 86);
	end(nice_0_and_5, 2);
	/* Idle threads have almost nothing while others run, batch threads the same as others. */
	pid_t batch_and_idle[] = { hog(1, 0, SCHED_BATCH, 0), hog(1, 0, SCHED_IDLE, 0), hog(1, 0, SCHED_OTHER, 0) };
	let_run(batch_and_idle, 3, 900, each);
	CHECK_BETWEEN(share(each, 3, 0), 33, 65);
	CHECK_BETWEEN(share(each, 3, 1), 0, 10);
	end(batch_and_idle, 3);
}

TEST(shares_on_two_processors)
{
	long each[3];

	set_up();
	/* Two thirds of a processor each. */
	pid_t same[] = { hog(3, 0, SCHED_OTHER, 0), hog(3, 0, SCHED_OTHER, 0), hog(3, 0, SCHED_OTHER, 0) };
	let_run(same, 3, 2400, each);
	for (int i = 0; i < 3; i++)
		CHECK_BETWEEN(share(each, 3, i), 22, 46);
	end(same, 3);
	/* A light one does not cost a heavy one half of its processor. */
	pid_t light[] = { hog(3, 19, SCHED_OTHER, 0), hog(3, 0, SCHED_OTHER, 0), hog(3, 0, SCHED_OTHER, 0) };
	let_run(light, 3, 1600, each);
	CHECK_BETWEEN(share(each, 3, 0), 0, 22);
	CHECK_BETWEEN(share(each, 3, 1), 35, 64);
	end(light, 3);
}

TEST(fifo_before_others)
{
	long each[2];

	set_up();
	CHECK_OK(pin(0, 2));
	pid_t pids[] = { hog(1, 0, SCHED_FIFO, 1), hog(1, -20, SCHED_OTHER, 0) };
	/* Something is kept for ordinary threads (sched_rt_runtime_us), even beside one that never sleeps. */
	while (cpu_ms(pids[1]) < 30)
		usleep(20000);
	let_run(pids, 2, 1000, each);
	CHECK_BETWEEN(share(each, 2, 0), 80, 99);
	end(pids, 2);
	/* Among FIFO threads of one priority the first goes on until it ends. */
	pid_t fifo[2];
	fifo[0] = running_hog(1, SCHED_FIFO, 1);
	fifo[1] = hog(1, 0, SCHED_FIFO, 1);
	let_run(fifo, 2, 300, each);
	CHECK_BETWEEN(share(each, 2, 1), 0, 12);
	end(fifo, 1);
	while (cpu_ms(fifo[1]) < 20)
		usleep(1000);
	end(fifo + 1, 1);
	/* RR threads take turns. */
	pid_t rr[] = { hog(1, 0, SCHED_RR, 1), hog(1, 0, SCHED_RR, 1) };
	let_run(rr, 2, 1200, each);
	CHECK_BETWEEN(share(each, 2, 0), 30, 70);
	end(rr, 2);
	CHECK_OK(pin(0, 3));
}

/* A child that notes its letter when it runs; it gets its policy from the test. */
static pid_t letter(char c)
{
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (!pid) {
		shared->order[shared->order_length++] = c;
		_exit(0);
	}
	return pid;
}

/* Three children that have to wait for the test to sleep, which is FIFO on the same processor. Inherited: FIFO 10. */
static void three(pid_t *pids)
{
	set_up();
	CHECK_OK(pin(0, 1));
	CHECK_OK(policy(0, SCHED_FIFO, 10));
	for (int i = 0; i < 3; i++)
		pids[i] = letter("ABC"[i]);
	CHECK_EQ(shared->order_length, 0);
}

static void their_order(const pid_t *pids, const char *wanted)
{
	for (int i = 0; i < 3; i++)
		CHECK_EQ(waitpid(pids[i], NULL, 0), pids[i]);
	CHECK_OK(policy(0, SCHED_OTHER, 0));
	CHECK_OK(pin(0, 3));
	CHECK_STREQ((char *)shared->order, wanted);
}

TEST(order_of_fifo)
{
	pid_t pids[3];

	three(pids);
	their_order(pids, "ABC");
	/* The same again changes nothing. */
	three(pids);
	CHECK_OK(policy(pids[0], SCHED_FIFO, 10));
	their_order(pids, "ABC");
	/* A lower one comes later, but before those that were there. */
	three(pids);
	CHECK_OK(policy(pids[2], SCHED_FIFO, 5));
	CHECK_OK(policy(pids[0], SCHED_FIFO, 5));
	their_order(pids, "BAC");
	/* A raised one goes behind those of its new priority. */
	three(pids);
	for (int i = 0; i < 3; i++)
		CHECK_OK(policy(pids[2 - i], SCHED_FIFO, 4));
	CHECK_OK(policy(pids[0], SCHED_FIFO, 6));
	CHECK_OK(policy(pids[2], SCHED_FIFO, 6));
	their_order(pids, "ACB");
	/* Yielding lets the others of the priority go first, and only those. */
	three(pids);
	CHECK_OK(policy(pids[1], SCHED_FIFO, 9));
	sched_yield();
	CHECK_STREQ((char *)shared->order, "AC");
	their_order(pids, "ACB");
}

TEST(a_higher_priority_preempts)
{
	int fds[2];
	char c = 'x';

	set_up();
	REQUIRE(pipe(fds) == 0);
	CHECK_OK(pin(0, 2));
	pid_t low = running_hog(1, SCHED_FIFO, 1);
	pid_t high = fork();
	if (!high) {
		if (policy(0, SCHED_FIFO, 2) || pin(0, 1))
			_exit(1);
		shared->ready = 1;
		_exit(read(fds[0], &c, 1) == 1 ? 7 : 1);
	}
	while (!shared->ready)
		usleep(1000);
	usleep(10000);
	CHECK_EQ(write(fds[1], &c, 1), 1);
	int status;
	CHECK_EQ(waitpid(high, &status, 0), high);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	end(&low, 1);
	CHECK_OK(pin(0, 3));
}

/* The best real-time threads run, one on each processor, not the best of each processor. */
TEST(real_time_spreads)
{
	long each[2];

	set_up();
	CHECK_OK(policy(0, SCHED_FIFO, 50));
	pid_t pids[2];
	pids[0] = running_hog(3, SCHED_FIFO, 1);
	/* Both would like to be where the first one runs; one of them has to go. */
	shared->ready = 0;
	pids[1] = hog(1, 0, SCHED_FIFO, 2);
	do {
		usleep(10000);
		each[0] = cpu_ms(pids[0]);
		each[1] = cpu_ms(pids[1]);
	} while (each[0] < 100 || each[1] < 100);
	CHECK_OK(pin(pids[1], 2));
	long before[2] = { cpu_ms(pids[0]), cpu_ms(pids[1]) };
	do {
		usleep(10000);
		each[0] = cpu_ms(pids[0]);
		each[1] = cpu_ms(pids[1]);
	} while (each[0] < before[0] + 100 || each[1] < before[1] + 100);
	end(pids, 2);
	CHECK_OK(policy(0, SCHED_OTHER, 0));
}

TEST(affinity_takes_effect_at_once)
{
	set_up();
	pid_t pid = fork();
	if (!pid)
		for (;;) {
			shared->processor = sched_getcpu();
			shared->turns++;
		}
	for (int i = 0; i < 20; i++) {
		CHECK_OK(pin(pid, 1 << i % 2));
		for (unsigned long now = shared->turns; shared->turns < now + 2;)
			sched_yield();
		CHECK_EQ(shared->processor, i % 2);
	}
	end(&pid, 1);
	/* The caller itself. */
	for (int i = 0; i < 10; i++) {
		CHECK_OK(pin(0, 1 << i % 2));
		CHECK_EQ(sched_getcpu(), i % 2);
	}
	CHECK_OK(pin(0, 3));
}

TEST(reset_on_fork_keeps_batch_and_idle)
{
	set_up();
	CHECK_EQ(IN_CHILD({
		CHECK_OK(policy(0, SCHED_BATCH | SCHED_RESET_ON_FORK, 0));
		CHECK_EQ(IN_CHILD(CHECK_EQ(sched_getscheduler(0), SCHED_BATCH)), 0);
		CHECK_OK(policy(0, SCHED_IDLE | SCHED_RESET_ON_FORK, 0));
		CHECK_EQ(IN_CHILD(CHECK_EQ(sched_getscheduler(0), SCHED_IDLE)), 0);
		CHECK_OK(setpriority(PRIO_PROCESS, 0, 3));
		CHECK_OK(policy(0, SCHED_FIFO | SCHED_RESET_ON_FORK, 1));
		CHECK_EQ(IN_CHILD(CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
				  CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0)), 0);
	}), 0);
}

/* Timer interrupts of all processors since boot. */
static long timer_interrupts(void)
{
	char line[512];
	long sum = -1;
	FILE *file = fopen("/proc/interrupts", "r");

	while (file && fgets(line, sizeof line, file)) {
		char *at = strstr(line, "LOC:");
		long count;
		int length;

		if (!at)
			continue;
		sum = 0;
		for (at += 4; sscanf(at, "%ld%n", &count, &length) == 1; at += length)
			sum += count;
	}
	if (file)
		fclose(file);
	return sum;
}

TEST(no_ticks_while_idle)
{
	/* What others leave to be done may tick for a moment: the best of some tries. A tick would come 250 times. */
	long best = 1000000;

	for (int i = 0; i < 10 && best > 60; i++) {
		long before = timer_interrupts();
		sleep(1);
		long now = timer_interrupts() - before;
		best = now < best ? now : best;
	}
	CHECK_BETWEEN(best, 1, 60);
}

static int parameter(const char *name, const char *value)
{
	char path[64];
	int fd, written;

	snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
	fd = open(path, O_WRONLY);
	REQUIRE(fd >= 0);
	written = write(fd, value, strlen(value));
	close(fd);
	return written < 0 ? -1 : 0;
}

static long value_of(const char *name)
{
	char text[32] = "";
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
	fd = open(path, O_RDONLY);
	REQUIRE(fd >= 0);
	CHECK(read(fd, text, sizeof text - 1) > 0);
	close(fd);
	return atol(text);
}

TEST(parameters)
{
	struct timespec slice;

	CHECK_EQ(value_of("sched_rt_period_us"), 1000000);
	CHECK_EQ(value_of("sched_rt_runtime_us"), 950000);
	CHECK_ERRNO(parameter("sched_rt_runtime_us", "1000001\n"), EINVAL);
	CHECK_ERRNO(parameter("sched_rt_runtime_us", "-2\n"), EINVAL);
	CHECK_ERRNO(parameter("sched_rt_period_us", "0\n"), EINVAL);
	CHECK_ERRNO(parameter("sched_rt_period_us", "many\n"), EINVAL);
	CHECK_OK(parameter("sched_rt_runtime_us", "-1\n"));
	CHECK_EQ(value_of("sched_rt_runtime_us"), -1);
	CHECK_OK(parameter("sched_rt_runtime_us", "950000\n"));
	CHECK_EQ(value_of("sched_rr_timeslice_ms"), 100);
	CHECK_OK(parameter("sched_rr_timeslice_ms", "40\n"));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(policy(0, SCHED_RR, 1));
		CHECK_OK(sched_rr_get_interval(0, &slice));
		CHECK_EQ(slice.tv_nsec, 40000000);
	}), 0);
	CHECK_OK(parameter("sched_rr_timeslice_ms", "-1\n"));
	CHECK_EQ(value_of("sched_rr_timeslice_ms"), 100);
}

TEST_MAIN
