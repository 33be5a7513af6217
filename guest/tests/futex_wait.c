// futex_wait, of Linux 6.7: when it sleeps, until when, and what ends it.
/* test: skip-oracle cflags=-pthread, needs Linux 6.7 */
#include "futex.h"

static uint32_t a[2] __attribute__((aligned(8))) = { 1, 0 };
static volatile int tid, handled;

static void on_signal(int sig)
{
	handled = sig;
}

static void *sleeper(void *flags)
{
	tid = gettid_();
	long ret = futex_wait_(a, 1, 1, (unsigned)(long)flags, NULL, 0);
	return (void *)(ret ? -(long)errno : 0);
}

TEST(errors)
{
	struct timespec t = { 0, 0 }, bad = { 0, 1000000000 };
	CHECK_ERRNO(futex_wait_(a, 5, 1, SIZE_32, NULL, 0), EAGAIN);
	CHECK_ERRNO(futex_wait_(a, 1, 0, SIZE_32, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_wait_(a, 1, 1, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32 | 32, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_wait_(a, 1ul << 32, 1, SIZE_32, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_wait_(a, 1, 1ul << 32, SIZE_32, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32, &t, 7), EINVAL);
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32, &bad, CLOCK_MONOTONIC), EINVAL);
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32, BAD_PTR, CLOCK_MONOTONIC), EFAULT);
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32, &t, CLOCK_MONOTONIC), ETIMEDOUT);
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32 | PRIVATE, &t, CLOCK_REALTIME), ETIMEDOUT);
	CHECK_ERRNO(futex_wait_((char *)a + 2, 1, 1, SIZE_32, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_wait_(NULL, 1, 1, SIZE_32 | PRIVATE, NULL, 0), EFAULT);
}

TEST(nodes)
{
	struct timespec t = { 0, 0 };
	a[1] = -1;
	CHECK_ERRNO(futex_wait_(a, 5, 1, SIZE_32 | WITH_NODE, NULL, 0), EAGAIN);
	CHECK_EQ(a[1], 0);
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32 | WITH_NODE | BY_POLICY, &t, CLOCK_MONOTONIC), ETIMEDOUT);
	a[1] = -2;
	CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32 | WITH_NODE, &t, CLOCK_MONOTONIC), EINVAL);
	CHECK_ERRNO(futex_wait_(&a[1], -2u, 1, SIZE_32 | WITH_NODE, &t, CLOCK_MONOTONIC), EINVAL);
}

TEST(clocks)
{
	struct timespec t, now;
	int clocks[2] = { CLOCK_REALTIME, CLOCK_MONOTONIC };
	for (int i = 0; i < 2; i++) {
		clock_gettime(clocks[i], &t);
		t.tv_nsec += 30000000;
		t.tv_sec += t.tv_nsec / 1000000000;
		t.tv_nsec %= 1000000000;
		CHECK_ERRNO(futex_wait_(a, 1, 1, SIZE_32, &t, clocks[i]), ETIMEDOUT);
		clock_gettime(clocks[i], &now);
		CHECK(now.tv_sec > t.tv_sec || (now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec));
	}
}

static long sleep_and(unsigned flags, int sig)
{
	pthread_t thread;
	void *ret;
	tid = handled = 0;
	REQUIRE(pthread_create(&thread, NULL, sleeper, (void *)(long)flags) == 0);
	until_asleep(&tid);
	if (sig) {
		CHECK_EQ(pthread_kill(thread, sig), 0);
		UNTIL(handled);
		/* Restarted, it has to be woken after all. */
		if (sig == SIGUSR2)
			CHECK_EQ(({ until_asleep(&tid); futex(a, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }), 1);
	} else {
		CHECK_EQ(futex(a, flags & PRIVATE ? FUTEX_WAKE_PRIVATE : FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	}
	pthread_join(thread, &ret);
	return (long)ret;
}

TEST(wake_ups)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &sa, NULL);
	CHECK_EQ(sleep_and(SIZE_32 | PRIVATE, 0), 0);
	CHECK_EQ(sleep_and(SIZE_32, 0), 0);
	CHECK_EQ(sleep_and(SIZE_32 | PRIVATE, SIGUSR1), -EINTR);
	CHECK_EQ(sleep_and(SIZE_32 | PRIVATE, SIGUSR2), 0);
}

int main(void)
{
	if (futex_wake_(a, 1, 1, SIZE_32) == -1 && errno == ENOSYS)
		SKIP("no futex_wait here");
	return test_run_cases();
}
