// Timers and clocks that count processor time: of a process, of a thread, of others.
/* test: timeout=60 cflags=-pthread, they need some of it */
#include "test.h"
#include <pthread.h>
#include <sys/resource.h>

#define MS 1000000L
#define PROCESS_OF(pid) ((clockid_t)(~(unsigned)(pid) << 3 | 2))
#define THREAD_OF(tid) ((clockid_t)(~(unsigned)(tid) << 3 | 6))

static volatile sig_atomic_t got;
static volatile int got_code, got_value;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	got_code = info->si_code;
	got_value = info->si_value.sival_int;
	got++;
}

static long clock_ms(clockid_t clock)
{
	struct timespec ts;
	CHECK_OK(clock_gettime(clock, &ts));
	return ts.tv_sec * 1000 + ts.tv_nsec / MS;
}

/* Uses so much processor time of this thread, or less if a signal comes. */
static void burn_until_signal(long ms)
{
	long until = clock_ms(CLOCK_THREAD_CPUTIME_ID) + ms;
	while (!got && clock_ms(CLOCK_THREAD_CPUTIME_ID) < until)
		for (volatile int i = 0; i < 1000; i++)
			;
}

static timer_t new_timer(clockid_t clock, int signal, int value)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal, .sigev_value.sival_int = value };
	struct sigaction sa = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	timer_t timer;
	sigaction(signal, &sa, NULL);
	got = 0;
	REQUIRE(timer_create(clock, &ev, &timer) == 0);
	return timer;
}

static struct itimerspec in(long first_ns, long interval_ns)
{
	return (struct itimerspec){ .it_value = { first_ns / (1000 * MS), first_ns % (1000 * MS) },
				    .it_interval = { interval_ns / (1000 * MS), interval_ns % (1000 * MS) } };
}

static void fires(clockid_t clock)
{
	timer_t timer = new_timer(clock, SIGUSR1, 42);
	struct itimerspec set = in(30 * MS, 0), left;
	long before = clock_ms(clock);
	CHECK_OK(timer_settime(timer, 0, &set, NULL));
	CHECK_OK(timer_gettime(timer, &left));
	CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 30 * MS);
	burn_until_signal(20000);
	CHECK_EQ(got, 1);
	CHECK(clock_ms(clock) - before >= 29);
	CHECK_EQ(got_code, SI_TIMER);
	CHECK_EQ(got_value, 42);
	CHECK_OK(timer_gettime(timer, &left));
	CHECK_EQ(left.it_value.tv_nsec, 0);
	CHECK_OK(timer_delete(timer));
}

TEST(fire)
{
	fires(CLOCK_PROCESS_CPUTIME_ID);
	fires(CLOCK_THREAD_CPUTIME_ID);
	fires(PROCESS_OF(getpid()));
	fires(PROCESS_OF(0));
	fires(THREAD_OF(0));
}

TEST(absolute_and_interval)
{
	timer_t timer = new_timer(CLOCK_PROCESS_CPUTIME_ID, SIGUSR1, 1);
	struct itimerspec set = in(1, 0), left;
	CHECK_OK(timer_settime(timer, TIMER_ABSTIME, &set, NULL)); /* long past */
	burn_until_signal(20000);
	CHECK_EQ(got, 1);
	got = 0;
	set = in(10 * MS, 10 * MS);
	CHECK_OK(timer_settime(timer, 0, &set, NULL));
	for (int i = 1; i <= 3; i++) {
		got = 0;
		burn_until_signal(20000);
		CHECK_EQ(got, 1);
	}
	CHECK_OK(timer_gettime(timer, &left));
	CHECK_EQ(left.it_interval.tv_nsec, 10 * MS);
	CHECK(left.it_value.tv_nsec > 0);
	set = in(0, 0);
	CHECK_OK(timer_settime(timer, 0, &set, &left));
	CHECK(left.it_value.tv_nsec > 0);
	got = 0;
	burn_until_signal(50);
	CHECK_EQ(got, 0); /* off */
	CHECK_OK(timer_delete(timer));
}

/* Time passes on this clock only while it is used. */
TEST(asleep)
{
	timer_t timer = new_timer(CLOCK_THREAD_CPUTIME_ID, SIGUSR1, 1);
	struct itimerspec set = in(200 * MS, 0);
	CHECK_OK(timer_settime(timer, 0, &set, NULL));
	usleep(300000);
	CHECK_EQ(got, 0);
	CHECK_OK(timer_delete(timer));
}

static volatile int stop;
static volatile pid_t other_tid;

static void *busy(void *unused)
{
	other_tid = syscall(SYS_gettid);
	while (!stop)
		;
	return unused;
}

/* Another thread's time, and the process's, that another thread uses. */
TEST(other_thread)
{
	pthread_t thread;
	clockid_t clock;
	stop = 0;
	REQUIRE(pthread_create(&thread, NULL, busy, NULL) == 0);
	while (!other_tid)
		usleep(1000);
	CHECK_EQ(pthread_getcpuclockid(thread, &clock), 0);
	CHECK_EQ(clock, THREAD_OF(other_tid));
	long a = clock_ms(clock);
	while (clock_ms(clock) < a + 20)
		;
	timer_t timer = new_timer(clock, SIGUSR1, 7);
	struct itimerspec set = in(30 * MS, 0);
	CHECK_OK(timer_settime(timer, 0, &set, NULL));
	while (!got)
		usleep(1000);
	CHECK_EQ(got_value, 7);
	CHECK_OK(timer_delete(timer));
	timer = new_timer(CLOCK_PROCESS_CPUTIME_ID, SIGUSR1, 8);
	CHECK_OK(timer_settime(timer, 0, &set, NULL));
	while (!got)
		usleep(1000);
	CHECK_EQ(got_value, 8);
	CHECK_OK(timer_delete(timer));
	stop = 1;
	pthread_join(thread, NULL);
	while (syscall(SYS_tgkill, getpid(), other_tid, 0) == 0)
		sched_yield();
	struct timespec ts;
	CHECK_ERRNO(clock_gettime(clock, &ts), EINVAL);
	CHECK_ERRNO(timer_create(clock, NULL, &timer), EINVAL);
}

