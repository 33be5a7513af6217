// futex(2): waiting, waking, requeueing, and the operations on two words.
/* test: cflags=-pthread timeout=30 */
#include "futex.h"

#define NUMBER(n) ((void *)(long)(n))
#define WAITERS 8

struct waiter {
	pthread_t thread;
	volatile int *word;
	unsigned bitset;
	volatile int tid;
};

static struct waiter waiters[WAITERS];
static volatile int a, b;

static void *wait_once(void *arg)
{
	struct waiter *me = arg;
	me->tid = gettid_();
	return (void *)futex(me->word, FUTEX_WAIT_BITSET, *me->word, NULL, NULL, me->bitset);
}

static void start(int n, volatile int *word, unsigned bitset)
{
	for (int i = 0; i < n; i++) {
		waiters[i] = (struct waiter){ .word = word, .bitset = bitset ? bitset : 1u << i };
		REQUIRE(pthread_create(&waiters[i].thread, NULL, wait_once, &waiters[i]) == 0);
		until_asleep(&waiters[i].tid);
	}
}

static void join(int from, int to)
{
	void *result;
	for (int i = from; i < to; i++) {
		pthread_join(waiters[i].thread, &result);
		CHECK_EQ((long)result, 0);
	}
}

TEST(wait_errors)
{
	struct timespec zero = { 0, 0 }, bad = { 0, 1000000000 }, negative = { -1, 0 };
	a = 5;
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN);
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 4, &bad, NULL, 0), EINVAL); /* before the look at the word */
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 4, &negative, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 4, BAD_PTR, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 5, &zero, NULL, 0), ETIMEDOUT);
	CHECK_ERRNO(futex((int *)((char *)&a + 1), FUTEX_WAIT, 5, &zero, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((int *)((char *)&a + 2), FUTEX_WAKE, 1, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(NULL, FUTEX_WAIT, 5, &zero, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((int *)4096, FUTEX_WAIT_PRIVATE, 5, &zero, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((int *)-4096l, FUTEX_WAIT, 5, &zero, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((int *)-4096l, FUTEX_WAKE, 5, &zero, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((int *)4096, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
	CHECK_EQ(futex((int *)4096, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	CHECK_ERRNO(futex(&a, FUTEX_WAIT_BITSET, 5, &zero, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&a, FUTEX_WAKE_BITSET, 5, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&a, FUTEX_FD, 5, NULL, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex(&a, 99, 5, NULL, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex(&a, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 5, &zero, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex(&a, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 5, &bad, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&a, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 5, BAD_PTR, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(&a, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 5, NULL, NULL, 0), ENOSYS);
}

TEST(timeouts)
{
	struct timespec ts, before, after;
	a = 1;
	clock_gettime(CLOCK_MONOTONIC, &before);
	ts = (struct timespec){ 0, 50000000 };
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 1, &ts, NULL, 0), ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK((after.tv_sec - before.tv_sec) * 1000000000l + after.tv_nsec - before.tv_nsec >= 50000000);
	/* FUTEX_WAIT_BITSET: a time, of either clock. */
	ts = after;
	ts.tv_nsec += 50000000;
	ts.tv_sec += ts.tv_nsec / 1000000000;
	ts.tv_nsec %= 1000000000;
	CHECK_ERRNO(futex(&a, FUTEX_WAIT_BITSET, 1, &ts, NULL, ~0u), ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK(after.tv_sec > ts.tv_sec || (after.tv_sec == ts.tv_sec && after.tv_nsec >= ts.tv_nsec));
	CHECK_ERRNO(futex(&a, FUTEX_WAIT_BITSET, 1, &before, NULL, ~0u), ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec -= 1;
	CHECK_ERRNO(futex(&a, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &ts, NULL, ~0u), ETIMEDOUT);
}

TEST(wake)
{
	a = 1;
	start(4, &a, ~0u);
	CHECK_EQ(futex(&a, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	join(0, 1); /* in the order in which they came */
	CHECK_EQ(futex(&a, FUTEX_WAKE, 0, NULL, NULL, 0), 1); /* at least one */
	join(1, 2);
	CHECK_EQ(futex(&a, FUTEX_WAKE, INT_MAX, NULL, NULL, 0), 2);
	join(2, 4);
	CHECK_EQ(futex(&a, FUTEX_WAKE, INT_MAX, NULL, NULL, 0), 0);
}

TEST(bitset)
{
	a = 1;
	start(4, &a, 0); /* bits 1, 2, 4, 8 */
	CHECK_EQ(futex(&a, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, 0x10), 0);
	CHECK_EQ(futex(&a, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, 0x14), 1);
	join(2, 3);
	CHECK_EQ(futex(&a, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, 3), 2);
	join(0, 2);
	CHECK_EQ(futex(&a, FUTEX_WAKE, 5, NULL, NULL, 0), 1);
	join(3, 4);
}

TEST(requeue)
{
	a = 1;
	CHECK_ERRNO(futex(&a, FUTEX_CMP_REQUEUE, 1, NUMBER(1), &b, 7), EAGAIN);
	CHECK_ERRNO(futex(&a, FUTEX_CMP_REQUEUE, -1, NUMBER(1), &b, 1), EINVAL);
	CHECK_ERRNO(futex(&a, FUTEX_CMP_REQUEUE, 1, NUMBER(-1), &b, 1), EINVAL);
	CHECK_ERRNO(futex(&a, FUTEX_REQUEUE, -1, NUMBER(1), &b, 1), EINVAL);
	CHECK_ERRNO(futex(&a, FUTEX_REQUEUE, 1, NUMBER(1), NULL, 1), EFAULT);
	start(5, &a, ~0u);
	CHECK_EQ(futex(&a, FUTEX_CMP_REQUEUE, 1, NUMBER(2), &b, 1), 3); /* woken and moved */
	join(0, 1);
	CHECK_EQ(futex(&b, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	join(1, 2);
	CHECK_EQ(futex(&a, FUTEX_REQUEUE, 0, NUMBER(1), &b, 0), 1);
	CHECK_EQ(futex(&a, FUTEX_WAKE, 5, NULL, NULL, 0), 1);
	CHECK_EQ(futex(&b, FUTEX_WAKE, 5, NULL, NULL, 0), 2);
	join(2, 5);
}

static unsigned wake_op(int op, int oparg, int cmp, int cmparg)
{
	return FUTEX_OP(op, oparg, cmp, cmparg);
}

TEST(wake_op)
{
	a = 1;
	b = 10;
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(b, 15);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_ADD, -6, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(b, 9);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_OR, 6, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(b, 15);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_ANDN, 3, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(b, 12);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_XOR, 5, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(b, 9);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_SET, 77, FUTEX_OP_CMP_EQ, 0)), 0);
	CHECK_EQ(b, 77);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 4, 0, 0)), 0);
	CHECK_EQ(b, 16);
	CHECK_ERRNO(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(5, 4, 0, 0)), ENOSYS);
	CHECK_EQ(b, 16);
	/* A comparison that isn't one is noticed after the change. */
	CHECK_ERRNO(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_SET, 4, 6, 0)), ENOSYS);
	CHECK_EQ(b, 4);
	CHECK_ERRNO(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_ADD, 3, 15, 0)), ENOSYS);
	CHECK_EQ(b, 7);
	CHECK_ERRNO(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), NULL, 0), EFAULT);
	/* The second word's waiters only if the old value compares. */
	b = 3;
	start(2, &b, ~0u);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(5), &b, wake_op(FUTEX_OP_SET, 4, FUTEX_OP_CMP_GT, 3)), 0);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(1), &b, wake_op(FUTEX_OP_SET, -1, FUTEX_OP_CMP_GE, 4)), 1);
	join(0, 1);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 1, NUMBER(5), &b, wake_op(FUTEX_OP_SET, 4, FUTEX_OP_CMP_LT, 0)), 1);
	join(1, 2);
	/* The first word's always. */
	start(2, &a, ~0u);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP, 2, NUMBER(5), &b, wake_op(FUTEX_OP_SET, 4, FUTEX_OP_CMP_NE, 4)), 2);
	join(0, 2);
}

