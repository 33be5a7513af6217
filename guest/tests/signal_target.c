// Which thread takes a signal that is sent to the process (signal(7)): the first thread if it can, else one goes on being chosen.
/* test: cflags=-pthread */
#include "test.h"
#include <pthread.h>
#include <semaphore.h>

static __thread int me;
static volatile int taken[4];
static sem_t handled, ready, go[4];
static volatile int order[4];

static void on_signal(int sig)
{
	(void)sig;
	taken[me]++;
	sem_post(&handled);
}

static void block(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(how, &set, NULL);
}

/* Blocks the signal or not as it is told, and waits in between. */
static void *work(void *nth)
{
	me = (int)(long)nth;
	for (;;) {
		sem_post(&ready);
		while (sem_wait(&go[me]) != 0)
			;
		if (order[me] < 0)
			return NULL;
		block(order[me]);
	}
}

static void tell(int nth, int what)
{
	order[nth] = what;
	sem_post(&go[nth]);
	if (what >= 0)
		while (sem_wait(&ready) != 0)
			;
}

/* Sends one, and says who took it. */
static int send_one(void)
{
	int before[4];

	memcpy(before, (void *)taken, sizeof before);
	CHECK_OK(kill(getpid(), SIGUSR1));
	while (sem_wait(&handled) != 0)
		;
	for (int i = 0; i < 4; i++)
		if (taken[i] != before[i])
			return i;
	return -1;
}

TEST(choice)
{
	pthread_t threads[4];
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };

	sigaction(SIGUSR1, &sa, NULL);
	sem_init(&handled, 0, 0);
	sem_init(&ready, 0, 0);
	for (long i = 1; i < 4; i++) {
		sem_init(&go[i], 0, 0);
		REQUIRE(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
		while (sem_wait(&ready) != 0)
			;
	}
	/* The first one, as long as it can. */
	CHECK_EQ(send_one(), 0);
	CHECK_EQ(send_one(), 0);
	block(SIG_BLOCK);
	CHECK_EQ(send_one(), 1);
	CHECK_EQ(send_one(), 1);
	tell(1, SIG_BLOCK);
	CHECK_EQ(send_one(), 2);
	/* It goes on with the one that took the last, not with the first that could. */
	tell(1, SIG_UNBLOCK);
	CHECK_EQ(send_one(), 2);
	tell(2, SIG_BLOCK);
	CHECK_EQ(send_one(), 3);
	tell(2, SIG_UNBLOCK);
	CHECK_EQ(send_one(), 3);
	tell(3, SIG_BLOCK);
	CHECK_EQ(send_one(), 1);
	block(SIG_UNBLOCK);
	CHECK_EQ(send_one(), 0);
	block(SIG_BLOCK);
	CHECK_EQ(send_one(), 1);
	for (int i = 1; i < 4; i++) {
		tell(i, -1);
		pthread_join(threads[i], NULL);
	}
	/* Nobody left who could: it waits. */
	CHECK_OK(kill(getpid(), SIGUSR1));
	sigset_t set;
	sigpending(&set);
	CHECK(sigismember(&set, SIGUSR1));
	block(SIG_UNBLOCK);
	CHECK_EQ(taken[0], 4);
}

TEST_MAIN
