/* pkey_alloc(2), pkey_free(2): which keys there are, and what the register says of them.
 * test: guest-only, the developer's machine may lack protection keys */
#include "pkru.h"

TEST(arguments)
{
	CHECK_ERRNO(syscall(SYS_pkey_alloc, 1, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_alloc, 0, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_alloc, 0, 1L << 32), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_free, -1), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_free, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_free, 15), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_free, 16), EINVAL);
	CHECK_ERRNO(syscall(SYS_pkey_free, INT_MAX), EINVAL);
}

TEST(a_program_starts_with_key_0)
{
	CHECK_EQ(pkru(), 0x55555554);
}

TEST(keys_are_given_out_from_1)
{
	for (int key = 1; key < 16; key++)
		CHECK_EQ(pkey_alloc(0, 0), key);
	CHECK_ERRNO(pkey_alloc(0, 0), ENOSPC);
	CHECK_EQ(pkru(), 0);
	CHECK_OK(pkey_free(7));
	CHECK_ERRNO(pkey_free(7), EINVAL);
	CHECK_EQ(pkey_alloc(0, PKEY_DISABLE_WRITE), 7);
	CHECK_EQ(pkru(), 2 << 14);
	for (int key = 1; key < 16; key++)
		CHECK_OK(pkey_free(key));
	CHECK_EQ(pkru(), 2 << 14);
	set_pkru(0x55555554);
}

TEST(rights)
{
	int a = pkey_alloc(0, PKEY_DISABLE_ACCESS), b = pkey_alloc(0, PKEY_DISABLE_ACCESS | PKEY_DISABLE_WRITE);

	CHECK_EQ(a, 1);
	CHECK_EQ(b, 2);
	CHECK_EQ(pkru(), 0x55555574);
	CHECK_OK(pkey_free(a));
	CHECK_OK(pkey_free(b));
	set_pkru(0x55555554);
}

TEST(key_0_can_be_freed)
{
	IN_CHILD({
		CHECK_OK(pkey_free(0));
		CHECK_EQ(pkey_alloc(0, 0), 0);
	});
}

TEST(fork_has_the_same_keys)
{
	int key = pkey_alloc(0, PKEY_DISABLE_WRITE);
	unsigned int mine = pkru();

	CHECK_EQ(IN_CHILD({
		CHECK_EQ(pkru(), mine);
		CHECK_OK(pkey_free(key));
		CHECK_EQ(pkey_alloc(0, 0), key);
	}), 0);
	CHECK_EQ(pkru(), mine);
	CHECK_OK(pkey_free(key));
	set_pkru(0x55555554);
}

static void *in_thread(void *arg)
{
	*(unsigned int *)arg = pkru();
	set_pkru(0x55555550);
	return NULL;
}

TEST(exec_starts_anew)
{
	char *argv[] = { "pkey", "child", NULL };

	pkey_alloc(0, 0);
	CHECK_EQ(IN_CHILD({
		execv("/proc/self/exe", argv);
		CHECK(0);
	}), 0);
	CHECK_OK(pkey_free(1));
	set_pkru(0x55555554);
}

#include <pthread.h>
TEST(a_thread_starts_with_its_maker_s)
{
	unsigned int seen = 0;
	pthread_t thread;

	set_pkru(0x55555554);
	REQUIRE(pthread_create(&thread, NULL, in_thread, &seen) == 0);
	pthread_join(thread, NULL);
	CHECK_EQ(seen, 0x55555554);
	set_pkru(0x55555540);
	REQUIRE(pthread_create(&thread, NULL, in_thread, &seen) == 0);
	pthread_join(thread, NULL);
	CHECK_EQ(seen, 0x55555540);
	CHECK_EQ(pkru(), 0x55555540);
	set_pkru(0x55555554);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		CHECK_EQ(pkru(), 0x55555554);
		CHECK_EQ(pkey_alloc(0, 0), 1);
		return test_failures ? 1 : 0;
	}
	return test_run_cases();
}
