#include "test.h"

#include <linux/openat2.h>

static long o2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = { flags, mode, resolve };
	return syscall(SYS_openat2, dir, path, &how, sizeof how);
}

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(symlink("..", "d/up"));
	CHECK_OK(symlink("/", "d/abs"));
	int d = open("d", O_RDONLY);
	CHECK_OK(o2(d, "f", O_CREAT | O_RDWR, 0600, 0));
	CHECK_ERRNO(o2(d, "f", O_RDONLY, 0600, 0), EINVAL);
	CHECK_ERRNO(o2(d, "f", 1ull << 40, 0, 0), EINVAL);
	CHECK_ERRNO(o2(d, "f", O_RDONLY, 0, 1ull << 40), EINVAL);
	CHECK_ERRNO(o2(d, "..", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
	CHECK_ERRNO(o2(d, "up", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
	CHECK_ERRNO(o2(d, "abs", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
	CHECK_ERRNO(o2(d, "up", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP);
	CHECK_OK(o2(d, "up/f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	CHECK_OK(o2(d, "/f", O_RDONLY, 0, RESOLVE_IN_ROOT));
	CHECK_ERRNO(syscall(SYS_openat2, d, "f", BAD_PTR, sizeof(struct open_how)), EFAULT);
	CHECK_ERRNO(syscall(SYS_openat2, d, "f", BAD_PTR, 8), EINVAL);
	struct { struct open_how how; uint64_t extra; } big = { { O_RDONLY, 0, 0 }, 0 };
	CHECK_OK(syscall(SYS_openat2, d, "f", &big, sizeof big));
	big.extra = 1;
	CHECK_ERRNO(syscall(SYS_openat2, d, "f", &big, sizeof big), E2BIG);
	/* An empty path is ENOENT before the descriptor is looked at, an absolute one counts from it in its root. */
	CHECK_ERRNO(o2(-1, "", O_RDONLY, 0, 0), ENOENT);
	CHECK_ERRNO(o2(-1, "", O_RDONLY, 0, RESOLVE_IN_ROOT), ENOENT);
	CHECK_ERRNO(o2(-1, "/", O_RDONLY, 0, RESOLVE_IN_ROOT), EBADF);
	CHECK_ERRNO(o2(-1, "/", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
	return test_done();
}
