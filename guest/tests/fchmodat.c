#include "test.h"

int main(void)
{
	struct stat st;
	CHECK_OK(mkdir("d", 0755));
	int fd = make_file("d/f", ""), d = open("d", O_RDONLY);
	CHECK_OK(syscall(SYS_fchmodat, d, "f", 0600));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	CHECK_ERRNO(syscall(SYS_fchmodat, -1, "f", 0600), EBADF);
	CHECK_ERRNO(syscall(SYS_fchmodat, d, "g", 0600), ENOENT);
	CHECK_ERRNO(fchmodat(-1, "", 0600, 0), ENOENT);
	return test_done();
}
