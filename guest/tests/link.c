#include "test.h"

int main(void)
{
	struct stat a, b;
	close(make_file("f", "x"));
	CHECK_OK(link("f", "g"));
	CHECK_OK(stat("f", &a));
	CHECK_OK(stat("g", &b));
	CHECK(a.st_ino == b.st_ino && a.st_nlink == 2);
	CHECK_ERRNO(link("f", "g"), EEXIST);
	CHECK_ERRNO(link("none", "h"), ENOENT);
	CHECK_OK(mkdir("d", 0755));
	CHECK_ERRNO(link("d", "e"), EPERM);
	CHECK_ERRNO(link("f", "/dev/x"), EXDEV);
	CHECK_ERRNO(link("f", "d/x/"), ENOENT);
	/* A symbolic link is linked itself. */
	CHECK_OK(symlink("f", "s"));
	CHECK_OK(link("s", "t"));
	CHECK_OK(lstat("t", &b));
	CHECK(S_ISLNK(b.st_mode) && b.st_nlink == 2);
	/* What is wrong with the old name comes before the new one is looked at. */
	CHECK_ERRNO(syscall(SYS_link, "no-such-file", BAD_PTR), ENOENT);
	CHECK_ERRNO(syscall(SYS_link, "", BAD_PTR), ENOENT);
	CHECK_ERRNO(syscall(SYS_link, ".", BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_link, BAD_PTR, ""), EFAULT);
	return test_done();
}
