// futex_wake, of Linux 6.7: how many are woken, by which bits, with which flags.
/* test: skip-oracle cflags=-pthread, needs Linux 6.7 */
#include "futex.h"

static uint32_t a[2] __attribute__((aligned(8))) = { 1, 0 };
static volatile int tid[3];

static void *sleeper(void *arg)
{
	long nth = (long)arg;
	tid[nth] = gettid_();
	return (void *)futex_wait_(a, 1, 1 << nth, SIZE_32 | PRIVATE, NULL, 0);
}

TEST(errors)
{
	CHECK_EQ(futex_wake_(a, 1, 0, SIZE_32), 0);
	CHECK_EQ(futex_wake_(a, 1, 1, SIZE_32), 0);
	CHECK_ERRNO(futex_wake_(a, 0, 1, SIZE_32), EINVAL);
	CHECK_ERRNO(futex_wake_(a, 1, 1, 0), EINVAL); /* a byte */
	CHECK_ERRNO(futex_wake_(a, 1, 1, 1), EINVAL);
	CHECK_ERRNO(futex_wake_(a, 1, 1, 3), EINVAL);
	CHECK_ERRNO(futex_wake_(a, 1, 1, SIZE_32 | 16), EINVAL);
	CHECK_ERRNO(futex_wake_(a, 1, 1, SIZE_32 | 64), EINVAL);
	CHECK_ERRNO(futex_wake_(a, 1ul << 32, 1, SIZE_32), EINVAL);
	CHECK_ERRNO(futex_wake_((char *)a + 1, 1, 1, SIZE_32), EINVAL);
	CHECK_ERRNO(futex_wake_((char *)a + 1, 1, 0, SIZE_32), EINVAL);
	CHECK_ERRNO(futex_wake_(NULL, 1, 1, SIZE_32), EFAULT);
	CHECK_ERRNO(futex_wake_((void *)-4096l, 1, 1, SIZE_32), EFAULT);
}

/* The word behind says which node's table: this one's is entered where none is given. */
TEST(nodes)
{
	a[1] = -1;
	CHECK_EQ(futex_wake_(a, 1, 1, SIZE_32 | WITH_NODE), 0);
	CHECK_EQ(a[1], 0);
	CHECK_EQ(futex_wake_(a, 1, 1, SIZE_32 | WITH_NODE | PRIVATE), 0);
	a[1] = 1u << 20;
	CHECK_ERRNO(futex_wake_(a, 1, 1, SIZE_32 | WITH_NODE), EINVAL);
	CHECK_EQ(a[1], 1u << 20);
	CHECK_EQ(futex_wake_(a, 1, 1, SIZE_32 | BY_POLICY), 0);
	CHECK_EQ(a[1], 1u << 20);
	a[1] = -1;
	CHECK_EQ(futex_wake_(a, 1, 1, SIZE_32 | BY_POLICY | WITH_NODE), 0);
	CHECK_EQ(a[1], 0);
	CHECK_ERRNO(futex_wake_(&a[1], 1, 1, SIZE_32 | WITH_NODE), EINVAL); /* the pair is not aligned */
	CHECK_ERRNO(futex_wake_(NULL, 1, 1, SIZE_32 | WITH_NODE | PRIVATE), EFAULT);
}

TEST(bits)
{
	pthread_t thread[3];
	void *ret;
	for (long i = 0; i < 3; i++) {
		REQUIRE(pthread_create(&thread[i], NULL, sleeper, (void *)i) == 0);
		until_asleep(&tid[i]);
	}
	CHECK_EQ(futex_wake_(a, 8, 9, SIZE_32 | PRIVATE), 0);
	CHECK_EQ(futex_wake_(a, 7, 0, SIZE_32 | PRIVATE), 0);
	CHECK_EQ(futex_wake_(a, 6, 1, SIZE_32 | PRIVATE), 1);
	pthread_join(thread[1], &ret);
	CHECK(ret == NULL);
	CHECK_EQ(futex_wake_(a, 2, 1, SIZE_32 | PRIVATE), 0);
	CHECK_EQ(futex_wake_(a, ~0u, 9, SIZE_32 | PRIVATE), 2);
	pthread_join(thread[0], &ret);
	CHECK(ret == NULL);
	pthread_join(thread[2], &ret);
	CHECK(ret == NULL);
}

int main(void)
{
	if (futex_wake_(a, 1, 1, SIZE_32) == -1 && errno == ENOSYS)
		SKIP("no futex_wake here");
	return test_run_cases();
}
