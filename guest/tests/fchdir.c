#include "test.h"

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	close(make_file("d/f", ""));
	int d = open("d", O_RDONLY), p = open("d", O_PATH), f = open("d/f", O_RDONLY);
	CHECK_OK(fchdir(d));
	CHECK_OK(access("f", F_OK));
	CHECK_OK(chdir(".."));
	CHECK_OK(fchdir(p));
	CHECK_ERRNO(fchdir(f), ENOTDIR);
	CHECK_ERRNO(fchdir(-1), EBADF);
	return test_done();
}
