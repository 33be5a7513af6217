#include "test.h"

/* test: guest-only, needs root and moves the root of every task */
#include <sys/mount.h>

#define pivot_root(new, old) syscall(SYS_pivot_root, new, old)

int main(void)
{
	CHECK_OK(mkdir("a", 0755));
	CHECK_OK(mkdir("plain", 0755));
	CHECK_OK(mkdir("plain/old", 0755));
	close(make_file("file", ""));
	CHECK_ERRNO(pivot_root("none", "plain"), ENOENT);
	CHECK_ERRNO(pivot_root("file", "plain"), ENOTDIR);
	CHECK_ERRNO(pivot_root("plain", "file"), ENOTDIR);
	CHECK_ERRNO(pivot_root(BAD_PTR, "plain"), EFAULT);
	CHECK_OK(mount("none", "a", "tmpfs", 0, 0));
	CHECK_OK(mkdir("a/b", 0755));
	CHECK_OK(mkdir("a/plain", 0755));
	/* The first root can't be moved. */
	CHECK_ERRNO(pivot_root("a", "a/b"), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(chroot("a"));
		CHECK_OK(chdir("/"));
		close(make_file("/in-a", ""));
		CHECK_OK(mount("none", "/b", "tmpfs", 0, 0));
		CHECK_OK(mkdir("/b/old", 0755));
		CHECK_OK(mkdir("/b/sub", 0755));
		close(make_file("/b/in-b", ""));
		CHECK_ERRNO(pivot_root("/b/sub", "/b/old"), EINVAL);
		CHECK_ERRNO(pivot_root("/plain", "/b/old"), EBUSY);
		CHECK_ERRNO(pivot_root("/b", "/plain"), EBUSY);
		CHECK_OK(pivot_root("/b", "/b/old"));
		CHECK_OK(access("/in-b", F_OK));
		CHECK_OK(access("in-b", F_OK));
		CHECK_OK(access("/old/in-a", F_OK));
		CHECK_ERRNO(access("/in-a", F_OK), ENOENT);
		CHECK_OK(access("/../in-b", F_OK));
		/* Others that had the old root follow, those that didn't stay. */
		CHECK_EQ(access("/old/b", F_OK), 0);
		CHECK_OK(umount2("/old", MNT_DETACH));
		CHECK_ERRNO(access("/old/in-a", F_OK), ENOENT);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(pivot_root("none", "none"), EPERM);
	}), 0);
	return test_done();
}
