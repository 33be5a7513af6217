// RLIMIT_RTTIME: what a real-time thread may run without sleeping; SIGXCPU, in the end SIGKILL.
/* test: guest-only timeout=60, real-time threads are not for every machine */
#include "test.h"
#include <sched.h>
#include <sys/resource.h>

static volatile sig_atomic_t got;

static void note(int sig)
{
	got = sig;
}

static void become_realtime(long soft_us, long hard_us)
{
	struct sched_param param = { .sched_priority = 1 };
	struct rlimit limit = { soft_us, hard_us };
	CHECK_OK(setrlimit(RLIMIT_RTTIME, &limit));
	CHECK_OK(sched_setscheduler(0, SCHED_FIFO, &param));
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
	while (!got && thread_ms() < until)
		;
}

TEST(soft)
{
	CHECK_EQ(IN_CHILD({
		struct rlimit limit;
		signal(SIGXCPU, note);
		become_realtime(100000, 10000000);
		long before = thread_ms();
		burn(20000);
		CHECK_EQ(got, SIGXCPU);
		CHECK(thread_ms() - before >= 90);
		CHECK_OK(getrlimit(RLIMIT_RTTIME, &limit));
		/* And so each second. */
		CHECK(limit.rlim_cur > 100000 && limit.rlim_cur % 1000000 == 100000);
	}),
		 0);
}

TEST(hard)
{
	int status = IN_CHILD({
		signal(SIGXCPU, SIG_IGN);
		become_realtime(50000, 100000);
		burn(20000);
	});
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGKILL);
}

/* Who sleeps begins anew. */
TEST(sleeper)
{
	CHECK_EQ(IN_CHILD({
		signal(SIGXCPU, note);
		become_realtime(1500000, 20000000);
		for (int i = 0; i < 20; i++) {
			burn(100);
			usleep(1000);
		}
		CHECK_EQ(got, 0);
	}),
		 0);
}

/* The limit does not concern others. */
TEST(ordinary)
{
	CHECK_EQ(IN_CHILD({
		struct rlimit limit = { 50000, 10000000 };
		signal(SIGXCPU, note);
		CHECK_OK(setrlimit(RLIMIT_RTTIME, &limit));
		burn(300);
		CHECK_EQ(got, 0);
	}),
		 0);
}

TEST_MAIN
