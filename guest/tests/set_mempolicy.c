/* set_mempolicy(2) and get_mempolicy(2) of a thread, on a machine with one node. */
#include "test.h"
#include <linux/mempolicy.h>
#include <pthread.h>

#define SET(mode, mask, max) syscall(SYS_set_mempolicy, mode, mask, max)

static long get(int *mode, unsigned long *mask)
{
	return syscall(SYS_get_mempolicy, mode, mask, 64L, 0L, 0L);
}

static void expect(int line, int mode, unsigned long nodes)
{
	unsigned long mask = 0x123;
	int seen = -1;

	if (get(&seen, &mask) != 0 || seen != mode || mask != nodes)
		test_fail(line, "mode %#x nodes %#lx (errno %s)", seen, mask, test_errno(errno));
}
#define EXPECT(mode, nodes) expect(__LINE__, mode, nodes)

TEST(modes)
{
	unsigned long none = 0, zero = 1, one = 2, both = 3;

	EXPECT(MPOL_DEFAULT, 0);
	CHECK_OK(SET(MPOL_BIND, &zero, 65L));
	EXPECT(MPOL_BIND, 1);
	CHECK_OK(SET(MPOL_PREFERRED, &zero, 65L));
	EXPECT(MPOL_PREFERRED, 1);
	CHECK_OK(SET(MPOL_PREFERRED, &none, 65L));
	EXPECT(4, 0);
	CHECK_OK(SET(MPOL_INTERLEAVE, &both, 65L));
	EXPECT(MPOL_INTERLEAVE, 1);
	CHECK_OK(SET(MPOL_LOCAL, NULL, 0L));
	EXPECT(4, 0);
	CHECK_OK(SET(5, &zero, 65L));
	EXPECT(5, 1);
	CHECK_OK(SET(MPOL_DEFAULT, NULL, 0L));
	EXPECT(MPOL_DEFAULT, 0);
	CHECK_ERRNO(SET(MPOL_BIND, &one, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_BIND, &none, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_BIND, NULL, 0L), EINVAL);
	CHECK_ERRNO(SET(MPOL_DEFAULT, &zero, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_LOCAL, &zero, 65L), EINVAL);
	CHECK_ERRNO(SET(99, &zero, 65L), EINVAL);
	CHECK_ERRNO(SET(-1, &zero, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_BIND | 0x1000, &zero, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_BIND, BAD_PTR, 65L), EFAULT);
	EXPECT(MPOL_DEFAULT, 0);
}

TEST(flags)
{
	unsigned long none = 0, zero = 1, one = 2, both = 3;

	CHECK_OK(SET(MPOL_BIND | MPOL_F_STATIC_NODES, &both, 65L));
	EXPECT(MPOL_BIND | MPOL_F_STATIC_NODES, 3);
	CHECK_ERRNO(SET(MPOL_BIND | MPOL_F_STATIC_NODES, &one, 65L), EINVAL);
	CHECK_OK(SET(MPOL_BIND | MPOL_F_RELATIVE_NODES, &one, 65L));
	EXPECT(MPOL_BIND | MPOL_F_RELATIVE_NODES, 2);
	CHECK_ERRNO(SET(MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, &zero, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_PREFERRED | MPOL_F_STATIC_NODES, &none, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_LOCAL | MPOL_F_RELATIVE_NODES, &none, 65L), EINVAL);
	CHECK_ERRNO(SET(MPOL_INTERLEAVE | 0x2000, &zero, 65L), EINVAL);
	CHECK_OK(SET(MPOL_DEFAULT | MPOL_F_STATIC_NODES, NULL, 0L));
	EXPECT(MPOL_DEFAULT, 0);
}

TEST(length_of_the_mask)
{
	static unsigned long mask[600] = { 1 };

	CHECK_OK(SET(MPOL_BIND, mask, 2L));
	CHECK_OK(SET(MPOL_BIND, mask, 1025L));
	CHECK_OK(SET(MPOL_BIND, mask, 4096L));
	CHECK_OK(SET(MPOL_BIND, mask, 32769L));
	CHECK_ERRNO(SET(MPOL_BIND, mask, 32770L), EINVAL);
	CHECK_ERRNO(SET(MPOL_BIND, mask, 0L), EINVAL);
	CHECK_ERRNO(SET(MPOL_BIND, mask, 1L), EINVAL);
	mask[16] = 1;
	CHECK_OK(SET(MPOL_BIND, mask, 1025L));
	CHECK_ERRNO(SET(MPOL_BIND, mask, 1026L), EINVAL);
	CHECK_ERRNO(SET(MPOL_BIND, mask, 4096L), EINVAL);
	mask[16] = 0;
	mask[0] = 4 | 1;
	CHECK_OK(SET(MPOL_BIND | MPOL_F_STATIC_NODES, mask, 3L));
	EXPECT(MPOL_BIND | MPOL_F_STATIC_NODES, 1);
	CHECK_OK(SET(MPOL_DEFAULT, NULL, 0L));
}

static void *thread(void *arg)
{
	unsigned long mask = 0;
	int mode = -1;

	get(&mode, &mask);
	*(int *)arg = mode;
	SET(MPOL_DEFAULT, NULL, 0L);
	return NULL;
}

TEST(inherited)
{
	unsigned long zero = 1;
	pthread_t id;
	int seen = -1;

	CHECK_OK(SET(MPOL_INTERLEAVE, &zero, 65L));
	CHECK_EQ(IN_CHILD(EXPECT(MPOL_INTERLEAVE, 1)), 0);
	REQUIRE(pthread_create(&id, NULL, thread, &seen) == 0);
	pthread_join(id, NULL);
	CHECK_EQ(seen, MPOL_INTERLEAVE);
	EXPECT(MPOL_INTERLEAVE, 1);
	CHECK_EQ(IN_CHILD({
		char *argv[] = { "set_mempolicy", "child", NULL };
		execv("/proc/self/exe", argv);
		CHECK(0);
	}), 0);
	CHECK_OK(SET(MPOL_DEFAULT, NULL, 0L));
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		EXPECT(MPOL_INTERLEAVE, 1);
		return test_failures ? 1 : 0;
	}
	return test_run_cases();
}
