#include "test.h"

int main(void)
{
	struct statx sx;
	struct stat st;
	int fd = make_file("f", "hello");
	CHECK_OK(fstat(fd, &st));
	CHECK_OK(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
	CHECK_EQ(sx.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
	CHECK_EQ(sx.stx_size, 5);
	CHECK_EQ(sx.stx_ino, st.st_ino);
	CHECK_EQ(sx.stx_mode, st.st_mode);
	CHECK_EQ(sx.stx_mtime.tv_sec, st.st_mtim.tv_sec);
	CHECK_EQ(sx.stx_mtime.tv_nsec, st.st_mtim.tv_nsec);
	CHECK_OK(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
	CHECK_EQ(sx.stx_size, 5);
	CHECK_ERRNO(statx(fd, "", 0, STATX_SIZE, &sx), ENOENT);
	CHECK_ERRNO(statx(AT_FDCWD, "f", 0x80000000, STATX_SIZE, &sx), EINVAL);
	CHECK_ERRNO(statx(AT_FDCWD, "f", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_SIZE, &sx), EINVAL);
	CHECK_ERRNO(statx(AT_FDCWD, "f", 0, 0x80000000u, &sx), EINVAL);
	CHECK_ERRNO(statx(AT_FDCWD, "none", 0, STATX_SIZE, &sx), ENOENT);
	return test_done();
}
