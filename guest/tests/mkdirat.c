#include "test.h"

int main(void)
{
	CHECK_OK(mkdirat(AT_FDCWD, "d", 0755));
	int d = open("d", O_RDONLY);
	CHECK_OK(mkdirat(d, "e", 0755));
	CHECK_OK(access("d/e", F_OK));
	CHECK_ERRNO(mkdirat(-1, "e", 0755), EBADF);
	/* An empty path is an error of its own, before the descriptor is looked at. */
	CHECK_ERRNO(mkdirat(-1, "", 0755), ENOENT);
	return test_done();
}
