#include "test.h"

int main(void)
{
	char buf[8];
	CHECK_OK(mkdir("d", 0755));
	int d = open("d", O_RDONLY);
	CHECK_OK(symlinkat("t", d, "l"));
	CHECK_EQ(readlinkat(d, "l", buf, 8), 1);
	CHECK_ERRNO(symlinkat("t", -1, "l"), EBADF);
	/* An empty path is an error of its own, before the descriptor is looked at. */
	CHECK_ERRNO(symlinkat("t", -1, ""), ENOENT);
	CHECK_ERRNO(symlinkat("", -1, "x"), ENOENT);
	return test_done();
}
