#include "test.h"

int main(void)
{
	struct stat st;
	int fd = make_file("f", "");
	CHECK_OK(chmod("f", 07777));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 07777);
	CHECK_OK(fchmod(fd, 0123));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0123);
	CHECK_OK(syscall(SYS_fchmodat, AT_FDCWD, "f", 0644));
	CHECK_ERRNO(chmod("none", 0), ENOENT);
	CHECK_ERRNO(fchmod(-1, 0), EBADF);
	CHECK_OK(symlink("f", "l"));
	CHECK_OK(chmod("l", 0600));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	if (getuid() == 0)
		CHECK_EQ(IN_CHILD({
			CHECK_OK(chmod(".", 0755));
			CHECK_OK(setresuid(1000, 1000, 1000));
			CHECK_ERRNO(chmod("f", 0666), EPERM);
		}), 0);
	return test_done();
}
