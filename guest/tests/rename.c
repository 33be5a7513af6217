#include "test.h"

int main(void)
{
	struct stat a, b;
	close(make_file("f", "1"));
	close(make_file("g", "22"));
	CHECK_OK(stat("f", &a));
	CHECK_OK(rename("f", "g"));
	CHECK_OK(stat("g", &b));
	CHECK(a.st_ino == b.st_ino && b.st_size == 1);
	CHECK_ERRNO(stat("f", &a), ENOENT);
	CHECK_ERRNO(rename("f", "h"), ENOENT);
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(mkdir("d/e", 0755));
	CHECK_ERRNO(rename("g", "d"), EISDIR);
	CHECK_ERRNO(rename("d", "g"), ENOTDIR);
	CHECK_ERRNO(rename("d", "d/e/x"), EINVAL);
	CHECK_ERRNO(rename("d/e", "d"), ENOTEMPTY);
	CHECK_OK(mkdir("empty", 0755));
	CHECK_OK(rename("d", "empty"));
	CHECK_OK(access("empty/e", F_OK));
	CHECK_OK(mkdir("full", 0755));
	close(make_file("full/x", ""));
	CHECK_ERRNO(rename("empty", "full"), ENOTEMPTY);
	CHECK_ERRNO(rename(".", "x"), EBUSY);
	CHECK_OK(link("g", "g2"));
	CHECK_OK(rename("g", "g2"));
	CHECK_OK(access("g", F_OK));
	CHECK_OK(rename("g/", "x") == -1 && errno == ENOTDIR ? 0 : -1);
	CHECK_ERRNO(rename("g", "/proc/x"), EXDEV);
	/* ".." of a moved directory is its new parent. */
	CHECK_OK(rename("empty/e", "moved"));
	CHECK_OK(stat("moved/..", &a));
	CHECK_OK(stat(".", &b));
	CHECK_EQ(a.st_ino, b.st_ino);
	/* The old name's directory comes before the new name, and that before the old name itself. */
	CHECK_ERRNO(syscall(SYS_rename, "no-such/x", BAD_PTR), ENOENT);
	CHECK_ERRNO(syscall(SYS_rename, "g/x", BAD_PTR), ENOTDIR);
	CHECK_ERRNO(syscall(SYS_rename, "", BAD_PTR), ENOENT);
	CHECK_ERRNO(syscall(SYS_rename, "no-such", BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_rename, ".", BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_rename, ".", "no-such/y"), ENOENT);
	CHECK_ERRNO(syscall(SYS_rename, BAD_PTR, ""), EFAULT);
	return test_done();
}
