#include "test.h"

int main(void)
{
	CHECK_OK(mkdir("a", 0755));
	CHECK_OK(mkdir("b", 0755));
	close(make_file("a/f", ""));
	int a = open("a", O_RDONLY), b = open("b", O_RDONLY);
	CHECK_OK(renameat(a, "f", b, "g"));
	CHECK_OK(access("b/g", F_OK));
	CHECK_ERRNO(renameat(-1, "f", b, "g"), EBADF);
	CHECK_ERRNO(renameat(-1, "", AT_FDCWD, "x"), ENOENT);
	CHECK_ERRNO(renameat(-1, "x", AT_FDCWD, ""), EBADF);
	CHECK_ERRNO(renameat(AT_FDCWD, "x", -1, ""), ENOENT);
	CHECK_ERRNO(renameat(AT_FDCWD, "no-such/x", -1, "y"), ENOENT);
	return test_done();
}
