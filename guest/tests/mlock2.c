#include "test.h"

int main(void)
{
	char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_OK(mlock2(p, 4096, 0));
	CHECK_OK(mlock2(p + 4096, 4096, MLOCK_ONFAULT));
	CHECK_ERRNO(mlock2(p, 4096, 8), EINVAL);
	return test_done();
}
