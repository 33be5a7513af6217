// Sealed memory stays as and where it is.
// test: skip-oracle, Linux has it since 6.10
#include "test.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static int seal(void *p, size_t len, unsigned long flags)
{
	return syscall(SYS_mseal, p, len, flags);
}

static char *area(size_t len, int prot)
{
	char *p = mmap(0, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? 0 : p;
}

TEST(arguments)
{
	char *p = area(16384, PROT_READ | PROT_WRITE);
	REQUIRE(p);
	CHECK_ERRNO(seal(p, 4096, 1), EINVAL);
	CHECK_ERRNO(seal(p + 1, 4096, 0), EINVAL);
	CHECK_ERRNO(seal(p, (size_t)-4096, 0), EINVAL);
	CHECK_ERRNO(seal(p, (size_t)-1, 0), EINVAL);
	CHECK_OK(seal(p, 0, 0));
	CHECK_OK(munmap(p + 8192, 4096));
	CHECK_ERRNO(seal(p, 16384, 0), ENOMEM);
	/* Nothing was sealed. */
	CHECK_OK(munmap(p, 16384));
}

TEST(no_change)
{
	char *p = area(5 * 4096, PROT_READ | PROT_WRITE), *q;
	REQUIRE(p);
	q = p + 4096;
	q[0] = 1;
	CHECK_OK(seal(q, 2 * 4096, 0));
	CHECK_OK(seal(q, 2 * 4096, 0));
	CHECK_ERRNO(munmap(q, 4096), EPERM);
	CHECK_ERRNO(munmap(p, 5 * 4096), EPERM);
	CHECK_ERRNO(mprotect(q, 4096, PROT_READ), EPERM);
	CHECK_ERRNO(mprotect(q, 4096, PROT_READ | PROT_WRITE), EPERM);
	CHECK(mmap(q, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EPERM);
	CHECK(mremap(q, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED && errno == EPERM);
	CHECK(mremap(q, 8192, 4096, 0) == MAP_FAILED && errno == EPERM);
	/* What is beside it is free, the part before it changes first. */
	CHECK_ERRNO(mprotect(p, 5 * 4096, PROT_READ), EPERM);
	CHECK_EQ(IN_CHILD({ p[0] = 1; _exit(0); }), SIGSEGV);
	CHECK_OK(munmap(p + 4 * 4096, 4096));
	q[0]++;
	CHECK_EQ(q[0], 2);
}

TEST(advice)
{
	char *p = area(3 * 4096, PROT_READ | PROT_WRITE), *ro = area(3 * 4096, PROT_READ);
	REQUIRE(p && ro);
	p[0] = 1;
	CHECK_OK(seal(p, 4096, 0));
	CHECK_OK(seal(ro, 4096, 0));
	CHECK_OK(madvise(p, 4096, MADV_DONTNEED));
	CHECK_EQ(p[0], 0);
	CHECK_ERRNO(madvise(ro, 4096, MADV_DONTNEED), EPERM);
	CHECK_ERRNO(madvise(ro, 4096, MADV_FREE), EPERM);
	CHECK_ERRNO(madvise(ro, 4096, MADV_DONTFORK), EPERM);
	CHECK_OK(madvise(ro, 4096, MADV_WILLNEED));
}

TEST(inherited)
{
	char *p = area(3 * 4096, PROT_READ | PROT_WRITE);
	REQUIRE(p);
	CHECK_OK(seal(p, 4096, 0));
	CHECK_EQ(IN_CHILD(_exit(munmap(p, 4096) == -1 && errno == EPERM ? 0 : 1)), 0);
}

TEST_MAIN
