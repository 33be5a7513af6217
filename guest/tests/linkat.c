#include "test.h"

int main(void)
{
	struct stat st;
	int fd = make_file("f", "x");
	CHECK_OK(symlink("f", "s"));
	CHECK_OK(linkat(AT_FDCWD, "s", AT_FDCWD, "t", AT_SYMLINK_FOLLOW));
	CHECK_OK(lstat("t", &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_ERRNO(linkat(AT_FDCWD, "s", AT_FDCWD, "u", 1), EINVAL);
	int t = open(".", O_TMPFILE | O_RDWR, 0600);
	char path[64];
	sprintf(path, "/proc/self/fd/%d", t);
	CHECK_OK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	CHECK_OK(stat("named", &st));
	CHECK_EQ(st.st_nlink, 1);
	int e = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
	sprintf(path, "/proc/self/fd/%d", e);
	CHECK_ERRNO(linkat(AT_FDCWD, path, AT_FDCWD, "named2", AT_SYMLINK_FOLLOW), ENOENT);
	if (getuid() == 0)
		CHECK_OK(linkat(fd, "", AT_FDCWD, "viafd", AT_EMPTY_PATH));
	return test_done();
}
