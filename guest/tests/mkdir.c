#include "test.h"

int main(void)
{
	struct stat st;
	umask(022);
	CHECK_OK(mkdir("d", 0777));
	CHECK_OK(stat("d", &st));
	CHECK_EQ(st.st_mode, S_IFDIR | 0755);
	CHECK_EQ(st.st_nlink, 2);
	CHECK_ERRNO(mkdir("d", 0777), EEXIST);
	CHECK_ERRNO(mkdir("d/", 0777), EEXIST);
	CHECK_ERRNO(mkdir(".", 0777), EEXIST);
	CHECK_ERRNO(mkdir("/", 0777), EEXIST);
	CHECK_OK(mkdir("d/e/", 0700));
	CHECK_OK(stat("d", &st));
	CHECK_EQ(st.st_nlink, 3);
	CHECK_ERRNO(mkdir("x/y", 0777), ENOENT);
	close(make_file("f", ""));
	CHECK_ERRNO(mkdir("f/y", 0777), ENOTDIR);
	CHECK_ERRNO(mkdir("f", 0777), EEXIST);
	CHECK_ERRNO(mkdir("", 0777), ENOENT);
	CHECK_OK(symlink("nowhere", "l"));
	CHECK_ERRNO(mkdir("l", 0777), EEXIST);
	CHECK_OK(mkdir("sticky", 01777));
	CHECK_OK(stat("sticky", &st));
	CHECK_EQ(st.st_mode, S_IFDIR | 01755);
	return test_done();
}
