/* set_mempolicy_home_node(2) on a machine with one node. */
#include "test.h"
#include <linux/mempolicy.h>

static long home(void *at, unsigned long len, unsigned long node, unsigned long flags)
{
	return syscall(450, at, len, node, flags);
}

int main(void)
{
	char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long zero = 1;

	CHECK_ERRNO(home(p + 1, 4096, 0, 0), EINVAL);
	CHECK_ERRNO(home(p, 4096, 0, 1), EINVAL);
	CHECK_ERRNO(home(p, 4096, 1, 0), EINVAL);
	CHECK_ERRNO(home(p, 4096, 5000, 0), EINVAL);
	CHECK_ERRNO(home(p, -4096L, 0, 0), EINVAL);
	CHECK_OK(home(p, 0, 0, 0));
	CHECK_ERRNO(home(p, 4096, 0, 0), ENOENT);
	CHECK_OK(syscall(SYS_mbind, p, 4096L, MPOL_BIND, &zero, 65L, 0));
	CHECK_OK(home(p, 4 * 4096, 0, 0));
	CHECK_OK(home(p, 4096, 0, 0));
	CHECK_OK(syscall(SYS_mbind, p + 4096, 4096L, MPOL_INTERLEAVE, &zero, 65L, 0));
	CHECK_ERRNO(home(p + 4096, 4096, 0, 0), EOPNOTSUPP);
	CHECK_ERRNO(home(p, 8192, 0, 0), EOPNOTSUPP);
	return test_done();
}
