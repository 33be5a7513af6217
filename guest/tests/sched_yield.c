// sched_yield(2): lets others of the same priority run.
/* test: cflags=-pthread */
#include "test.h"
#include <pthread.h>
#include <sched.h>

static volatile int turn;

/* Takes its turns on the one processor that both threads have. */
static void *other(void *unused)
{
	(void)unused;
	for (int i = 0; i < 100; i++) {
		while (turn != 1)
			syscall(SYS_sched_yield);
		turn = 0;
	}
	return NULL;
}

int main(void)
{
	cpu_set_t one;
	pthread_t thread;
	unsigned cpu;
	CHECK_OK(getcpu(&cpu, NULL));
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	CHECK_OK(sched_setaffinity(0, sizeof one, &one));
	CHECK_EQ(syscall(SYS_sched_yield), 0);
	REQUIRE(pthread_create(&thread, NULL, other, NULL) == 0);
	for (int i = 0; i < 100; i++) {
		turn = 1;
		while (turn != 0)
			syscall(SYS_sched_yield);
	}
	pthread_join(thread, NULL);
	CHECK_EQ(syscall(SYS_sched_yield, 1, 2, 3), 0);
	return test_done();
}
