#include "test.h"

#include <sys/vfs.h>

int main(void)
{
	struct statfs fs;
	int p[2];
	CHECK_OK(pipe(p));
	CHECK_OK(fstatfs(p[0], &fs));
	CHECK_EQ(fs.f_type, 0x50495045);
	CHECK_ERRNO(fstatfs(-1, &fs), EBADF);
	CHECK_ERRNO(fstatfs(p[0], BAD_PTR), EFAULT);
	return test_done();
}
