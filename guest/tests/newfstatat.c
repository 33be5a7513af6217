#include "test.h"

int main(void)
{
	struct stat st;
	CHECK_OK(mkdir("d", 0755));
	int d = open("d", O_RDONLY), fd = make_file("d/f", "xy");
	CHECK_OK(fstatat(d, "f", &st, 0));
	CHECK_EQ(st.st_size, 2);
	CHECK_OK(fstatat(fd, "", &st, AT_EMPTY_PATH));
	CHECK_EQ(st.st_size, 2);
	CHECK_ERRNO(fstatat(fd, "", &st, 0), ENOENT);
	CHECK_ERRNO(fstatat(fd, "x", &st, 0), ENOTDIR);
	CHECK_ERRNO(fstatat(-5, "f", &st, 0), EBADF);
	CHECK_ERRNO(fstatat(d, "f", &st, 0x40000), EINVAL);
	CHECK_OK(symlink("f", "d/l"));
	CHECK_OK(fstatat(d, "l", &st, AT_SYMLINK_NOFOLLOW));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_ERRNO(fstatat(-1, "", &st, 0), ENOENT);
	CHECK_ERRNO(fstatat(-1, "", &st, AT_EMPTY_PATH), EBADF);
	return test_done();
}
