#include "test.h"

int main(void)
{
	char buf[PATH_MAX], here[PATH_MAX];
	CHECK(getcwd(here, sizeof here));
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(chdir("d"));
	CHECK(getcwd(buf, sizeof buf));
	CHECK(!strncmp(buf, here, strlen(here)) && !strcmp(buf + strlen(here), "/d"));
	CHECK_OK(chdir(".."));
	CHECK_ERRNO(chdir("none"), ENOENT);
	close(make_file("f", ""));
	CHECK_ERRNO(chdir("f"), ENOTDIR);
	CHECK_ERRNO(chdir(BAD_PTR), EFAULT);
	return test_done();
}
