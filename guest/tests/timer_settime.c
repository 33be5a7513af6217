/* timer_settime(2): signals and what they carry, once and periodic, absolute times. */
#include "test.h"

static volatile int hits;
static volatile siginfo_t last;

static void hit(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	hits++;
	memcpy((void *)&last, info, sizeof(*info));
}

static int make(clockid_t clock, int notify, int signo, int value)
{
	struct sigevent e = { .sigev_notify = notify, .sigev_signo = signo };
	int id = -1;

	e.sigev_value.sival_int = value;
	if (notify == SIGEV_THREAD_ID)
		e._sigev_un._tid = syscall(SYS_gettid);
	REQUIRE(syscall(SYS_timer_create, clock, &e, &id) == 0);
	return id;
}

static long set(int id, int flags, long ms, long every, struct itimerspec *old)
{
	struct itimerspec it = { { every / 1000, every % 1000 * 1000000 }, { ms / 1000, ms % 1000 * 1000000 } };

	return syscall(SYS_timer_settime, id, flags, &it, old);
}

static void until(int n)
{
	for (int i = 0; i < 500 && hits < n; i++)
		usleep(10000);
}

static void start(int sig)
{
	struct sigaction sa = { .sa_sigaction = hit, .sa_flags = SA_SIGINFO };

	sigaction(sig, &sa, NULL);
	hits = 0;
}

TEST(errors)
{
	struct itimerspec bad = { { 0, 0 }, { 0, 1000000000 } };
	int id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);
	CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, NULL, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, &bad, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_timer_settime, id, 0, BAD_PTR, NULL), EFAULT);
	CHECK_ERRNO(set(4711, 0, 1, 0, NULL), EINVAL);
	CHECK_ERRNO(set(-1, 0, 1, 0, NULL), EINVAL);
	CHECK_ERRNO(set(id, 0, 0, 0, BAD_PTR), EFAULT);
	CHECK_OK(syscall(SYS_timer_delete, id));
}

TEST(once)
{
	struct itimerspec old;
	start(SIGUSR1);
	int id = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 42);
	CHECK_OK(set(id, 0, 20, 0, &old));
	CHECK(!old.it_value.tv_sec && !old.it_value.tv_nsec);
	until(1);
	CHECK_EQ(hits, 1);
	CHECK_EQ(last.si_signo, SIGUSR1);
	CHECK_EQ(last.si_code, SI_TIMER);
	CHECK_EQ(last.si_value.sival_int, 42);
	CHECK_EQ(last.si_overrun, 0);
	usleep(30000);
	CHECK_EQ(hits, 1);
	CHECK_OK(set(id, TIMER_ABSTIME, 1, 0, NULL));
	until(2);
	CHECK_EQ(hits, 2);
	CHECK_OK(set(id, 0, 20, 0, NULL));
	CHECK_OK(set(id, 0, 0, 0, &old));
	CHECK(old.it_value.tv_nsec > 0);
	usleep(40000);
	CHECK_EQ(hits, 2);
	syscall(SYS_timer_delete, id);
}

TEST(periodic_and_overrun)
{
	sigset_t set_, old;
	start(SIGUSR2);
	int id = make(CLOCK_REALTIME, SIGEV_SIGNAL, SIGUSR2, 1);
	CHECK_OK(set(id, 0, 5, 5, NULL));
	until(3);
	CHECK(hits >= 3);
	sigemptyset(&set_);
	sigaddset(&set_, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set_, &old);
	usleep(60000);
	hits = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	CHECK(hits >= 1);
	CHECK(last.si_overrun >= 5 || syscall(SYS_timer_getoverrun, id) >= 0);
	/* A tiny interval. */
	struct itimerspec tiny = { { 0, 1 }, { 0, 1 } };
	sigprocmask(SIG_BLOCK, &set_, &old);
	CHECK_OK(syscall(SYS_timer_settime, id, 0, &tiny, NULL));
	usleep(20000);
	siginfo_t info;
	CHECK_EQ(sigwaitinfo(&set_, &info), SIGUSR2);
	CHECK(info.si_overrun > 100000);
	CHECK_OK(set(id, 0, 0, 0, NULL));
	syscall(SYS_timer_delete, id);
	struct timespec zero = { 0, 0 };
	sigtimedwait(&set_, &info, &zero);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

TEST(threads_and_none)
{
	start(SIGUSR1);
	int id = make(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR1, 7);
	CHECK_OK(set(id, 0, 10, 0, NULL));
	until(1);
	CHECK_EQ(hits, 1);
	CHECK_EQ(last.si_value.sival_int, 7);
	int none = make(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
	CHECK_OK(set(none, 0, 10, 0, NULL));
	usleep(30000);
	struct itimerspec now;
	CHECK_OK(syscall(SYS_timer_gettime, none, &now));
	CHECK(!now.it_value.tv_sec && !now.it_value.tv_nsec);
	CHECK_EQ(hits, 1);
}

TEST(default_signal)
{
	int id = -1;
	start(SIGALRM);
	REQUIRE(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0);
	CHECK_OK(set(id, 0, 10, 0, NULL));
	until(1);
	CHECK_EQ(hits, 1);
	CHECK_EQ(last.si_value.sival_int, id);
}

TEST_MAIN
