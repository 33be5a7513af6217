#include "test.h"

int main(void)
{
	unsigned char v[4] = { 9, 9, 9, 9 };
	char *p = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[4096] = 1;
	CHECK_OK(mincore(p, 16384, v));
	CHECK(!(v[0] & 1) && (v[1] & 1) && !(v[2] & 1));
	CHECK_ERRNO(mincore(p + 1, 4096, v), EINVAL);
	CHECK_ERRNO(mincore(p, 4096, BAD_PTR), EFAULT);
	CHECK_OK(munmap(p, 4096));
	CHECK_ERRNO(mincore(p, 8192, v), ENOMEM);
	/* The address, the range, then where the answer goes, as far as that needs no look at the areas. */
	char *kernel = (char *)0xffff888000000000;
	CHECK_ERRNO(mincore(p + 1, 4096, (void *)kernel), EINVAL);
	CHECK_ERRNO(mincore(kernel, 4096, (void *)kernel), ENOMEM);
	CHECK_ERRNO(mincore(p + 4096, 4096, (void *)kernel), EFAULT);
	CHECK_ERRNO(mincore(p, 4096, (void *)kernel), EFAULT); /* not mapped */
	CHECK_ERRNO(mincore(p, 4096, BAD_PTR), ENOMEM);
	CHECK_ERRNO(mincore(p + 4096, 0, (void *)kernel), EFAULT);
	CHECK_OK(mincore(p + 4096, 0, BAD_PTR));
	return test_done();
}
