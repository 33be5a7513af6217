#include "test.h"

int main(void)
{
	char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char v[2];
	CHECK_OK(mlock(p, 4096));
	CHECK_OK(mincore(p, 8192, v));
	CHECK((v[0] & 1) && !(v[1] & 1));
	CHECK_OK(munlock(p, 4096));
	CHECK_OK(munmap(p, 4096));
	CHECK_ERRNO(mlock(p, 8192), ENOMEM);
	return test_done();
}
