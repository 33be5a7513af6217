#include "test.h"

int main(void)
{
	int fd = make_file("f", "x");
	CHECK_OK(syncfs(fd));
	CHECK_ERRNO(syncfs(-1), EBADF);
	return test_done();
}
