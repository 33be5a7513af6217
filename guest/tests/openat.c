#include "test.h"

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	int d = open("d", O_RDONLY | O_DIRECTORY);
	int fd = openat(d, "x", O_CREAT | O_RDWR, 0600);
	CHECK_OK(fd);
	CHECK_OK(access("d/x", F_OK));
	CHECK_ERRNO(openat(-1, "x", O_RDONLY), EBADF);
	CHECK_ERRNO(openat(fd, "x", O_RDONLY), ENOTDIR);
	CHECK_OK(openat(-1, "/", O_RDONLY));
	CHECK_ERRNO(openat(d, "", O_RDONLY), ENOENT);
	int t = openat(d, ".", O_TMPFILE | O_RDWR, 0600);
	CHECK_OK(t);
	struct stat st;
	CHECK_OK(fstat(t, &st));
	CHECK_EQ(st.st_nlink, 0);
	CHECK_ERRNO(openat(d, ".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
	int p = openat(d, "x", O_PATH);
	CHECK_OK(p);
	CHECK_OK(fstat(p, &st));
	CHECK_ERRNO(fchmod(p, 0600), EBADF);
	CHECK_ERRNO(write(p, "a", 1), EBADF);
	return test_done();
}
