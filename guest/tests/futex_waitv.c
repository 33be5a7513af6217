/* futex_waitv(2). */
/* test: cflags=-pthread */
#include "test.h"
#include <linux/futex.h>
#include <pthread.h>

struct waiter {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static uint32_t words[3] = { 1, 2, 3 };
static struct waiter w[3];

static long waitv(unsigned nr, unsigned flags, struct timespec *t, int clock)
{
	return syscall(449, w, nr, flags, t, clock);
}

static void reset(void)
{
	for (int i = 0; i < 3; i++)
		w[i] = (struct waiter){ words[i], (uintptr_t)&words[i], 2 | 128, 0 };
}

static void *waker(void *arg)
{
	usleep(30000);
	while (syscall(SYS_futex, arg, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) != 1)
		usleep(1000);
	return NULL;
}

int main(void)
{
	struct timespec t;
	pthread_t thread;
	reset();
	CHECK_ERRNO(waitv(0, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(waitv(129, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(waitv(3, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(449, NULL, 1, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(449, BAD_PTR, 1, 0, NULL, 0), EFAULT);
	w[1].reserved = 1;
	CHECK_ERRNO(waitv(3, 0, NULL, 0), EINVAL);
	reset();
	w[1].flags = 1;
	CHECK_ERRNO(waitv(3, 0, NULL, 0), EINVAL);
	reset();
	w[2].val = 9;
	CHECK_ERRNO(waitv(3, 0, NULL, 0), EAGAIN);
	reset();
	w[2].uaddr++;
	CHECK_ERRNO(waitv(3, 0, NULL, 0), EINVAL);
	reset();
	clock_gettime(CLOCK_MONOTONIC, &t);
	CHECK_ERRNO(waitv(3, 0, &t, 7), EINVAL);
	CHECK_ERRNO(waitv(3, 0, BAD_PTR, CLOCK_MONOTONIC), EFAULT);
	CHECK_ERRNO(waitv(3, 0, &t, CLOCK_MONOTONIC), ETIMEDOUT);
	t.tv_nsec = -1;
	CHECK_ERRNO(waitv(3, 0, &t, CLOCK_MONOTONIC), EINVAL);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 10;
	for (int i = 0; i < 3; i++) {
		pthread_create(&thread, NULL, waker, &words[i]);
		CHECK_EQ(waitv(3, 0, &t, CLOCK_REALTIME), i);
		pthread_join(thread, NULL);
	}
	CHECK_EQ(syscall(SYS_futex, &words[0], FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 0), 0);
	return test_done();
}
