// membarrier(2): commands, registrations, errors, and what becomes of them by fork, exec and threads.
/* test: cflags=-pthread timeout=30 */
#include "futex.h"
#include <linux/membarrier.h>
#include <sched.h>

#ifndef MEMBARRIER_CMD_GET_REGISTRATIONS
#define MEMBARRIER_CMD_GET_REGISTRATIONS (1 << 9)
#endif
#define FLAG_CPU 1

static const int private[] = {
	MEMBARRIER_CMD_PRIVATE_EXPEDITED,
	MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
	MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ,
};

static long mb(int cmd, unsigned flags, int cpu)
{
	return syscall(SYS_membarrier, cmd, flags, cpu);
}

/* Linux 6.1 can't tell what is registered. */
static int registered(void)
{
	return mb(MEMBARRIER_CMD_GET_REGISTRATIONS, 0, 0);
}

static int can_tell(void)
{
	return mb(MEMBARRIER_CMD_QUERY, 0, 0) & MEMBARRIER_CMD_GET_REGISTRATIONS;
}

TEST(query)
{
	/* All up to the last of 6.1. */
	CHECK_EQ(mb(MEMBARRIER_CMD_QUERY, 0, 0) & 0x1ff, 0x1ff);
	CHECK_EQ(mb(MEMBARRIER_CMD_QUERY, 0, 0) & ~0x3ff, 0);
	CHECK_ERRNO(mb(MEMBARRIER_CMD_QUERY, 1, 0), EINVAL);
	CHECK_ERRNO(mb(MEMBARRIER_CMD_GLOBAL, 1, 0), EINVAL);
	CHECK_ERRNO(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED, FLAG_CPU, 0), EINVAL);
	CHECK_ERRNO(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 2, 0), EINVAL);
	CHECK_ERRNO(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 3, 0), EINVAL);
	CHECK_ERRNO(mb(3, 0, 0), EINVAL);
	CHECK_ERRNO(mb(-1, 0, 0), EINVAL);
	CHECK_ERRNO(mb(1 << 20, 0, 0), EINVAL);
	CHECK_EQ(mb(MEMBARRIER_CMD_GLOBAL, 0, 0), 0);
	CHECK_EQ(mb(MEMBARRIER_CMD_GLOBAL, 0, -5), 0);
	if (can_tell())
		CHECK_ERRNO(mb(MEMBARRIER_CMD_GET_REGISTRATIONS, 1, 0), EINVAL);
}

TEST(registrations)
{
	int all = 0;
	if (can_tell())
		CHECK_EQ(registered(), 0);
	CHECK_EQ(mb(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0), 0); /* without any */
	for (int i = 0; i < 3; i++) {
		CHECK_ERRNO(mb(private[i], 0, 0), EPERM);
		CHECK_EQ(mb(private[i] << 1, 0, 0), 0);
		CHECK_EQ(mb(private[i] << 1, 0, 0), 0);
		CHECK_EQ(mb(private[i], 0, 0), 0);
		all |= private[i] << 1;
		if (can_tell())
			CHECK_EQ(registered(), all);
	}
	CHECK_EQ(mb(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0), 0);
	CHECK_EQ(mb(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0), 0);
	if (can_tell())
		CHECK_EQ(registered(), all | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
	/* One processor alone, or one that there isn't. */
	CHECK_EQ(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, FLAG_CPU, 0), 0);
	CHECK_EQ(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, FLAG_CPU, 12345), 0);
	CHECK_EQ(mb(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, FLAG_CPU, -1), 0);
}

static int others_registrations(const char *how)
{
	pid_t child = how && *how == 'v' ? vfork() : test_fork();
	if (child == 0) {
		if (how)
			execl("/proc/self/exe", "membarrier", "child", NULL);
		/* Bits that fit an exit status. */
		int bits = 0;
		for (int i = 0; i < 3; i++)
			bits |= (mb(private[i], 0, 0) == 0) << i;
		_exit(bits);
	}
	return WEXITSTATUS(test_wait(child));
}

TEST(inheritance)
{
	CHECK_EQ(others_registrations(NULL), 7);
	CHECK_EQ(others_registrations("exec"), 0);
	CHECK_EQ(others_registrations("vfork"), 0);
	CHECK_EQ(mb(private[0], 0, 0), 0);
}

/* Two threads that each write one word and read the other's: with a barrier on one side only, both never miss. */
static volatile int x, y, seen_x, seen_y, turn, finished;

static void *fast_side(void *unused)
{
	(void)unused;
	for (int last = 0; !finished;) {
		if (turn == last) {
			sched_yield();
			continue;
		}
		last = turn;
		x = 1;
		__asm__ volatile("" ::: "memory");
		seen_y = y;
		__atomic_store_n(&seen_x, last, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void dekker(int cmd)
{
	pthread_t thread;
	finished = turn = 0;
	REQUIRE(pthread_create(&thread, NULL, fast_side, NULL) == 0);
	for (int i = 1; i <= 200; i++) {
		x = y = 0;
		__atomic_store_n(&turn, i, __ATOMIC_SEQ_CST);
		y = 1;
		CHECK_EQ(mb(cmd, 0, 0), 0);
		int missed = !x;
		while (__atomic_load_n(&seen_x, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		if (missed && !seen_y) {
			CHECK(!"both looked before the other's write");
			break;
		}
	}
	finished = 1;
	pthread_join(thread, NULL);
	seen_x = 0;
}

TEST(barriers)
{
	for (int i = 0; i < 3; i++)
		dekker(private[i]);
	dekker(MEMBARRIER_CMD_GLOBAL_EXPEDITED);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		int bits = 0;
		for (int i = 0; i < 3; i++)
			bits |= (mb(private[i], 0, 0) == 0) << i;
		return bits;
	}
	return test_run_cases();
}
