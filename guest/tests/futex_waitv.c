/* futex_waitv(2). */
/* test: cflags=-pthread */
#include "futex.h"

static uint32_t words[3] = { 1, 2, 3 };
static struct futex_word w[3];

static long waitv(unsigned nr, unsigned flags, struct timespec *t, int clock)
{
	return futex_waitv_(w, nr, flags, t, clock);
}

static void reset(void)
{
	for (int i = 0; i < 3; i++)
		w[i] = (struct futex_word){ words[i], (uintptr_t)&words[i], SIZE_32 | PRIVATE, 0 };
}

static void *waker(void *arg)
{
	usleep(30000);
	while (futex(arg, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0) != 1)
		usleep(1000);
	return NULL;
}

/* A word with its node's number behind it, since Linux 6.16; older ones lack futex_wake, too. */
static void nodes(void)
{
	static uint32_t pair[2] __attribute__((aligned(8))) = { 1, -1 };
	struct timespec past = { 0, 0 };
	if (futex_wake_(pair, 1, 1, SIZE_32) == -1 && errno == ENOSYS)
		return;
	w[0] = (struct futex_word){ 1, (uintptr_t)pair, SIZE_32 | PRIVATE | WITH_NODE, 0 };
	CHECK_ERRNO(waitv(1, 0, &past, CLOCK_MONOTONIC), ETIMEDOUT);
	CHECK_EQ(pair[1], 0);
	pair[1] = 99;
	CHECK_ERRNO(waitv(1, 0, &past, CLOCK_MONOTONIC), EINVAL);
	w[0].flags = SIZE_32 | BY_POLICY;
	CHECK_ERRNO(waitv(1, 0, &past, CLOCK_MONOTONIC), ETIMEDOUT);
	CHECK_EQ(pair[1], 99);
}

int main(void)
{
	struct timespec t;
	pthread_t thread;
	reset();
	CHECK_ERRNO(waitv(0, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(waitv(129, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(waitv(3, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_waitv_(NULL, 1, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(futex_waitv_(BAD_PTR, 1, 0, NULL, 0), EFAULT);
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
	CHECK_EQ(futex(&words[0], FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 9, NULL, NULL, 0), 0);
	nodes();
	return test_done();
}
