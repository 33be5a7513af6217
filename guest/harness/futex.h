/* What the tests of futexes share. */
#ifndef FERROGATE_FUTEX_H
#define FERROGATE_FUTEX_H

#include "test.h"
#include <linux/futex.h>
#include <pthread.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

/* Flags of futex_waitv(2) and the calls of Linux 6.7: a word of 32 bits, */
#define SIZE_32 2
/* a node's number behind it, the policy of its memory decides, */
#define WITH_NODE 4
#define BY_POLICY 8
/* of one process. */
#define PRIVATE 128

struct futex_word {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static long __attribute__((unused)) futex(volatile void *a, int op, unsigned val, const void *timeout,
					  volatile void *b, unsigned val3)
{
	return syscall(SYS_futex, a, op, val, timeout, b, val3);
}

static long __attribute__((unused)) futex_waitv_(struct futex_word *words, unsigned nr, unsigned flags,
						 struct timespec *timeout, int clock)
{
	return syscall(449, words, nr, flags, timeout, clock);
}

static long __attribute__((unused)) futex_wake_(volatile void *addr, unsigned long mask, int nr, unsigned flags)
{
	return syscall(454, addr, mask, nr, flags);
}

static long __attribute__((unused)) futex_wait_(volatile void *addr, unsigned long val, unsigned long mask,
						unsigned flags, struct timespec *timeout, int clock)
{
	return syscall(455, addr, val, mask, flags, timeout, clock);
}

static long __attribute__((unused)) futex_requeue_(struct futex_word *words, unsigned flags, int wake, int move)
{
	return syscall(456, words, flags, wake, move);
}

static int __attribute__((unused)) gettid_(void)
{
	return syscall(SYS_gettid);
}

/* The letter of a thread's state; 0 if there is none. */
static char __attribute__((unused)) thread_state(int tid)
{
	char path[64], text[512] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	char *end = n > 0 ? strrchr(text, ')') : NULL;
	return end ? end[2] : 0;
}

/* Until the thread that writes its number to *tid sleeps in a system call. */
static void __attribute__((unused)) until_asleep(volatile int *tid)
{
	while (!*tid || thread_state(*tid) != 'S')
		usleep(500);
}

/* Until a word is what it should be. */
#define UNTIL(condition)                                                       \
	do {                                                                   \
		while (!(condition))                                           \
			usleep(500);                                           \
	} while (0)
#endif
