#include "test.h"

int main(void)
{
	int fd = make_file("f", "x"), p[2];
	CHECK_OK(fsync(fd));
	CHECK_ERRNO(fsync(-1), EBADF);
	CHECK_OK(pipe(p));
	CHECK_ERRNO(fsync(p[0]), EINVAL);
	return test_done();
}
