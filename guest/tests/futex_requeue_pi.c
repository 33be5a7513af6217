// futex(2): FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI, as condition variables use them.
/* test: cflags=-pthread timeout=40 */
#include "futex.h"

#define WAIT FUTEX_WAIT_REQUEUE_PI_PRIVATE
#define REQUEUE FUTEX_CMP_REQUEUE_PI_PRIVATE
#define NUMBER(n) ((void *)(long)(n))

static volatile unsigned cond, pi, other;

struct waiter {
	pthread_t thread;
	struct timespec *timeout;
	volatile int tid, done;
	volatile unsigned got, word;
	volatile unsigned *from;
	int plain;
};

static volatile int order[8], ordered, handled;

static void *wait_for(void *arg)
{
	struct waiter *me = arg;
	volatile unsigned *from = me->from ? me->from : &cond;
	me->tid = gettid_();
	if (me->plain)
		me->got = futex(from, FUTEX_WAIT_PRIVATE, *from, me->timeout, NULL, 0) ? errno : 0;
	else
		me->got = futex(from, WAIT, *from, me->timeout, &pi, 0) ? errno : 0;
	me->word = pi & ~(unsigned)me->tid;
	if (!me->got && !me->plain) {
		order[__atomic_fetch_add(&ordered, 1, __ATOMIC_SEQ_CST)] = me->tid;
		CHECK_EQ(futex(&pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	}
	me->done = 1;
	return NULL;
}

static void start(struct waiter *w, int n)
{
	for (int i = 0; i < n; i++) {
		REQUIRE(pthread_create(&w[i].thread, NULL, wait_for, &w[i]) == 0);
		until_asleep(&w[i].tid);
	}
}

static void join(struct waiter *w, int n, unsigned got)
{
	for (int i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		CHECK_EQ(w[i].got, got);
	}
}

static void lock(void)
{
	CHECK_EQ(futex(&pi, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
}

static void unlock(void)
{
	CHECK_EQ(futex(&pi, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
}

static long requeue(int wake, int move, unsigned value)
{
	return futex(&cond, REQUEUE, wake, NUMBER(move), &pi, value);
}

TEST(errors)
{
	struct timespec bad = { 0, 1000000000 }, past = { 1, 0 };
	cond = 5;
	CHECK_ERRNO(futex(&cond, WAIT, 5, NULL, &cond, 0), EINVAL);
	CHECK_ERRNO(futex(&cond, WAIT, 4, NULL, &pi, 0), EAGAIN);
	CHECK_ERRNO(futex(&cond, WAIT, 5, &bad, &pi, 0), EINVAL);
	CHECK_ERRNO(futex(&cond, WAIT, 4, BAD_PTR, &pi, 0), EFAULT);
	CHECK_ERRNO(futex(&cond, WAIT, 5, NULL, (void *)-4096l, 0), EFAULT);
	CHECK_ERRNO(futex(&cond, WAIT, 5, NULL, (char *)&pi + 1, 0), EINVAL);
	CHECK_ERRNO(futex(NULL, WAIT, 5, NULL, &pi, 0), EFAULT);
	CHECK_ERRNO(futex((char *)&cond + 2, WAIT, 5, NULL, &pi, 0), EINVAL);
	CHECK_ERRNO(futex(&cond, WAIT, 5, &past, &pi, 0), ETIMEDOUT);
	CHECK_ERRNO(futex(&cond, WAIT | FUTEX_CLOCK_REALTIME, 5, &past, &pi, 0), ETIMEDOUT);
	CHECK_ERRNO(requeue(1, 1, 4), EAGAIN);
	CHECK_ERRNO(requeue(0, 1, 5), EINVAL);
	CHECK_ERRNO(requeue(2, 1, 5), EINVAL);
	CHECK_ERRNO(requeue(-1, 1, 5), EINVAL);
	CHECK_ERRNO(requeue(1, -1, 5), EINVAL);
	CHECK_ERRNO(futex(&cond, REQUEUE, 1, NUMBER(1), &cond, 5), EINVAL);
	CHECK_ERRNO(futex(&cond, REQUEUE, 1, NUMBER(1), (void *)-4096l, 5), EFAULT);
	CHECK_ERRNO(futex(&cond, REQUEUE, 1, NUMBER(1), NULL, 5), EFAULT); /* though nobody waits */
	CHECK_ERRNO(futex(NULL, REQUEUE, 1, NUMBER(1), &pi, 5), EFAULT);
	CHECK_ERRNO(futex(&cond, REQUEUE | FUTEX_CLOCK_REALTIME, 1, NUMBER(1), &pi, 5), ENOSYS);
	CHECK_EQ(requeue(1, 1, 5), 0);
	CHECK_EQ(pi, 0);
}

TEST(a_free_futex_is_given)
{
	struct waiter w[3] = { 0 };
	ordered = 0;
	start(w, 1);
	CHECK_EQ(requeue(1, 0, 5), 1);
	join(w, 1, 0);
	CHECK_EQ(w[0].word, 0);
	memset(w, 0, sizeof w);
	ordered = 0;
	start(w, 3);
	CHECK_EQ(requeue(1, INT_MAX, 5), 3);
	join(w, 3, 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(w[i].word, FUTEX_WAITERS);
		CHECK_EQ(order[i], w[i].tid);
	}
	CHECK_EQ(pi, 0);
}

TEST(a_held_futex_is_waited_for)
{
	struct waiter w[4] = { 0 };
	ordered = 0;
	start(w, 4);
	lock();
	CHECK_EQ(requeue(1, 1, 5), 2);
	CHECK_EQ(pi, gettid_() | FUTEX_WAITERS);
	CHECK_ERRNO(futex(&pi, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), EINVAL);
	CHECK(!w[0].done && !w[1].done);
	CHECK_EQ(requeue(1, 0, 5), 1);
	unlock();
	join(w, 3, 0);
	CHECK(!w[3].done);
	CHECK_EQ(pi, 0);
	CHECK_EQ(requeue(1, 9, 5), 1);
	join(w + 3, 1, 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(order[i], w[i].tid);
}

TEST(other_operations)
{
	struct waiter w[2] = { 0 };
	start(w, 1);
	CHECK_ERRNO(futex(&cond, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&cond, FUTEX_CMP_REQUEUE_PRIVATE, 1, NUMBER(1), &other, 5), EINVAL);
	CHECK_ERRNO(futex(&cond, FUTEX_CMP_REQUEUE_PRIVATE, 0, NUMBER(1), &other, 5), EINVAL);
	/* It waits for this futex, no other, */
	CHECK_ERRNO(futex(&cond, REQUEUE, 1, NUMBER(1), &other, 5), EINVAL);
	CHECK_EQ(other, 0);
	/* and not with those who wait for a wake-up. */
	w[1].plain = 1;
	start(w + 1, 1);
	lock();
	CHECK_ERRNO(requeue(1, 1, 5), EINVAL);
	unlock(); /* the first has been moved */
	join(w, 1, 0);
	CHECK_ERRNO(requeue(1, 1, 5), EINVAL);
	CHECK_EQ(futex(&cond, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
	join(w + 1, 1, 0);
	CHECK_EQ(pi, 0);
}

static void count(int sig)
{
	(void)sig;
	handled++;
}

TEST(signals_and_timeouts)
{
	struct sigaction sa = { .sa_handler = count };
	struct waiter w[2] = { 0 };
	sigaction(SIGUSR1, &sa, NULL);
	start(w, 1);
	CHECK_EQ(pthread_kill(w[0].thread, SIGUSR1), 0);
	UNTIL(handled == 1);
	until_asleep(&w[0].tid); /* it is back at the first word */
	lock();
	CHECK_EQ(requeue(1, 0, 5), 1);
	CHECK_EQ(pthread_kill(w[0].thread, SIGUSR1), 0);
	join(w, 1, EAGAIN);
	CHECK_EQ(handled, 2);
	/* The same moment for both sleeps. */
	struct timespec soon;
	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_sec += 1;
	w[1].timeout = &soon;
	start(w + 1, 1);
	CHECK_EQ(requeue(1, 0, 5), 1);
	join(w + 1, 1, ETIMEDOUT);
	CHECK_EQ(pi, gettid_() | FUTEX_WAITERS);
	unlock();
	CHECK_EQ(pi, 0);
}

TEST(a_word_that_lies)
{
	struct waiter w = { 0 };
	start(&w, 1);
	pi = 0x3fffffff;
	CHECK_ERRNO(requeue(1, 0, 5), ESRCH);
	pi = w.tid;
	CHECK_ERRNO(requeue(1, 0, 5), EDEADLK);
	CHECK(!w.done);
	pi = 0;
	CHECK_EQ(requeue(1, 0, 5), 1);
	join(&w, 1, 0);
}

TEST_MAIN
