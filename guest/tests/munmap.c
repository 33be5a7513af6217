#include "test.h"

int main(void)
{
	char *p = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[0] = p[8192] = 1;
	CHECK_OK(munmap(p + 4096, 4096));
	CHECK_EQ(IN_CHILD(_exit(p[4096])), SIGSEGV);
	CHECK(p[0] == 1 && p[8192] == 1);
	CHECK_OK(munmap(p + 4096, 4096));
	CHECK_OK(munmap(p, 16384));
	CHECK_ERRNO(munmap(p + 1, 4096), EINVAL);
	CHECK_ERRNO(munmap(p, 0), EINVAL);
	CHECK_ERRNO(munmap((void *)0x7ffffffff000, 8192), EINVAL);
	return test_done();
}