/* Shared memory: the same word at two addresses, in two processes; private waiters are not found. */
TEST(shared)
{
	volatile int *one, *two;
	int fd = make_file("f", "");
	CHECK_OK(ftruncate(fd, 8192));
	one = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	two = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
	REQUIRE(one != MAP_FAILED && two != MAP_FAILED);
	one += 1024;
	pid_t child = test_fork();
	if (child == 0)
		_exit(futex(two, FUTEX_WAIT, 0, NULL, NULL, 0) != 0);
	int woken = 0;
	for (int i = 0; i < 5000 && woken != 1; i++) {
		CHECK_EQ(futex(one, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
		woken = futex(one, FUTEX_WAKE, 1, NULL, NULL, 0);
		usleep(1000);
	}
	CHECK_EQ(woken, 1);
	CHECK_EQ(test_wait(child), 0);
	/* A private mapping's page belongs to each process alone, after a fork. */
	int *mine = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct timespec short_time = { 0, 50000000 };
	child = test_fork();
	if (child == 0) {
		CHECK_ERRNO(futex(mine, FUTEX_WAIT, 0, &short_time, NULL, 0), ETIMEDOUT);
		_exit(test_failures);
	}
	usleep(20000);
	CHECK_EQ(futex(mine, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	CHECK_EQ(test_wait(child), 0);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(signals)
{
	struct itimerval soon = { { 0, 0 }, { 0, 50000 } };
	struct timespec second = { 1, 0 };
	struct sigaction sa = { .sa_handler = nothing };
	a = 1;
	sigaction(SIGALRM, &sa, NULL);
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 1, NULL, NULL, 0), EINTR);
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 1, &second, NULL, 0), EINTR);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_ERRNO(futex(&a, FUTEX_WAIT, 1, &second, NULL, 0), EINTR); /* with a span it isn't restarted */
}

TEST_MAIN
