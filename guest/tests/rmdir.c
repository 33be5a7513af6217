#include "test.h"

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(mkdir("d/e", 0755));
	CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
	CHECK_ERRNO(rmdir("d/."), EINVAL);
	CHECK_ERRNO(rmdir("d/e/.."), ENOTEMPTY);
	CHECK_OK(rmdir("d/e"));
	CHECK_OK(rmdir("d/"));
	CHECK_ERRNO(rmdir("d"), ENOENT);
	CHECK_ERRNO(rmdir("/"), EBUSY);
	close(make_file("f", ""));
	CHECK_ERRNO(rmdir("f"), ENOTDIR);
	/* A directory that is somebody's current one can be removed and holds nothing then. */
	CHECK_OK(mkdir("cwd", 0755));
	CHECK_OK(chdir("cwd"));
	CHECK_OK(rmdir("../cwd"));
	CHECK_ERRNO(open("x", O_CREAT | O_WRONLY, 0600), ENOENT);
	CHECK_ERRNO(mkdir("x", 0700), ENOENT);
	CHECK_OK(access(".", F_OK));
	CHECK_OK(chdir(".."));
	return test_done();
}
