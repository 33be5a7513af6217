#include "test.h"

/* test: guest-only, needs root */
int main(void)
{
	struct stat st;
	int fd = make_file("f", "");
	CHECK_OK(symlink("f", "l"));
	CHECK_OK(fchownat(AT_FDCWD, "l", 7, 8, AT_SYMLINK_NOFOLLOW));
	CHECK_OK(lstat("l", &st));
	CHECK_EQ(st.st_uid, 7);
	CHECK_OK(fchownat(fd, "", 9, 9, AT_EMPTY_PATH));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_uid, 9);
	CHECK_ERRNO(fchownat(AT_FDCWD, "f", 7, 8, 1), EINVAL);
	CHECK_ERRNO(fchownat(-1, "", 9, 9, 0), ENOENT);
	CHECK_ERRNO(fchownat(-1, "", 9, 9, AT_EMPTY_PATH), EBADF);
	return test_done();
}
