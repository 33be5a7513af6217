// futex(2): the holder of a futex with priority inheritance runs with its best waiter's priority.
/* test: guest-only cflags=-pthread timeout=40, it needs real-time priorities */
#include "futex.h"
#include <sched.h>

/* All on one processor. The busy thread would run for ever before those below it, the test before all. */
enum { TEST_PRIO = 50, HIGH = 30, BUSY = 20, LOW = 10 };

static volatile unsigned first, second;
static volatile int go, stop;

static void become(int tid, int prio)
{
	struct sched_param param = { .sched_priority = prio };
	CHECK_OK(sched_setscheduler(tid, prio ? SCHED_FIFO : SCHED_OTHER, &param));
}

struct job {
	pthread_t thread;
	int prio;
	volatile unsigned *holds, *wants;
	volatile int tid, holding, done;
};

static void *work(void *arg)
{
	struct job *me = arg;
	if (me->holds)
		CHECK_EQ(futex(me->holds, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	become(0, me->prio);
	me->holding = 1;
	me->tid = gettid_();
	if (me->wants) {
		CHECK_EQ(futex(me->wants, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
		CHECK_EQ(futex(me->wants, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	} else {
		while (!go)
			;
	}
	if (me->holds)
		CHECK_EQ(futex(me->holds, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	me->done = 1;
	return NULL;
}

static void *keep_busy(void *arg)
{
	struct job *me = arg;
	me->tid = gettid_();
	become(0, BUSY);
	while (!stop)
		;
	return NULL;
}

static void start(struct job *job, void *(*run)(void *))
{
	REQUIRE(pthread_create(&job->thread, NULL, run, job) == 0);
}

/* At most five seconds; whether it came. */
static int comes(volatile int *what)
{
	for (int i = 0; i < 5000 && !*what; i++)
		usleep(1000);
	return *what;
}

static void setup(void)
{
	cpu_set_t cpu;
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	CHECK_OK(sched_setaffinity(0, sizeof cpu, &cpu));
	become(0, TEST_PRIO);
	go = stop = 0;
	first = second = 0;
}

/* The jobs one after the other, the first until it holds something, the others until they sleep; then one that
 * keeps the processor busy. */
static void set_out(struct job *jobs, int n, struct job *busy)
{
	setup();
	for (int i = 0; i < n; i++) {
		start(&jobs[i], work);
		if (i == 0)
			UNTIL(jobs[i].tid);
		else
			until_asleep(&jobs[i].tid);
	}
	start(busy, keep_busy);
	UNTIL(busy->tid);
	go = 1;
}

static void finish(struct job *jobs, int n, struct job *busy)
{
	stop = 1;
	for (int i = 0; i < n; i++)
		pthread_join(jobs[i].thread, NULL);
	pthread_join(busy->thread, NULL);
}

/* The low one holds what the high one wants; the busy one in between is not to matter. */
static void invert(int low_prio)
{
	struct job jobs[] = { { .prio = low_prio, .holds = &first }, { .prio = HIGH, .wants = &first } };
	struct job busy = { 0 }, *low = &jobs[0];
	set_out(jobs, 2, &busy);
	CHECK(comes(&jobs[1].done));
	struct sched_param param;
	/* It is nobody else's business. */
	CHECK_EQ(sched_getscheduler(low->tid), low_prio ? SCHED_FIFO : SCHED_OTHER);
	CHECK_OK(sched_getparam(low->tid, &param));
	CHECK_EQ(param.sched_priority, low_prio);
	/* Having let go, it has to wait for the busy one again. (Ordinary threads get a little time of each second.) */
	usleep(20000);
	CHECK(!low_prio || !low->done);
	finish(jobs, 2, &busy);
}

TEST(real_time_holder)
{
	invert(LOW);
}

TEST(ordinary_holder)
{
	invert(0);
}

/* The high one waits for one who waits for the low one. */
TEST(chain)
{
	struct job jobs[] = { { .prio = LOW, .holds = &first },
			      { .prio = LOW, .holds = &second, .wants = &first },
			      { .prio = HIGH, .wants = &second } };
	struct job busy = { 0 };
	set_out(jobs, 3, &busy);
	CHECK(comes(&jobs[2].done));
	finish(jobs, 3, &busy);
}

/* The waiter's priority is changed while it waits. */
TEST(change)
{
	struct job jobs[] = { { .prio = LOW, .holds = &first }, { .prio = LOW, .wants = &first } }, busy = { 0 };
	set_out(jobs, 2, &busy);
	usleep(20000);
	CHECK(!jobs[1].done && !jobs[0].done);
	become(jobs[1].tid, HIGH);
	CHECK(comes(&jobs[1].done));
	finish(jobs, 2, &busy);
}

static struct job *volatile got[4];
static volatile int count;

static void *queue_up(void *arg)
{
	struct job *me = arg;
	become(0, me->prio);
	me->tid = gettid_();
	if (me->wants == &first) {
		CHECK_EQ(futex(me->wants, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
		got[count++] = me;
		CHECK_EQ(futex(me->wants, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	} else {
		CHECK_EQ(futex(me->wants, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), 0);
		got[__atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST)] = me;
	}
	return NULL;
}

/* The best waiter is served first; of equals the one that came first. Plain waiters, too. */
static void in_order(volatile unsigned *word)
{
	static const int best[4] = { 1, 3, 2, 0 };
	struct job jobs[4] = { { .prio = 0 }, { .prio = 40 }, { .prio = 12 }, { .prio = 33 } };
	setup();
	count = 0;
	CHECK_EQ(futex(&first, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	for (int i = 0; i < 4; i++) {
		jobs[i].wants = word;
		start(&jobs[i], queue_up);
		until_asleep(&jobs[i].tid);
	}
	for (int i = 0; word == &second && i < 4; i++) {
		CHECK_EQ(futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
		UNTIL(count == i + 1);
	}
	CHECK_EQ(futex(&first, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(jobs[i].thread, NULL);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(got[i] - jobs, best[i]);
}

TEST(order)
{
	in_order(&first);
	in_order(&second);
}

TEST_MAIN
