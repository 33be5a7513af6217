#include "test.h"

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(mkdir("d/e", 0755));
	close(make_file("d/f", ""));
	int d = open("d", O_RDONLY);
	CHECK_ERRNO(unlinkat(d, "e", 0), EISDIR);
	CHECK_OK(unlinkat(d, "e", AT_REMOVEDIR));
	CHECK_ERRNO(unlinkat(d, "f", AT_REMOVEDIR), ENOTDIR);
	CHECK_OK(unlinkat(d, "f", 0));
	CHECK_ERRNO(unlinkat(d, "f", 1), EINVAL);
	CHECK_ERRNO(unlinkat(-1, "f", 0), EBADF);
	return test_done();
}
