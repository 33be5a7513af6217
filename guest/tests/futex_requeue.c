// futex_requeue, of Linux 6.7: waking some and moving others to another word.
/* test: skip-oracle cflags=-pthread, needs Linux 6.7 */
#include "futex.h"

static uint32_t a[2] __attribute__((aligned(8))) = { 1, 0 }, b[2] __attribute__((aligned(8))) = { 2, 0 };
static volatile int tid[4];
static struct futex_word w[2];

static void reset(unsigned from, unsigned to)
{
	w[0] = (struct futex_word){ 1, (uintptr_t)a, from, 0 };
	w[1] = (struct futex_word){ 2, (uintptr_t)b, to, 0 };
}

static void *sleeper(void *arg)
{
	tid[(long)arg] = gettid_();
	return (void *)futex_wait_(a, 1, 1, SIZE_32 | PRIVATE, NULL, 0);
}

TEST(errors)
{
	reset(SIZE_32 | PRIVATE, SIZE_32 | PRIVATE);
	CHECK_ERRNO(futex_requeue_(w, 1, 0, 0), EINVAL);
	CHECK_ERRNO(futex_requeue_(NULL, 0, 0, 0), EINVAL);
	CHECK_ERRNO(futex_requeue_(BAD_PTR, 0, 0, 0), EFAULT);
	CHECK_ERRNO(futex_requeue_(w, 0, -1, 0), EINVAL);
	CHECK_ERRNO(futex_requeue_(w, 0, 0, -1), EINVAL);
	w[0].val = 7;
	CHECK_ERRNO(futex_requeue_(w, 0, 0, 2), EAGAIN);
	reset(SIZE_32 | PRIVATE, 1);
	CHECK_ERRNO(futex_requeue_(w, 0, 0, 2), EINVAL);
	reset(SIZE_32 | PRIVATE, SIZE_32);
	CHECK_ERRNO(futex_requeue_(w, 0, 0, 2), EINVAL); /* both have to be of one kind */
	reset(SIZE_32, SIZE_32);
	w[1].reserved = 1;
	CHECK_ERRNO(futex_requeue_(w, 0, 0, 2), EINVAL);
	reset(SIZE_32, SIZE_32);
	w[1].uaddr = 0;
	CHECK_ERRNO(futex_requeue_(w, 0, 0, 2), EFAULT);
	reset(SIZE_32 | WITH_NODE, SIZE_32 | WITH_NODE);
	b[1] = 77;
	CHECK_ERRNO(futex_requeue_(w, 0, 0, 2), EINVAL);
	b[1] = -1;
	CHECK_EQ(futex_requeue_(w, 0, 0, 2), 0);
	CHECK_EQ(b[1], 0);
	w[1].val = 1; /* what the second word holds does not matter */
	CHECK_EQ(futex_requeue_(w, 0, 0, 2), 0);
}

TEST(moving)
{
	pthread_t thread[4];
	void *ret;
	for (long i = 0; i < 4; i++) {
		REQUIRE(pthread_create(&thread[i], NULL, sleeper, (void *)i) == 0);
		until_asleep(&tid[i]);
	}
	reset(SIZE_32 | PRIVATE, SIZE_32 | PRIVATE);
	CHECK_EQ(futex_requeue_(w, 0, 1, 2), 3); /* woken and moved */
	pthread_join(thread[0], &ret);
	CHECK(ret == NULL);
	CHECK_EQ(futex_wake_(b, 1, 1, SIZE_32 | PRIVATE), 1);
	pthread_join(thread[1], &ret);
	CHECK(ret == NULL);
	CHECK_EQ(futex_wake_(a, 1, 9, SIZE_32 | PRIVATE), 1);
	pthread_join(thread[3], &ret);
	CHECK(ret == NULL);
	CHECK_EQ(futex_wake_(b, 1, 9, SIZE_32 | PRIVATE), 1);
	pthread_join(thread[2], &ret);
	CHECK(ret == NULL);
}

int main(void)
{
	if (futex_wake_(a, 1, 1, SIZE_32) == -1 && errno == ENOSYS)
		SKIP("no futex_requeue here");
	return test_run_cases();
}
