#include "test.h"

int main(void)
{
	int fd = make_file("f", "x"), p[2];
	CHECK_OK(fdatasync(fd));
	CHECK_ERRNO(fdatasync(-1), EBADF);
	CHECK_OK(pipe(p));
	CHECK_ERRNO(fdatasync(p[0]), EINVAL);
	return test_done();
}
