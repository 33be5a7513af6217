#include "test.h"

int main(void)
{
	char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_OK(mlock(p, 8192));
	CHECK_OK(munlock(p, 4096));
	CHECK_OK(munmap(p, 4096));
	CHECK_ERRNO(munlock(p, 8192), ENOMEM);
	return test_done();
}
