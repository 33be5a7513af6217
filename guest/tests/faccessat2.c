#include "test.h"

int main(void)
{
	CHECK_OK(symlink("none", "l"));
	CHECK_ERRNO(syscall(439, AT_FDCWD, "l", F_OK, 0), ENOENT);
	CHECK_OK(syscall(439, AT_FDCWD, "l", F_OK, AT_SYMLINK_NOFOLLOW));
	CHECK_OK(syscall(439, AT_FDCWD, ".", W_OK, AT_EACCESS));
	CHECK_ERRNO(syscall(439, AT_FDCWD, ".", W_OK, 1), EINVAL);
	CHECK_ERRNO(syscall(439, AT_FDCWD, ".", 16, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_faccessat2, -1, "", F_OK, 0), ENOENT);
	CHECK_ERRNO(syscall(SYS_faccessat2, -1, "", F_OK, AT_EMPTY_PATH), EBADF);
	return test_done();
}
