// /proc/stat and /proc/PID/stat: what processor time went for.
/* test: guest-only timeout=60 cflags=-pthread, nobody else should use the machine */
#include "files.h"
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

struct cpu {
	long long user, nice, system, idle, iowait;
};

static struct cpu cpu_line(const char *name)
{
	struct cpu c = { 0 };
	char with_blank[32];
	snprintf(with_blank, sizeof with_blank, "%s ", name);
	const char *at = strstr(slurp("/proc/stat"), with_blank);
	CHECK(at && sscanf(at + strlen(with_blank), "%lld %lld %lld %lld %lld", &c.user, &c.nice, &c.system, &c.idle,
			   &c.iowait) == 5);
	return c;
}

static long long number(const char *name)
{
	const char *at = strstr(slurp("/proc/stat"), name);
	CHECK(at != NULL);
	return at ? atoll(at + strlen(name)) : -1;
}

static long thread_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void burn(long ms)
{
	long until = thread_ms() + ms;
	while (thread_ms() < until)
		for (volatile int i = 0; i < 20000; i++)
			;
}

/* Does something until a number has grown by ten: an emulated processor that stands still for a while loses ticks. */
#define GROWS(value, action)                                                   \
	do {                                                                   \
		long long grows_from = (value);                                \
		int grows_tries = 0;                                           \
		while ((value) - grows_from < 10 && grows_tries++ < 200) {     \
			action;                                                \
		}                                                              \
		CHECK(grows_tries < 200);                                      \
	} while (0)

TEST(machine)
{
	struct cpu a = cpu_line("cpu"), b;
	GROWS(cpu_line("cpu").user, burn(50));
	b = cpu_line("cpu");
	CHECK(b.nice - a.nice <= b.user - a.user);
	GROWS(cpu_line("cpu").nice, CHECK_EQ(IN_CHILD(setpriority(PRIO_PROCESS, 0, 10); burn(100)), 0));
	GROWS(cpu_line("cpu").system, for (int i = 0; i < 500; i++) close(open("/", O_RDONLY | O_DIRECTORY)));
	GROWS(cpu_line("cpu").idle + cpu_line("cpu").iowait, usleep(50000));
	b = cpu_line("cpu");
	/* What goes by is what is counted. */
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double up = atof(slurp("/proc/uptime"));
	long long sum = b.user + b.nice + b.system + b.idle + b.iowait;
	CHECK(sum <= (up + 2) * 100 * processors);
	struct cpu parts = { 0 };
	for (int i = 0; i < processors; i++) {
		char name[16];
		snprintf(name, sizeof name, "cpu%d", i);
		struct cpu one = cpu_line(name);
		parts.user += one.user;
		parts.idle += one.idle;
	}
	CHECK(parts.user >= b.user - processors);
	CHECK(parts.idle >= b.idle - processors);
}

TEST(counters)
{
	long long switches = number("\nctxt "), forks = number("\nprocesses ");
	CHECK_EQ(IN_CHILD(usleep(1000)), 0);
	CHECK(number("\nctxt ") > switches);
	CHECK(number("\nprocesses ") > forks);
	CHECK(number("\nprocs_running ") >= 1);
	CHECK(number("\nprocs_blocked ") >= 0);
	long long boot = number("\nbtime ");
	double up = atof(slurp("/proc/uptime"));
	CHECK(llabs(boot + (long long)up - time(NULL)) <= 2);
}

/* Column `number` of a stat file. */
static long long column(const char *path, int number)
{
	const char *at = strrchr(slurp(path), ')');
	for (int i = 2; at && i < number; i++)
		at = strchr(at + 1, ' ');
	return at ? atoll(at) : -1;
}

/* User and system time. */
static long long used(const char *path)
{
	return column(path, 14) + column(path, 15);
}

static volatile pid_t tid;

static void *in_thread(void *unused)
{
	char path[64];
	tid = syscall(SYS_gettid);
	long long whole = used("/proc/self/stat");
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
	GROWS(used(path), burn(50));
	CHECK_EQ(column(path, 20), column("/proc/self/stat", 20));
	CHECK(used("/proc/self/stat") - whole >= 8);
	return unused;
}

TEST(process)
{
	pthread_t thread;
	long long before;
	/* Of children. */
	GROWS(column("/proc/self/stat", 16) + column("/proc/self/stat", 17), CHECK_EQ(IN_CHILD(burn(50)), 0));
	CHECK(column("/proc/self/stat", 11) > 0);
	before = used("/proc/self/stat");
	CHECK(before >= 0);
	REQUIRE(pthread_create(&thread, NULL, in_thread, NULL) == 0);
	pthread_join(thread, NULL);
	/* What an ended thread used stays with the process. */
	CHECK(used("/proc/self/stat") - before >= 8);
	CHECK_EQ(IN_CHILD({
		struct sched_param param = { .sched_priority = 7 };
		CHECK_EQ(column("/proc/self/stat", 18), 20);
		setpriority(PRIO_PROCESS, 0, 3);
		CHECK_EQ(column("/proc/self/stat", 18), 23);
		CHECK_EQ(column("/proc/self/stat", 19), 3);
		CHECK_OK(sched_setscheduler(0, SCHED_RR, &param));
		CHECK_EQ(column("/proc/self/stat", 18), -8);
		CHECK_EQ(column("/proc/self/stat", 40), 7);
		CHECK_EQ(column("/proc/self/stat", 41), SCHED_RR);
	}),
		 0);
}

int main(void)
{
	mount("proc", "/proc", "proc", 0, NULL);
	return test_run_cases();
}
