/* /proc/PID/schedstat, /proc/schedstat; the interrupts of /proc/stat and /proc/interrupts.
 *
 * test: guest-only timeout=60, nobody else should use the machine */
#include "files.h"

#include <sched.h>
#include <sys/wait.h>
#include <time.h>

struct sched {
	long long ran, waited, turns;
};

static struct sched sched_of(const char *who)
{
	struct sched s = { -1, -1, -1 };
	char path[64];
	snprintf(path, sizeof path, "/proc/%s/schedstat", who);
	CHECK(sscanf(slurp(path), "%lld %lld %lld\n", &s.ran, &s.waited, &s.turns) == 3);
	return s;
}

static long long thread_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void burn(long long ns)
{
	long long until = thread_ns() + ns;
	while (thread_ns() < until)
		;
}

static void pin(void)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK_OK(sched_setaffinity(0, sizeof one, &one));
}

#define MS 1000000ll

TEST(time_on_the_processor)
{
	pin();
	struct sched before = sched_of("self");
	burn(100 * MS);
	struct sched after = sched_of("self");
	CHECK(after.ran - before.ran >= 90 * MS);
	CHECK(after.waited >= before.waited && after.turns >= before.turns);
}

TEST(waits_for_others)
{
	pid_t other = fork();
	if (other == 0) {
		pin();
		for (;;)
			burn(1000 * MS);
	}
	pin();
	struct sched before = sched_of("self");
	burn(200 * MS);
	struct sched after = sched_of("self");
	/* Two share the processor: who runs 200 ms waits about as long. */
	CHECK(after.waited - before.waited >= 80 * MS);
	CHECK(after.waited - before.waited <= 800 * MS);
	CHECK(after.turns - before.turns >= 3);
	char name[16];
	snprintf(name, sizeof name, "%d", other);
	struct sched others = sched_of(name);
	CHECK(others.waited >= 80 * MS && others.ran >= 80 * MS);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

TEST(sleeping_is_no_waiting)
{
	pin();
	struct sched before = sched_of("self");
	for (int i = 0; i < 10; i++)
		usleep(10000);
	struct sched after = sched_of("self");
	CHECK(after.turns - before.turns >= 10);
	CHECK(after.waited - before.waited < 60 * MS);
	CHECK(after.ran - before.ran < 60 * MS);
}

static struct sched cpu0(void)
{
	struct sched s = { -1, -1, -1 };
	const char *at = strstr(slurp("/proc/schedstat"), "\ncpu0 ");
	CHECK(at && sscanf(at, "\ncpu0 %*d %*d %*d %*d %*d %*d %lld %lld %lld", &s.ran, &s.waited, &s.turns) == 3);
	return s;
}

TEST(of_a_processor)
{
	int version;
	long long stamp;
	CHECK(sscanf(slurp("/proc/schedstat"), "version %d\ntimestamp %lld\n", &version, &stamp) == 2);
	CHECK(version >= 15);
	pin();
	struct sched before = cpu0();
	pid_t other = fork();
	if (other == 0) {
		burn(100 * MS);
		_exit(0);
	}
	burn(100 * MS);
	waitpid(other, NULL, 0);
	struct sched after = cpu0();
	CHECK(after.ran - before.ran >= 150 * MS);
	CHECK(after.waited - before.waited >= 80 * MS);
	CHECK(after.turns - before.turns >= 3);
}

/* Of /proc/stat: all interrupts (-1), or those of a number. */
static long long intr(int number)
{
	const char *at = strstr(slurp("/proc/stat"), "\nintr ");
	CHECK(at != NULL);
	if (!at)
		return -1;
	at += 6;
	for (int n = -1; n < number; n++) {
		at += strcspn(at, " \n");
		if (*at++ != ' ')
			return 0;
	}
	return atoll(at);
}

/* Of /proc/interrupts: the sum of a line. */
static long long interrupts(const char *line)
{
	long long sum = 0;
	for (char *end; ; line = end) {
		long long count = strtoll(line, &end, 10);
		if (end == line || (*end != ' ' && *end != '\n'))
			return sum;
		sum += count;
	}
}

TEST(interrupts_agree)
{
	static char table[65536];
	long long all = intr(-1), sum = 0;
	snprintf(table, sizeof table, "%s", slurp("/proc/interrupts"));
	for (char *line = strtok(table, "\n"); line; line = strtok(NULL, "\n")) {
		char *colon = strchr(line, ':'), *end;
		if (!colon)
			continue;
		long number = strtol(line, &end, 10);
		long long count = interrupts(colon + 1);
		int own = strstr(line, "LOC:") || strstr(line, "RES:") || strstr(line, "TLB:");
		if (end == colon) {
			long long shown = intr(number);
			CHECK(shown >= count && shown <= count + 100);
		}
		if (end == colon || own)
			sum += count;
	}
	CHECK(sum > 0 && all > 0);
	CHECK(intr(-1) >= sum);
	usleep(20000);
	CHECK(intr(-1) > all);
}

TEST_MAIN
