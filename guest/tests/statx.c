#include "test.h"
#include <sys/sysmacros.h>

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
	CHECK_ERRNO(statx(-1, "", 0, STATX_SIZE, &sx), ENOENT);
	CHECK_ERRNO(statx(-1, "", AT_EMPTY_PATH, STATX_SIZE, &sx), EBADF);
	CHECK_ERRNO(statx(-1, "f", 0, STATX_SIZE, &sx), EBADF);
	CHECK_ERRNO(statx(fd, "f", 0, STATX_SIZE, &sx), ENOTDIR);
	CHECK_ERRNO(statx(AT_FDCWD, BAD_PTR, 0, STATX_SIZE, &sx), EFAULT);
	CHECK_ERRNO(statx(AT_FDCWD, "f", 0, STATX_SIZE, BAD_PTR), EFAULT);
	CHECK_ERRNO(statx(AT_FDCWD, BAD_PTR, 0x80000000, STATX_SIZE, &sx), EINVAL);
	/* Every member against stat(2), for each kind of file. */
	CHECK_OK(link("f", "f2"));
	CHECK_OK(chmod("f", 04751));
	CHECK_OK(mkdir("d", 0700));
	CHECK_OK(symlink("f", "l"));
	CHECK_OK(mkfifo("p", 0600));
	static const char *names[] = { "f", "d", "l", "p", "/dev/null", "/", "." };
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		memset(&sx, 0x55, sizeof sx);
		CHECK_OK(lstat(names[i], &st));
		CHECK_OK(statx(AT_FDCWD, names[i], AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &sx));
		CHECK_EQ(sx.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
		CHECK_EQ(sx.stx_mode, st.st_mode);
		CHECK_EQ(sx.stx_nlink, st.st_nlink);
		CHECK(sx.stx_uid == st.st_uid && sx.stx_gid == st.st_gid);
		CHECK_EQ(sx.stx_ino, st.st_ino);
		CHECK(sx.stx_size == (uint64_t)st.st_size && sx.stx_blocks == (uint64_t)st.st_blocks);
		CHECK_EQ(sx.stx_blksize, st.st_blksize);
		CHECK(sx.stx_atime.tv_sec == st.st_atim.tv_sec && sx.stx_atime.tv_nsec == st.st_atim.tv_nsec);
		CHECK(sx.stx_mtime.tv_sec == st.st_mtim.tv_sec && sx.stx_mtime.tv_nsec == st.st_mtim.tv_nsec);
		CHECK(sx.stx_ctime.tv_sec == st.st_ctim.tv_sec && sx.stx_ctime.tv_nsec == st.st_ctim.tv_nsec);
		CHECK(sx.stx_dev_major == major(st.st_dev) && sx.stx_dev_minor == minor(st.st_dev));
		CHECK(sx.stx_rdev_major == major(st.st_rdev) && sx.stx_rdev_minor == minor(st.st_rdev));
	}
	/* A link is followed unless that is refused; the root of a mount says so. */
	CHECK_OK(statx(AT_FDCWD, "l", 0, STATX_TYPE, &sx));
	CHECK(S_ISREG(sx.stx_mode) && sx.stx_nlink == 2);
	CHECK_OK(statx(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &sx));
	CHECK(S_ISLNK(sx.stx_mode));
	CHECK_OK(statx(AT_FDCWD, "/", 0, STATX_TYPE, &sx));
	CHECK((sx.stx_attributes_mask & 0x2000) && (sx.stx_attributes & 0x2000));
	CHECK_OK(statx(AT_FDCWD, "d", 0, STATX_TYPE, &sx));
	CHECK(!(sx.stx_attributes & 0x2000));
	/* The ways to ask: a descriptor, the working directory, a file open only for its path, an unlinked one. */
	CHECK_OK(statx(AT_FDCWD, "", AT_EMPTY_PATH, STATX_INO, &sx));
	CHECK_OK(stat(".", &st));
	CHECK_EQ(sx.stx_ino, st.st_ino);
	int link_fd = open("l", O_PATH | O_NOFOLLOW);
	CHECK_OK(statx(link_fd, "", AT_EMPTY_PATH, STATX_TYPE, &sx));
	CHECK(S_ISLNK(sx.stx_mode));
	CHECK_OK(unlink("f"));
	CHECK_OK(unlink("f2"));
	CHECK_OK(statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_NLINK, &sx));
	CHECK_EQ(sx.stx_nlink, 0);
	CHECK_OK(statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC | AT_NO_AUTOMOUNT, 0, &sx));
	CHECK_EQ(sx.stx_size, 5);
	return test_done();
}
