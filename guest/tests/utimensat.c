#include "test.h"

int main(void)
{
	struct stat st;
	int fd = make_file("f", "");
	struct timespec ts[2] = { { 1000, 1 }, { 2000, 2 } };
	CHECK_OK(utimensat(AT_FDCWD, "f", ts, 0));
	CHECK_OK(fstat(fd, &st));
	CHECK(st.st_atim.tv_sec == 1000 && st.st_atim.tv_nsec == 1);
	CHECK(st.st_mtim.tv_sec == 2000 && st.st_mtim.tv_nsec == 2);
	ts[0].tv_nsec = UTIME_OMIT;
	ts[1].tv_nsec = UTIME_NOW;
	CHECK_OK(futimens(fd, ts));
	CHECK_OK(fstat(fd, &st));
	CHECK(st.st_atim.tv_sec == 1000 && st.st_mtim.tv_sec > 2000);
	ts[0].tv_nsec = 1000000000;
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", ts, 0), EINVAL);
	CHECK_ERRNO(utimensat(AT_FDCWD, "none", 0, 0), ENOENT);
	CHECK_OK(utimensat(AT_FDCWD, "f", 0, 0));
	CHECK_ERRNO(syscall(SYS_utimensat, AT_FDCWD, "f", BAD_PTR, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_utimensat, AT_FDCWD, "f", 0, 1), EINVAL);
	CHECK_ERRNO(utimensat(-1, "", 0, 0), ENOENT);
	CHECK_ERRNO(utimensat(-1, "", 0, AT_EMPTY_PATH), EBADF);
	return test_done();
}
