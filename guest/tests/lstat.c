#include "test.h"

int main(void)
{
	struct stat st;
	CHECK_OK(symlink("target", "l"));
	CHECK_OK(syscall(SYS_lstat, "l", &st));
	CHECK_EQ(st.st_mode, S_IFLNK | 0777);
	CHECK_EQ(st.st_size, 6);
	CHECK_ERRNO(syscall(SYS_lstat, "l/", &st), ENOENT);
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(symlink("d", "ld"));
	CHECK_OK(syscall(SYS_lstat, "ld/", &st));
	CHECK(S_ISDIR(st.st_mode));
	CHECK_ERRNO(syscall(SYS_lstat, "none", &st), ENOENT);
	return test_done();
}
