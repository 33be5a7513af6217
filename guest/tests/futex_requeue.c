/* futex_requeue, with the others of Linux 6.7. */
/* test: skip-oracle cflags=-pthread, needs Linux 6.7 */
#include "test.h"
#include <pthread.h>

struct waiter {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static uint32_t a = 1, b = 2;

static long wake(void *addr, unsigned long mask, int nr, unsigned flags)
{
	return syscall(454, addr, mask, nr, flags);
}

static long wait_(void *addr, unsigned long val, unsigned long mask, unsigned flags, struct timespec *t, int clock)
{
	return syscall(455, addr, val, mask, flags, t, clock);
}

static void *sleeper(void *arg)
{
	return (void *)wait_(arg, *(uint32_t *)arg, 1, 2 | 128, NULL, 0);
}

int main(void)
{
	struct timespec t = { 0, 0 };
	struct waiter w[2] = { { 1, (uintptr_t)&a, 2 | 128, 0 }, { 2, (uintptr_t)&b, 2 | 128, 0 } };
	pthread_t thread[2];
	void *ret;
	if (wake(&a, 1, 1, 2 | 128) == -1 && errno == ENOSYS)
		SKIP("no futex_wake here");
	CHECK_EQ(wake(&a, 1, 0, 2), 0);
	CHECK_ERRNO(wake(&a, 0, 1, 2), EINVAL);
	CHECK_ERRNO(wake(&a, 1, 1, 1), EINVAL);
	CHECK_ERRNO(wake(&a, 1, 1, 2 | 64), EINVAL);
	CHECK_ERRNO(wake(&a, 1ul << 32, 1, 2), EINVAL);
	CHECK_ERRNO(wake((char *)&a + 1, 1, 1, 2), EINVAL);
	CHECK_ERRNO(wait_(&a, 5, 1, 2, NULL, 0), EAGAIN);
	CHECK_ERRNO(wait_(&a, 1, 0, 2, NULL, 0), EINVAL);
	CHECK_ERRNO(wait_(&a, 1ul << 32, 1, 2, NULL, 0), EINVAL);
	CHECK_ERRNO(wait_(&a, 1, 1, 2, &t, 7), EINVAL);
	CHECK_ERRNO(wait_(&a, 1, 1, 2, &t, CLOCK_MONOTONIC), ETIMEDOUT);
	CHECK_ERRNO(wait_(&a, 1, 1, 2, BAD_PTR, CLOCK_MONOTONIC), EFAULT);
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, sleeper, &a);
	usleep(50000);
	CHECK_ERRNO(syscall(456, w, 1, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(456, NULL, 0, 0, 0), EINVAL);
	w[0].val = 7;
	CHECK_ERRNO(syscall(456, w, 0, 0, 2), EAGAIN);
	w[0].val = 1;
	CHECK_EQ(wake(&a, 2, 9, 2 | 128), 0);
	CHECK_EQ(syscall(456, w, 0, 0, 2), 2);
	CHECK_EQ(wake(&a, 1, 9, 2 | 128), 0);
	CHECK_EQ(wake(&b, 1, 1, 2 | 128), 1);
	CHECK_EQ(wake(&b, 1, 9, 2 | 128), 1);
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], &ret);
		CHECK(ret == NULL);
	}
	return test_done();
}
