#include "test.h"

int main(void)
{
	struct stat a, b;
	int fd = make_file("f", "abc");
	CHECK_OK(syscall(SYS_fstat, fd, &a));
	CHECK_OK(stat("f", &b));
	CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == 3);
	CHECK_OK(unlink("f"));
	CHECK_OK(syscall(SYS_fstat, fd, &a));
	CHECK_EQ(a.st_nlink, 0);
	int p[2];
	CHECK_OK(pipe(p));
	CHECK_OK(syscall(SYS_fstat, p[0], &a));
	CHECK(S_ISFIFO(a.st_mode));
	CHECK_ERRNO(syscall(SYS_fstat, -1, &a), EBADF);
	CHECK_ERRNO(syscall(SYS_fstat, fd, BAD_PTR), EFAULT);
	return test_done();
}
