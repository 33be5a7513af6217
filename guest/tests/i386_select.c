/* The two select calls of 32-bit programs: words of 32 bits, times of 32 bits.
 * test: cflags=-m32 */
#include "test.h"

static int call_newselect(int n, fd_set *in, fd_set *out, fd_set *ex, int *tv)
{
	return syscall(SYS__newselect, n, in, out, ex, tv);
}

TEST(_newselect)
{
	int fds[2], tv[2] = { 5, 0 };
	struct {
		uint32_t bits, behind;
	} in = { 0, 0xdeadbeef };
	REQUIRE(pipe(fds) == 0);
	REQUIRE(fds[1] < 32);
	in.bits = 1u << fds[0];
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(call_newselect(fds[1] + 1, (void *)&in, NULL, NULL, tv), 1);
	CHECK_EQ(in.bits, 1u << fds[0]);
	/* Only whole words of 32 bits are read and written. */
	CHECK_EQ(in.behind, 0xdeadbeef);
	CHECK(tv[0] >= 0 && tv[0] <= 5 && tv[1] >= 0 && tv[1] < 1000000);
	tv[0] = -1;
	CHECK_ERRNO(call_newselect(0, NULL, NULL, NULL, tv), EINVAL);
	CHECK_ERRNO(call_newselect(0, NULL, NULL, NULL, BAD_PTR), EFAULT);
	tv[0] = tv[1] = 0;
	CHECK_EQ(call_newselect(0, NULL, NULL, NULL, tv), 0);
}

TEST(select)
{
	int fds[2], tv[2] = { 0, 0 };
	REQUIRE(pipe(fds) == 0);
	uint32_t out = 1u << fds[1];
	unsigned long args[5] = { fds[1] + 1, 0, (unsigned long)&out, 0, (unsigned long)tv };
	CHECK_EQ(syscall(SYS_select, args), 1);
	CHECK_EQ(out, 1u << fds[1]);
	args[0] = -1;
	CHECK_ERRNO(syscall(SYS_select, args), EINVAL);
	CHECK_ERRNO(syscall(SYS_select, BAD_PTR), EFAULT);
}

TEST_MAIN
