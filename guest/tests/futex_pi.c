// futex(2) with priority inheritance: what the word says, who gets the futex, and every error.
/* test: cflags=-pthread timeout=40 */
#include "futex.h"
#include <stddef.h>

#define LOCK FUTEX_LOCK_PI_PRIVATE
#define TRY FUTEX_TRYLOCK_PI_PRIVATE
#define UNLOCK FUTEX_UNLOCK_PI_PRIVATE

struct pi {
	struct robust_list list;
	volatile unsigned word;
};

static struct pi a, b;
static volatile int tids[8];
static volatile int go;

static unsigned op(struct pi *pi, int op)
{
	return futex(&pi->word, op, 0, NULL, NULL, 0) ? errno : 0;
}

/* Takes a free futex as a program does, without the kernel. */
static void grab(struct pi *pi)
{
	unsigned none = 0;
	while (!__atomic_compare_exchange_n(&pi->word, &none, gettid_(), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		none = 0;
}

struct waiter {
	pthread_t thread;
	struct pi *pi;
	volatile int tid;
	volatile unsigned got, word;
	int hold;
};

static volatile int order[8], ordered;

static void *wait_for(void *arg)
{
	struct waiter *me = arg;
	me->tid = gettid_();
	me->got = futex(&me->pi->word, LOCK, 0, NULL, NULL, 0) ? errno : 0;
	me->word = me->pi->word & ~(unsigned)me->tid;
	if (me->got)
		return NULL;
	order[__atomic_fetch_add(&ordered, 1, __ATOMIC_SEQ_CST)] = me->tid;
	while (me->hold)
		usleep(500);
	CHECK_EQ(op(me->pi, UNLOCK), 0);
	return NULL;
}

static void start(struct waiter *w, struct pi *pi)
{
	w->pi = pi;
	REQUIRE(pthread_create(&w->thread, NULL, wait_for, w) == 0);
	until_asleep(&w->tid);
}

TEST(free_futex)
{
	unsigned me = gettid_();
	a.word = 0;
	CHECK_EQ(op(&a, LOCK), 0);
	CHECK_EQ(a.word, me);
	CHECK_EQ(op(&a, LOCK), EDEADLK);
	CHECK_EQ(op(&a, TRY), EDEADLK);
	CHECK_EQ(op(&a, UNLOCK), 0);
	CHECK_EQ(a.word, 0);
	CHECK_EQ(op(&a, UNLOCK), EPERM);
	CHECK_EQ(op(&a, TRY), 0);
	CHECK_EQ(a.word, me);
	CHECK_EQ(op(&a, FUTEX_UNLOCK_PI), 0);
	/* Who died left the bit, which stays until the new owner takes it away. */
	a.word = FUTEX_OWNER_DIED;
	CHECK_EQ(op(&a, LOCK), 0);
	CHECK_EQ(a.word, me | FUTEX_OWNER_DIED);
	CHECK_EQ(op(&a, UNLOCK), 0);
	CHECK_EQ(a.word, 0);
	a.word = FUTEX_OWNER_DIED | FUTEX_WAITERS;
	CHECK_EQ(op(&a, TRY), 0);
	CHECK_EQ(a.word, me | FUTEX_OWNER_DIED);
	a.word = me | FUTEX_WAITERS | FUTEX_OWNER_DIED;
	CHECK_EQ(op(&a, UNLOCK), 0);
	CHECK_EQ(a.word, 0);
}

TEST(addresses)
{
	int ops[] = { FUTEX_LOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI, FUTEX_LOCK_PI2 };
	unsigned *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int has_pi2 = !(futex(&a.word, FUTEX_LOCK_PI2, 0, NULL, NULL, 0) == -1 && errno == ENOSYS);
	a.word = 0;
	for (int i = 0; i < (has_pi2 ? 4 : 3); i++) {
		int unlock = ops[i] == FUTEX_UNLOCK_PI;
		for (int private = 0; private <= FUTEX_PRIVATE_FLAG; private += FUTEX_PRIVATE_FLAG) {
			int op = ops[i] | private;
			CHECK_ERRNO(futex((char *)&a.word + 1, op, 0, NULL, NULL, 0), unlock ? EPERM : EINVAL);
			CHECK_ERRNO(futex(NULL, op, 0, NULL, NULL, 0), EFAULT);
			CHECK_ERRNO(futex((void *)-4096l, op, 0, NULL, NULL, 0), EFAULT);
			CHECK_ERRNO(futex(page, op, 0, NULL, NULL, 0), unlock ? EPERM : EFAULT);
		}
	}
	CHECK_OK(mprotect(page, 4096, PROT_READ | PROT_WRITE));
	CHECK_EQ(futex(page, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0); /* not even there before */
	CHECK_OK(mprotect(page, 4096, PROT_READ));
	CHECK_ERRNO(futex(page, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(page, UNLOCK, 0, NULL, NULL, 0), EFAULT);
	munmap(page, 4096);
}

TEST(timeouts)
{
	struct timespec bad = { 0, 1000000000 }, negative = { -1, 0 }, past = { 1, 0 }, now;
	pthread_t thread;
	struct waiter w = { .hold = 1 };
	(void)thread;
	a.word = 0;
	CHECK_ERRNO(futex(&a.word, LOCK, 0, &bad, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&a.word, LOCK, 0, &negative, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&a.word, LOCK, 0, BAD_PTR, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(&a.word, LOCK | FUTEX_CLOCK_REALTIME, 0, &past, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex(&a.word, TRY | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex(&a.word, UNLOCK | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0), ENOSYS);
	CHECK_EQ(futex(&a.word, LOCK, 0, &past, NULL, 0), 0); /* a free one is taken whatever the time */
	CHECK_EQ(futex(&a.word, TRY, 0, BAD_PTR, NULL, 0), -1);
	CHECK_EQ(errno, EDEADLK); /* the timeout is not looked at */
	CHECK_EQ(op(&a, UNLOCK), 0);
	/* Held by another. */
	w.pi = &a;
	REQUIRE(pthread_create(&w.thread, NULL, wait_for, &w) == 0);
	UNTIL(a.word && w.tid);
	CHECK_EQ(a.word, w.tid);
	CHECK_EQ(op(&a, TRY), EAGAIN);
	CHECK_EQ(a.word, w.tid | FUTEX_WAITERS);
	CHECK_ERRNO(futex(&a.word, LOCK, 0, &past, NULL, 0), ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_nsec += 20000000;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	CHECK_ERRNO(futex(&a.word, LOCK, 0, &now, NULL, 0), ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &now);
	CHECK_ERRNO(futex(&a.word, FUTEX_LOCK_PI2, 0, &now, NULL, 0), ETIMEDOUT);
	CHECK_ERRNO(futex(&a.word, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, &past, NULL, 0), ETIMEDOUT);
	CHECK_EQ(a.word, w.tid | FUTEX_WAITERS);
	CHECK_EQ(op(&a, UNLOCK), EPERM);
	w.hold = 0;
	pthread_join(w.thread, NULL);
	CHECK_EQ(a.word, 0);
}

TEST(handing_over)
{
	struct waiter w[4] = { 0 };
	a.word = 0;
	ordered = 0;
	grab(&a);
	for (int i = 0; i < 4; i++)
		start(&w[i], &a);
	CHECK_EQ(a.word, gettid_() | FUTEX_WAITERS);
	/* They can be reached by letting go only. */
	CHECK_EQ(op(&a, FUTEX_WAKE_PRIVATE), EINVAL);
	CHECK_ERRNO(futex(&a.word, FUTEX_REQUEUE_PRIVATE, 1, (void *)1, &b.word, 0), EINVAL);
	CHECK_ERRNO(futex(&a.word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1, &b.word, a.word), EINVAL);
	CHECK_ERRNO(futex(&a.word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &b.word, 0), EINVAL);
	CHECK_ERRNO(futex(&a.word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 1), EINVAL);
	CHECK_EQ(op(&a, UNLOCK), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(w[i].thread, NULL);
		CHECK_EQ(w[i].got, 0);
		CHECK_EQ(w[i].word, FUTEX_WAITERS);
		CHECK_EQ(order[i], w[i].tid);
	}
	CHECK_EQ(a.word, 0);
}

TEST(a_word_that_lies)
{
	struct waiter w = { 0 };
	pid_t child = test_fork();
	if (child == 0)
		_exit(0);
	CHECK_EQ(test_wait(child), 0);
	a.word = child;
	CHECK_EQ(op(&a, LOCK), ESRCH);
	CHECK_EQ(a.word, child | FUTEX_WAITERS);
	CHECK_EQ(op(&a, TRY), ESRCH);
	a.word = 0x3fffffff;
	CHECK_EQ(op(&a, LOCK), ESRCH);
	/* Another than the one that the waiters wait for. */
	a.word = 0;
	grab(&a);
	start(&w, &a);
	unsigned right = a.word;
	a.word = w.tid | FUTEX_WAITERS;
	CHECK_EQ(op(&a, LOCK), EINVAL);
	CHECK_EQ(op(&a, TRY), EINVAL);
	CHECK_EQ(op(&a, UNLOCK), EPERM);
	a.word = 0;
	CHECK_EQ(op(&a, LOCK), EINVAL);
	a.word = 1 | FUTEX_OWNER_DIED;
	CHECK_EQ(op(&a, LOCK), EINVAL);
	a.word = right;
	CHECK_EQ(op(&a, LOCK), EDEADLK);
	CHECK_EQ(op(&a, UNLOCK), 0);
	pthread_join(w.thread, NULL);
	CHECK_EQ(w.got, 0);
	/* A futex of the kernel's own threads. */
	if (access("/proc/2/exe", F_OK) != 0 && access("/proc/2/stat", F_OK) == 0) {
		char link[8];
		if (readlink("/proc/2/exe", link, sizeof link) < 0 && errno == ENOENT) {
			a.word = 2;
			CHECK_EQ(op(&a, LOCK), EPERM);
		}
	}
}

static void *plain_wait(void *arg)
{
	tids[0] = gettid_();
	return (void *)futex(arg, FUTEX_WAIT_PRIVATE, *(unsigned *)arg, NULL, NULL, 0);
}

TEST(mixed_with_plain_waiters)
{
	pthread_t thread;
	a.word = gettid_();
	tids[0] = 0;
	REQUIRE(pthread_create(&thread, NULL, plain_wait, (void *)&a.word) == 0);
	until_asleep(&tids[0]);
	CHECK_EQ(op(&a, UNLOCK), EINVAL);
	a.word = tids[0];
	CHECK_EQ(op(&a, LOCK), EINVAL);
	CHECK_EQ(op(&a, TRY), EINVAL);
	CHECK_EQ(a.word, tids[0]);
	CHECK_EQ(futex(&a.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
	pthread_join(thread, NULL);
}

static void *other_way_round(void *arg)
{
	struct waiter *me = arg;
	grab(&b);
	me->tid = gettid_();
	me->got = op(&a, LOCK);
	if (!me->got)
		CHECK_EQ(op(&a, UNLOCK), 0);
	CHECK_EQ(op(&b, UNLOCK), 0);
	return NULL;
}

TEST(circles)
{
	struct waiter w = { 0 };
	a.word = b.word = 0;
	grab(&a);
	REQUIRE(pthread_create(&w.thread, NULL, other_way_round, &w) == 0);
	until_asleep(&w.tid);
	CHECK_EQ(op(&b, LOCK), EDEADLK);
	CHECK_EQ(b.word, w.tid | FUTEX_WAITERS);
	CHECK_EQ(op(&b, TRY), EAGAIN);
	CHECK_EQ(op(&a, UNLOCK), 0);
	pthread_join(w.thread, NULL);
	CHECK_EQ(w.got, 0);
	CHECK_EQ(b.word, 0);
}

static struct robust_list_head head;

static void *die_holding(void *robust)
{
	grab(&a);
	grab(&b);
	if (robust) {
		head.list.next = (void *)((uintptr_t)&a.list | 1);
		head.futex_offset = offsetof(struct pi, word);
		head.list_op_pending = NULL;
		a.list.next = (void *)((uintptr_t)&b.list | 1);
		b.list.next = &head.list;
		syscall(SYS_set_robust_list, &head, sizeof head);
	}
	tids[0] = gettid_();
	while (!go)
		usleep(500);
	syscall(SYS_exit, 0);
	return NULL;
}

static void owner_dies(int robust)
{
	struct waiter w[3] = { 0 };
	pthread_t thread;
	a.word = b.word = 0;
	tids[0] = go = ordered = 0;
	REQUIRE(pthread_create(&thread, NULL, die_holding, (void *)(long)robust) == 0);
	UNTIL(tids[0]);
	for (int i = 0; i < 3; i++)
		start(&w[i], i < 2 ? &a : &b);
	go = 1;
	pthread_join(thread, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(w[i].thread, NULL);
		CHECK_EQ(w[i].got, 0);
		/* The first is told; it has unlocked, as if it had repaired all, before the second. */
		CHECK_EQ(w[i].word, FUTEX_WAITERS | (i == 1 ? 0 : FUTEX_OWNER_DIED));
	}
	CHECK_EQ(a.word, 0);
	CHECK_EQ(b.word, 0);
}

TEST(the_owner_ends)
{
	owner_dies(0);
	owner_dies(1);
}

static volatile int handled;

static void count(int sig)
{
	(void)sig;
	handled++;
}

TEST(signals)
{
	struct sigaction sa = { .sa_handler = count };
	struct waiter w = { 0 };
	sigaction(SIGUSR1, &sa, NULL);
	a.word = 0;
	grab(&a);
	start(&w, &a);
	for (int i = 1; i <= 3; i++) {
		CHECK_EQ(pthread_kill(w.thread, SIGUSR1), 0);
		UNTIL(handled == i);
		until_asleep(&w.tid);
	}
	CHECK_EQ(op(&a, UNLOCK), 0);
	pthread_join(w.thread, NULL);
	CHECK_EQ(w.got, 0); /* it goes on after the handler, with or without SA_RESTART */
}

/* Two processes, one word at two addresses; the owner is killed. */
TEST(shared)
{
	int fd = make_file("f", "");
	CHECK_OK(ftruncate(fd, 8192));
	volatile unsigned *one = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	volatile unsigned *two = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
	REQUIRE(one != MAP_FAILED && two != MAP_FAILED);
	one += 1024;
	pid_t owner = test_fork();
	if (owner == 0) {
		CHECK_EQ(futex(one, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
		for (;;)
			pause();
	}
	UNTIL(*two == (unsigned)owner);
	int waiter = owner;
	pid_t child = test_fork();
	if (child == 0) {
		CHECK_EQ(futex(two, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
		CHECK_EQ(*two, gettid_() | FUTEX_WAITERS | FUTEX_OWNER_DIED);
		CHECK_EQ(futex(two, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
		_exit(test_failures);
	}
	waiter = child;
	until_asleep(&waiter);
	CHECK_EQ(*two, owner | FUTEX_WAITERS);
	kill(owner, SIGKILL);
	test_wait(owner);
	CHECK_EQ(test_wait(child), 0);
	CHECK_EQ(*one, 0);
	/* Private operations on memory that is shared see other waiters. */
	CHECK_EQ(futex(one, LOCK, 0, NULL, NULL, 0), 0);
	CHECK_EQ(futex(two, UNLOCK, 0, NULL, NULL, 0), 0);
}

TEST_MAIN
