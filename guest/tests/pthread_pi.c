// glibc's mutexes with PTHREAD_PRIO_INHERIT: with condition variables, robust, between processes, under load.
/* test: cflags=-pthread timeout=60 slow */
#include "test.h"
#include <pthread.h>

#define THREADS 6
#define ROUNDS 300

struct shared {
	pthread_mutex_t mutex, second;
	pthread_cond_t cond;
	int turn, count, sum;
};

static struct shared *s;

static void make(int robust, int pshared)
{
	pthread_mutexattr_t attr;
	pthread_condattr_t cattr;
	CHECK_EQ(pthread_mutexattr_init(&attr), 0);
	CHECK_EQ(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT), 0);
	if (robust)
		CHECK_EQ(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
	if (pshared)
		CHECK_EQ(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
	CHECK_EQ(pthread_condattr_init(&cattr), 0);
	if (pshared)
		CHECK_EQ(pthread_condattr_setpshared(&cattr, PTHREAD_PROCESS_SHARED), 0);
	memset(s, 0, sizeof *s);
	CHECK_EQ(pthread_mutex_init(&s->mutex, &attr), 0);
	CHECK_EQ(pthread_mutex_init(&s->second, &attr), 0);
	CHECK_EQ(pthread_cond_init(&s->cond, &cattr), 0);
}

static void *add(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
		int seen = s->count;
		if (i % 16 == (long)arg)
			sched_yield();
		s->count = seen + 1;
		if (i % 8 == 0) {
			CHECK_EQ(pthread_mutex_lock(&s->second), 0);
			s->sum++;
			CHECK_EQ(pthread_mutex_unlock(&s->second), 0);
		}
		CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
	}
	return NULL;
}

static void run(void *(*what)(void *))
{
	pthread_t thread[THREADS];
	for (long i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&thread[i], NULL, what, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
}

TEST(threads)
{
	make(0, 0);
	run(add);
	CHECK_EQ(s->count, THREADS * ROUNDS);
	CHECK_EQ(s->sum, THREADS * ((ROUNDS + 7) / 8));
	CHECK_EQ(s->mutex.__data.__lock, 0);
}

TEST(processes)
{
	pid_t child[3];
	make(1, 1);
	for (int i = 0; i < 3; i++) {
		child[i] = test_fork();
		if (child[i] == 0) {
			add((void *)(long)i);
			_exit(test_failures);
		}
	}
	for (int i = 0; i < 3; i++)
		CHECK_EQ(test_wait(child[i]), 0);
	CHECK_EQ(s->count, 3 * ROUNDS);
	CHECK_EQ(s->mutex.__data.__lock, 0);
}

static void *take_turns(void *arg)
{
	for (int i = 0; i < ROUNDS / 5; i++) {
		CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
		while (s->turn != (long)arg)
			CHECK_EQ(pthread_cond_wait(&s->cond, &s->mutex), 0);
		s->turn = (s->turn + 1) % THREADS;
		s->count++;
		CHECK_EQ(pthread_cond_broadcast(&s->cond), 0);
		CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
	}
	return NULL;
}

TEST(conditions)
{
	make(0, 0);
	run(take_turns);
	CHECK_EQ(s->count, THREADS * (ROUNDS / 5));
}

TEST(errors)
{
	struct timespec past = { 1, 0 };
	make(0, 1);
	CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(pthread_mutex_trylock(&s->mutex), EBUSY);
		CHECK_EQ(pthread_mutex_timedlock(&s->mutex, &past), ETIMEDOUT);
	}), 0);
	CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
	CHECK_EQ(s->mutex.__data.__lock, 0);
}

/* The owner ends in one of three ways, with somebody waiting. */
static void owner_ends(int how)
{
	make(1, 1);
	pid_t owner = test_fork();
	if (owner == 0) {
		CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
		s->turn = 1;
		while (s->turn != 2)
			usleep(500);
		if (how == 0)
			_exit(0);
		if (how == 1)
			kill(getpid(), SIGKILL);
		execl("/proc/self/exe", "pthread_pi", "child", NULL);
		_exit(9);
	}
	while (s->turn != 1)
		usleep(500);
	pid_t heir = test_fork();
	if (heir == 0) {
		CHECK_EQ(pthread_mutex_trylock(&s->mutex), EBUSY);
		s->turn = 2;
		CHECK_EQ(pthread_mutex_lock(&s->mutex), EOWNERDEAD);
		CHECK_EQ(pthread_mutex_consistent(&s->mutex), 0);
		CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
		_exit(test_failures);
	}
	CHECK_EQ(test_wait(heir), 0);
	CHECK_EQ(test_wait(owner), how == 1 ? SIGKILL : 0);
	CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
}

TEST(owners_end)
{
	for (int how = 0; how < 3; how++)
		owner_ends(how);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 0;
	s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(s != MAP_FAILED);
	return test_run_cases();
}
