/* mbind(2) on a machine with one node. */
#include "areas.h"
#include <linux/mempolicy.h>

static unsigned long zero = 1, one = 2, none;

static long bind_(void *at, unsigned long len, unsigned long mode, unsigned long *mask, unsigned flags)
{
	return syscall(SYS_mbind, at, len, mode, mask, mask ? 65L : 0L, flags);
}

static int mode_at(void *at)
{
	int mode = -1;

	syscall(SYS_get_mempolicy, &mode, NULL, 0L, at, MPOL_F_ADDR);
	return mode;
}

static char *pages(int count)
{
	return mmap(NULL, count * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST(arguments)
{
	char *p = pages(4);

	CHECK_ERRNO(bind_(p + 1, 4096, MPOL_BIND, &zero, 0), EINVAL);
	CHECK_ERRNO(bind_(p, 4096, 99, &zero, 0), EINVAL);
	CHECK_ERRNO(bind_(p, 4096, MPOL_BIND, &zero, 8), EINVAL);
	CHECK_ERRNO(bind_(p, 4096, MPOL_BIND, &zero, 16), EINVAL);
	CHECK_ERRNO(bind_(p, 4096, MPOL_BIND, &one, 0), EINVAL);
	CHECK_ERRNO(bind_(p, 4096, MPOL_BIND, &none, 0), EINVAL);
	CHECK_ERRNO(bind_(p, 4096, MPOL_BIND, BAD_PTR, 0), EFAULT);
	CHECK_OK(bind_(p, 0, MPOL_BIND, &zero, 0));
	CHECK_OK(bind_(p, 0, MPOL_BIND, &one, 0));
	CHECK_ERRNO(bind_(p, -4096L, MPOL_BIND, &zero, 0), EINVAL);
	CHECK_EQ(mode_at(p), MPOL_DEFAULT);
	munmap(p, 4 * 4096);
}

TEST(areas_are_cut_and_merged)
{
	char *p = pages(4);

	p[0] = p[4096] = p[8192] = 1;
	CHECK_OK(bind_(p + 4096, 4096, MPOL_BIND, &zero, MPOL_MF_STRICT | MPOL_MF_MOVE));
	CHECK_EQ(areas(p, p + 4 * 4096), 3);
	CHECK_EQ(mode_at(p), MPOL_DEFAULT);
	CHECK_EQ(mode_at(p + 4096), MPOL_BIND);
	CHECK_EQ(mode_at(p + 8192), MPOL_DEFAULT);
	CHECK_OK(bind_(p + 8192, 4000, MPOL_BIND, &zero, MPOL_MF_STRICT));
	CHECK_EQ(areas(p, p + 4 * 4096), 3);
	CHECK_OK(bind_(p + 8192, 4096, MPOL_INTERLEAVE, &zero, 0));
	CHECK_EQ(areas(p, p + 4 * 4096), 4);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(mode_at(p + 4096), MPOL_BIND);
		CHECK_EQ(mode_at(p + 8192), MPOL_INTERLEAVE);
	}), 0);
	CHECK_OK(mprotect(p, 4 * 4096, PROT_READ));
	CHECK_EQ(areas(p, p + 4 * 4096), 4);
	CHECK_OK(bind_(p, 4 * 4096, MPOL_DEFAULT, NULL, 0));
	CHECK_EQ(areas(p, p + 4 * 4096), 1);
	CHECK_EQ(p[4096], 1);
	munmap(p, 4 * 4096);
}

TEST(policies_move_along)
{
	char *p = pages(4), *q, *room = pages(4);

	CHECK_OK(bind_(p, 2 * 4096, MPOL_BIND, &zero, 0));
	munmap(room, 4 * 4096);
	q = mremap(p, 2 * 4096, 3 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	REQUIRE(q == room);
	CHECK_EQ(mode_at(q), MPOL_BIND);
	CHECK_EQ(mode_at(q + 8192), MPOL_BIND);
	munmap(q, 3 * 4096);
	munmap(p, 4 * 4096);
}

TEST(holes)
{
	char *p = pages(4);

	munmap(p + 4096, 4096);
	CHECK_ERRNO(bind_(p, 3 * 4096, MPOL_BIND, &zero, 0), EFAULT);
	CHECK_EQ(mode_at(p), MPOL_DEFAULT);
	CHECK_ERRNO(bind_(p + 4096, 2 * 4096, MPOL_BIND, &zero, 0), EFAULT);
	CHECK_OK(bind_(p, 4096, MPOL_BIND, &zero, 0));
	CHECK_OK(bind_(p + 8192, 4096, MPOL_BIND, &zero, 0));
	CHECK_OK(bind_(p, 4 * 4096, MPOL_DEFAULT, NULL, 0));
	CHECK_EQ(mode_at(p), MPOL_DEFAULT);
	CHECK_EQ(mode_at(p + 8192), MPOL_DEFAULT);
	CHECK_ERRNO(bind_(p + 4096, 4096, MPOL_DEFAULT, NULL, 0), EFAULT);
	munmap(p, 4 * 4096);
}

TEST(present_pages)
{
	char *p = pages(4);

	/* Without nodes, each page that is there is on a wrong one. */
	CHECK_OK(bind_(p, 4 * 4096, MPOL_LOCAL, &none, MPOL_MF_STRICT));
	p[4096] = 1;
	CHECK_ERRNO(bind_(p, 4 * 4096, MPOL_LOCAL, &none, MPOL_MF_STRICT), EIO);
	CHECK_OK(bind_(p, 4 * 4096, MPOL_BIND, &zero, MPOL_MF_STRICT));
	CHECK_OK(bind_(p, 4 * 4096, MPOL_DEFAULT, NULL, MPOL_MF_STRICT));
	munmap(p, 4 * 4096);
}
TEST_MAIN
