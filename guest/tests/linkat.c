// linkat(2): relative paths, links followed or not, files without a name.
#include "test.h"

#define raw(olddir, old, newdir, new, flags) syscall(SYS_linkat, olddir, old, newdir, new, flags)
#define here(old, new, flags) raw(AT_FDCWD, old, AT_FDCWD, new, flags)

int main(void)
{
	struct stat st, st2;
	char path[64];
	int fd = make_file("f", "x");
	CHECK_OK(mkdir("d", 0755));
	int d = open("d", O_RDONLY);
	CHECK_OK(raw(AT_FDCWD, "f", d, "g", 0));
	CHECK_OK(raw(d, "g", AT_FDCWD, "h", 0));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_nlink, 3);
	CHECK_OK(stat("d/g", &st2));
	CHECK_EQ(st.st_ino, st2.st_ino);
	/* Symbolic links: themselves, or what they lead to. */
	CHECK_OK(symlink("f", "s"));
	CHECK_OK(here("s", "t", AT_SYMLINK_FOLLOW));
	CHECK_OK(lstat("t", &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_OK(here("s", "t2", 0));
	CHECK_OK(lstat("t2", &st));
	CHECK(S_ISLNK(st.st_mode) && st.st_nlink == 2);
	CHECK_OK(symlink("none", "dangling"));
	CHECK_ERRNO(here("dangling", "t3", AT_SYMLINK_FOLLOW), ENOENT);
	CHECK_ERRNO(here("f", "dangling", 0), EEXIST);
	/* Errors. */
	CHECK_ERRNO(here("s", "u", 1), EINVAL);
	CHECK_ERRNO(here("none", "u", AT_SYMLINK_NOFOLLOW), EINVAL);
	CHECK_ERRNO(here(BAD_PTR, "u", 0), EFAULT);
	CHECK_ERRNO(here("f", BAD_PTR, 0), EFAULT);
	CHECK_ERRNO(here("", "u", 0), ENOENT);
	CHECK_ERRNO(here("f", "", 0), ENOENT);
	CHECK_ERRNO(here("f", "h", 0), EEXIST);
	CHECK_ERRNO(here("d", "u", 0), EPERM);
	CHECK_ERRNO(here("f", "none/u", 0), ENOENT);
	CHECK_ERRNO(here("f", "h/u", 0), ENOTDIR);
	CHECK_ERRNO(here("f/", "u", 0), ENOTDIR);
	CHECK_ERRNO(here("f", "u/", 0), ENOENT);
	CHECK_ERRNO(raw(-1, "f", AT_FDCWD, "u", 0), EBADF);
	CHECK_ERRNO(raw(AT_FDCWD, "f", -1, "u", 0), EBADF);
	CHECK_ERRNO(raw(fd, "f", AT_FDCWD, "u", 0), ENOTDIR);
	CHECK_ERRNO(here("f", "/dev/u", 0), EXDEV);
	/* A file without a name gets one, unless O_EXCL said never. */
	int t = open(".", O_TMPFILE | O_RDWR, 0600);
	sprintf(path, "/proc/self/fd/%d", t);
	CHECK_OK(here(path, "named", AT_SYMLINK_FOLLOW));
	CHECK_OK(stat("named", &st));
	CHECK_EQ(st.st_nlink, 1);
	int e = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
	sprintf(path, "/proc/self/fd/%d", e);
	CHECK_ERRNO(here(path, "named2", AT_SYMLINK_FOLLOW), ENOENT);
	/* A deleted one doesn't come back. */
	int gone = make_file("gone", "");
	CHECK_OK(unlink("gone"));
	sprintf(path, "/proc/self/fd/%d", gone);
	CHECK_ERRNO(here(path, "back", AT_SYMLINK_FOLLOW), ENOENT);
	/* AT_EMPTY_PATH: the descriptor itself, with CAP_DAC_READ_SEARCH. */
	CHECK_OK(raw(fd, "", AT_FDCWD, "viafd", AT_EMPTY_PATH));
	CHECK_OK(stat("viafd", &st));
	CHECK_OK(fstat(fd, &st2));
	CHECK_EQ(st.st_ino, st2.st_ino);
	CHECK_ERRNO(raw(d, "", AT_FDCWD, "viafd2", AT_EMPTY_PATH), EPERM);
	CHECK_ERRNO(raw(-1, "", AT_FDCWD, "viafd2", AT_EMPTY_PATH), EBADF);
	/* Rights. */
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		close(make_file("mine", ""));
		CHECK_OK(here("mine", "mine2", 0));
		CHECK_ERRNO(raw(AT_FDCWD, "mine", d, "u", 0), EACCES);
	}), 0);
	/* What is wrong with the old name comes before the new one, an empty path before its descriptor. */
	CHECK_ERRNO(raw(-1, "", AT_FDCWD, "x", 0), ENOENT);
	CHECK_ERRNO(raw(-1, "x", AT_FDCWD, BAD_PTR, 0), EBADF);
	CHECK_ERRNO(raw(AT_FDCWD, "no-such-file", -1, "y", 0), ENOENT);
	CHECK_ERRNO(raw(AT_FDCWD, ".", -1, "", 0), ENOENT);
	CHECK_ERRNO(raw(AT_FDCWD, ".", -1, "y", 0), EBADF);
	CHECK_ERRNO(raw(AT_FDCWD, "no-such-file", AT_FDCWD, BAD_PTR, 1), EINVAL);
	return test_done();
}
