#include "test.h"

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	close(make_file("d/f", ""));
	int d = open("d", O_RDONLY);
	CHECK_OK(syscall(SYS_faccessat, d, "f", R_OK));
	CHECK_ERRNO(syscall(SYS_faccessat, d, "g", F_OK), ENOENT);
	CHECK_ERRNO(syscall(SYS_faccessat, -1, "f", F_OK), EBADF);
	CHECK_ERRNO(syscall(SYS_faccessat, -1, "", F_OK), ENOENT);
	return test_done();
}
