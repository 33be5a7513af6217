// renameat2(2): relative paths and the three flags.
#include "test.h"
#include <sys/sysmacros.h>

#define raw(olddir, old, newdir, new, flags) syscall(SYS_renameat2, olddir, old, newdir, new, flags)
#define here(old, new, flags) raw(AT_FDCWD, old, AT_FDCWD, new, flags)

static ino_t inode(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_ino;
}

TEST(arguments)
{
	close(make_file("f", "1"));
	close(make_file("g", "22"));
	CHECK_ERRNO(here("f", "g", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
	CHECK_ERRNO(here("f", "g", RENAME_EXCHANGE | RENAME_WHITEOUT), EINVAL);
	CHECK_ERRNO(here("f", "g", 64), EINVAL);
	CHECK_ERRNO(here("none", "g", 64), EINVAL);
	CHECK_ERRNO(here(BAD_PTR, "g", 0), EFAULT);
	CHECK_ERRNO(here("f", BAD_PTR, 0), EFAULT);
	CHECK_ERRNO(here("", "g", 0), ENOENT);
	CHECK_ERRNO(here("f", "", 0), ENOENT);
	CHECK_ERRNO(raw(-1, "f", AT_FDCWD, "g", 0), EBADF);
	CHECK_ERRNO(here(BAD_PTR, BAD_PTR, 64), EINVAL);
	CHECK_ERRNO(here(BAD_PTR, BAD_PTR, RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
	CHECK_ERRNO(raw(-1, "f", AT_FDCWD, BAD_PTR, 0), EBADF);
	CHECK_ERRNO(raw(-1, "", AT_FDCWD, BAD_PTR, 0), ENOENT);
	int fd = open("f", O_RDONLY);
	CHECK_ERRNO(raw(AT_FDCWD, "f", fd, "g", 0), ENOTDIR);
	close(fd);
}

TEST(directories)
{
	CHECK_OK(mkdir("a", 0755));
	CHECK_OK(mkdir("b", 0755));
	int a = open("a", O_RDONLY), b = open("b", O_RDONLY);
	close(make_file("a/x", ""));
	ino_t x = inode("a/x");
	CHECK_OK(raw(a, "x", b, "y", 0));
	CHECK_EQ(inode("b/y"), x);
	CHECK_EQ(inode("a/x"), 0);
	CHECK_OK(raw(b, "y", AT_FDCWD, "z", 0));
	CHECK_EQ(inode("z"), x);
	CHECK_OK(unlink("z"));
}

TEST(noreplace)
{
	CHECK_ERRNO(here("f", "g", RENAME_NOREPLACE), EEXIST);
	CHECK_ERRNO(here("f", "f", RENAME_NOREPLACE), EEXIST);
	CHECK_ERRNO(here("f", "a", RENAME_NOREPLACE), EEXIST);
	CHECK_ERRNO(here("f", ".", RENAME_NOREPLACE), EEXIST);
	CHECK_ERRNO(here("none", "h", RENAME_NOREPLACE), ENOENT);
	ino_t f = inode("f");
	CHECK_OK(here("f", "h", RENAME_NOREPLACE));
	CHECK_EQ(inode("h"), f);
	CHECK_OK(here("h", "f", 0));
	/* A dangling link is there, too. */
	CHECK_OK(symlink("nowhere", "l"));
	CHECK_ERRNO(here("f", "l", RENAME_NOREPLACE), EEXIST);
}

TEST(exchange)
{
	ino_t f = inode("f"), g = inode("g"), a = inode("a"), l = inode("l");
	CHECK_OK(here("f", "g", RENAME_EXCHANGE));
	CHECK(inode("f") == g && inode("g") == f);
	CHECK_ERRNO(here("f", "none", RENAME_EXCHANGE), ENOENT);
	CHECK_ERRNO(here("none", "f", RENAME_EXCHANGE), ENOENT);
	/* Any two kinds. */
	CHECK_OK(here("f", "a", RENAME_EXCHANGE));
	CHECK(inode("a") == g && inode("f") == a);
	CHECK_OK(here("l", "f", RENAME_EXCHANGE));
	CHECK(inode("f") == l && inode("l") == a);
	CHECK_OK(here("f", "f", RENAME_EXCHANGE));
	/* Not with what lies below or above. */
	CHECK_OK(mkdir("l/sub", 0755));
	CHECK_ERRNO(here("l", "l/sub", RENAME_EXCHANGE), EINVAL);
	CHECK_ERRNO(here("l/sub", "l", RENAME_EXCHANGE), EINVAL);
	CHECK_ERRNO(here("a", "g/", RENAME_EXCHANGE), ENOTDIR);
	/* Between directories: link counts and ".." follow. */
	struct stat st;
	CHECK_OK(mkdir("p", 0755));
	CHECK_OK(mkdir("p/dir", 0755));
	CHECK_OK(here("p/dir", "g", RENAME_EXCHANGE));
	CHECK_OK(stat("p", &st));
	CHECK_EQ(st.st_nlink, 2);
	CHECK_EQ(inode("g/.."), inode("."));
}

/* The old name becomes a character device 0:0, which overlays take for "deleted". */
TEST(whiteout)
{
	struct stat st;
	if (getuid() != 0)
		SKIP("needs root");
	close(make_file("w", ""));
	CHECK_OK(here("w", "w2", RENAME_WHITEOUT));
	CHECK_OK(lstat("w", &st));
	CHECK(S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0));
	close(make_file("w3", ""));
	CHECK_ERRNO(here("w2", "w3", RENAME_WHITEOUT | RENAME_NOREPLACE), EEXIST);
	CHECK_OK(here("w2", "w3", RENAME_WHITEOUT));
	CHECK_OK(lstat("w2", &st));
	CHECK(S_ISCHR(st.st_mode));
}

TEST(rights)
{
	CHECK_OK(chmod(".", 01777));
	close(make_file("mine", ""));
	CHECK_OK(chown("mine", 1000, 1000));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		close(make_file("other", ""));
		CHECK_OK(here("mine", "mine2", 0));
		CHECK_ERRNO(here("f", "mine3", 0), EPERM); /* sticky */
		CHECK_ERRNO(here("mine2", "f", 0), EPERM);
		CHECK_ERRNO(here("mine2", "f", RENAME_EXCHANGE), EPERM);
		CHECK_ERRNO(here("mine2", "p/x", 0), EACCES);
		CHECK_OK(here("mine2", "other", RENAME_EXCHANGE));
		CHECK_OK(here("mine2", "mine4", RENAME_WHITEOUT)); /* needs no privilege */
	}), 0);
}

TEST_MAIN
