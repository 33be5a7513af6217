#include "test.h"

int main(void)
{
	int fd = make_file("f", "abc");
	char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[0] = 'x';
	CHECK_OK(msync(p, 4096, MS_SYNC));
	CHECK_OK(msync(p, 4096, MS_ASYNC | MS_INVALIDATE));
	CHECK_ERRNO(msync(p, 4096, MS_SYNC | MS_ASYNC), EINVAL);
	CHECK_ERRNO(msync(p, 4096, 64), EINVAL);
	CHECK_ERRNO(msync(p + 1, 4096, MS_SYNC), EINVAL);
	CHECK_OK(munmap(p, 4096));
	CHECK_ERRNO(msync(p, 4096, MS_SYNC), ENOMEM);
	return test_done();
}
