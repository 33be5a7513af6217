/* get_mempolicy(2): what it can be asked, on a machine with one node. */
#include "test.h"
#include <linux/mempolicy.h>

static long get(int *mode, unsigned long *mask, unsigned long max, void *addr, unsigned long flags)
{
	return syscall(SYS_get_mempolicy, mode, mask, max, addr, flags);
}

TEST(flags)
{
	unsigned long mask = 99;
	int mode = 99;
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK_OK(get(NULL, NULL, 0, NULL, 0));
	CHECK_ERRNO(get(&mode, NULL, 0, NULL, 8), EINVAL);
	CHECK_OK(get(NULL, &mask, 64, NULL, MPOL_F_MEMS_ALLOWED));
	CHECK_EQ(mask, 1);
	CHECK_ERRNO(get(NULL, &mask, 64, NULL, MPOL_F_MEMS_ALLOWED | MPOL_F_NODE), EINVAL);
	CHECK_ERRNO(get(NULL, &mask, 64, p, MPOL_F_MEMS_ALLOWED | MPOL_F_ADDR), EINVAL);
	CHECK_ERRNO(get(&mode, NULL, 0, p, 0), EINVAL);
	CHECK_ERRNO(get(&mode, NULL, 0, BAD_PTR, MPOL_F_ADDR), EFAULT);
	CHECK_OK(get(&mode, &mask, 64, p, MPOL_F_ADDR));
	CHECK_EQ(mode, MPOL_DEFAULT);
	CHECK_EQ(mask, 0);
	mode = 99;
	CHECK_OK(get(&mode, NULL, 0, p, MPOL_F_ADDR | MPOL_F_NODE));
	CHECK_EQ(mode, 0);
	CHECK_ERRNO(get(&mode, NULL, 0, NULL, MPOL_F_NODE), EINVAL);
	mask = 1;
	CHECK_OK(syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, &mask, 65L));
	mode = 99;
	CHECK_OK(get(&mode, NULL, 0, NULL, MPOL_F_NODE));
	CHECK_EQ(mode, 0);
	CHECK_OK(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0L));
	mprotect(p, 8192, PROT_NONE);
	CHECK_ERRNO(get(&mode, NULL, 0, p, MPOL_F_ADDR | MPOL_F_NODE), EFAULT);
	CHECK_OK(get(&mode, NULL, 0, p, MPOL_F_ADDR));
}

TEST(masks)
{
	static unsigned long mask[600];

	CHECK_ERRNO(get(NULL, mask, 0, NULL, MPOL_F_MEMS_ALLOWED), EINVAL);
	memset(mask, 0xff, sizeof mask);
	CHECK_OK(get(NULL, mask, 1024, NULL, MPOL_F_MEMS_ALLOWED));
	CHECK_EQ(mask[0], 1);
	CHECK_EQ(mask[15], 0);
	CHECK_EQ(mask[16], -1);
	memset(mask, 0xff, sizeof mask);
	CHECK_OK(get(NULL, mask, 66, NULL, MPOL_F_MEMS_ALLOWED));
	CHECK_EQ(mask[0], 1);
	CHECK_EQ(mask[1], 0);
	CHECK_EQ(mask[2], -1);
	CHECK_OK(get(NULL, mask, 32768, NULL, MPOL_F_MEMS_ALLOWED));
	CHECK_ERRNO(get(NULL, mask, 32770, NULL, MPOL_F_MEMS_ALLOWED), EINVAL);
	CHECK_ERRNO(get(NULL, BAD_PTR, 64, NULL, MPOL_F_MEMS_ALLOWED), EFAULT);
	CHECK_ERRNO(get(BAD_PTR, NULL, 0, NULL, 0), EFAULT);
}
TEST_MAIN