TEST(other_process)
{
	int go[2];
	char c;
	clockid_t clock;
	REQUIRE(pipe(go) == 0);
	pid_t child = test_fork();
	if (child == 0) {
		close(go[1]);
		read(go[0], &c, 1);
		for (;;)
			;
	}
	close(go[0]);
	CHECK_EQ(clock_getcpuclockid(child, &clock), 0);
	CHECK_EQ(clock, PROCESS_OF(child));
	timer_t timer = new_timer(clock, SIGUSR1, 9);
	struct itimerspec set = in(30 * MS, 0), left;
	CHECK_OK(timer_settime(timer, 0, &set, NULL));
	CHECK_EQ(write(go[1], "x", 1), 1);
	while (!got)
		usleep(1000);
	CHECK_EQ(got_value, 9);
	CHECK(clock_ms(clock) >= 29);
	/* clock_nanosleep until it has used that much more. */
	struct timespec ts = { 0, 20 * MS };
	long before = clock_ms(clock);
	CHECK_EQ(clock_nanosleep(clock, 0, &ts, NULL), 0);
	CHECK(clock_ms(clock) - before >= 19);
	CHECK_OK(timer_settime(timer, 0, &set, NULL));
	kill(child, SIGKILL);
	test_wait(child);
	/* Nobody is there any more. */
	CHECK_ERRNO(clock_gettime(clock, &ts), EINVAL);
	CHECK_ERRNO(timer_create(clock, NULL, &timer), EINVAL);
	CHECK_OK(timer_gettime(timer, &left));
	CHECK_EQ(left.it_value.tv_nsec, 0);
	CHECK_ERRNO(timer_settime(timer, 0, &set, NULL), ESRCH);
	CHECK_OK(timer_delete(timer));
	close(go[1]);
}

TEST(refused)
{
	timer_t timer;
	struct timespec ts;
	CHECK_ERRNO(timer_create(PROCESS_OF(1 << 28), NULL, &timer), EINVAL);
	CHECK_ERRNO(timer_create(THREAD_OF(1), NULL, &timer), EINVAL); /* not of this process */
	CHECK_ERRNO(timer_create(PROCESS_OF(getpid()) | 1, NULL, &timer), EOPNOTSUPP); /* a device's clock */
	CHECK_ERRNO(timer_create(THREAD_OF(0) | 1, NULL, &timer), EINVAL); /* no kind 3 */
	CHECK_ERRNO(clock_gettime(PROCESS_OF(0) | 1, &ts), EINVAL);
	CHECK_ERRNO(clock_gettime(THREAD_OF(1), &ts), EINVAL);
	CHECK_OK(clock_gettime(PROCESS_OF(1), &ts));
	CHECK_OK(clock_getres(PROCESS_OF(getpid()), &ts));
	CHECK_EQ(ts.tv_nsec, 1);
	CHECK_ERRNO(clock_getres(PROCESS_OF(1 << 28), &ts), EINVAL);
	ts = (struct timespec){ 1, 0 };
	CHECK_ERRNO(clock_settime(CLOCK_PROCESS_CPUTIME_ID, &ts), EINVAL);
	CHECK_ERRNO(clock_settime(CLOCK_THREAD_CPUTIME_ID, &ts), EINVAL);
	CHECK_ERRNO(clock_settime(PROCESS_OF(0), &ts), EPERM);
	CHECK_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ts, NULL), EINVAL); /* glibc's own answer */
	CHECK_EQ(clock_nanosleep(THREAD_OF(0), 0, &ts, NULL), EINVAL);
	CHECK_ERRNO(timer_create(CLOCK_MONOTONIC_RAW, NULL, &timer), EOPNOTSUPP);
	CHECK_ERRNO(timer_create(CLOCK_REALTIME_COARSE, NULL, &timer), EOPNOTSUPP);
	CHECK_ERRNO(timer_create(99, NULL, &timer), EINVAL);
}

/* The three kinds of a process's clock: both times, the user's, and exactly. */
TEST(kinds)
{
	clockid_t prof = PROCESS_OF(getpid()) & ~3, virt = prof | 1;
	struct timespec ts;
	got = 0;
	burn_until_signal(30);
	CHECK(clock_ms(prof) >= clock_ms(virt));
	CHECK(clock_ms(prof) > 0);
	CHECK_OK(clock_getres(virt, &ts));
	fires(prof);
	fires(virt);
}

TEST(itimers)
{
	struct sigaction sa = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	struct itimerval set = { { 0, 0 }, { 0, 20000 } }, left;
	sigaction(SIGVTALRM, &sa, NULL);
	sigaction(SIGPROF, &sa, NULL);
	for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
		got = 0;
		CHECK_OK(setitimer(which, &set, NULL));
		CHECK_OK(getitimer(which, &left));
		CHECK(left.it_value.tv_usec > 0);
		burn_until_signal(20000);
		CHECK_EQ(got, 1);
		CHECK_EQ(got_code, SI_KERNEL);
		CHECK_OK(getitimer(which, &left));
		CHECK_EQ(left.it_value.tv_usec, 0);
	}
}

TEST_MAIN
