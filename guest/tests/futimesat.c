// futimesat(2): microseconds, relative to a directory; without a path, of the descriptor itself.
#include "test.h"

#define raw(dir, path, times) syscall(SYS_futimesat, dir, path, times)

int main(void)
{
	struct timeval times[2] = { { 100, 5 }, { 200, 999999 } };
	struct stat st;
	CHECK_OK(mkdir("d", 0755));
	int fd = make_file("d/f", ""), d = open("d", O_RDONLY);
	CHECK_OK(raw(d, "f", times));
	CHECK_OK(fstat(fd, &st));
	CHECK(st.st_atim.tv_sec == 100 && st.st_atim.tv_nsec == 5000);
	CHECK(st.st_mtim.tv_sec == 200 && st.st_mtim.tv_nsec == 999999000);
	times[0].tv_sec = -1;
	CHECK_OK(raw(AT_FDCWD, "d/f", times));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_atim.tv_sec, -1);
	/* Now. */
	CHECK_OK(raw(d, "f", NULL));
	CHECK_OK(fstat(fd, &st));
	CHECK(st.st_atim.tv_sec > 1000 && st.st_mtim.tv_sec > 1000);
	/* The descriptor itself. */
	times[0].tv_sec = 7;
	CHECK_OK(raw(fd, NULL, times));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_atim.tv_sec, 7);
	CHECK_ERRNO(raw(AT_FDCWD, NULL, times), EFAULT);
	/* Symbolic links are followed. */
	CHECK_OK(symlink("f", "d/l"));
	times[0].tv_sec = 8;
	CHECK_OK(raw(d, "l", times));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_atim.tv_sec, 8);
	times[0].tv_usec = 1000000;
	CHECK_ERRNO(raw(d, "f", times), EINVAL);
	times[0].tv_usec = -1;
	CHECK_ERRNO(raw(-1, "none", times), EINVAL); /* before everything but the address */
	times[0].tv_usec = 0;
	CHECK_ERRNO(raw(-1, "none", BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(-1, "f", times), EBADF);
	CHECK_ERRNO(raw(-1, NULL, times), EBADF);
	CHECK_ERRNO(raw(fd, "f", times), ENOTDIR);
	CHECK_ERRNO(raw(d, "none", times), ENOENT);
	CHECK_ERRNO(raw(d, "", times), ENOENT);
	CHECK_ERRNO(raw(d, BAD_PTR, times), EFAULT);
	/* Others may not; to now only if they may write. */
	CHECK_OK(chmod("d/f", 0606));
	CHECK_OK(chmod(".", 0755));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(d, "f", times), EPERM);
		CHECK_OK(raw(d, "f", NULL));
	}), 0);
	CHECK_OK(chmod("d/f", 0604));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(d, "f", NULL), EACCES);
	}), 0);
	CHECK_ERRNO(syscall(SYS_futimesat, -1, "", 0), ENOENT);
	return test_done();
}
