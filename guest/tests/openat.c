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
	/* An empty path is an error of its own, before the descriptor is looked at. */
	CHECK_ERRNO(openat(-1, "", O_RDONLY), ENOENT);
	CHECK_ERRNO(openat(-1, "", O_PATH), ENOENT);
	CHECK_ERRNO(openat(-1, BAD_PTR, O_RDONLY), EFAULT);
	/* A path that starts at a descriptor: of a directory open for its path only, too, and never of a file. */
	int dp = openat(AT_FDCWD, "d", O_PATH);
	int again = openat(dp, "x", O_RDONLY);
	CHECK_OK(again);
	CHECK_ERRNO(openat(p, "x", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(openat(p, ".", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(openat(d, "x/", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(openat(d, "x", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(openat(d, "x", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	CHECK_ERRNO(openat(d, ".", O_RDWR), EISDIR);
	CHECK_ERRNO(openat(d, "new/", O_CREAT | O_RDWR, 0600), EISDIR);
	CHECK_ERRNO(openat(d, "no/new", O_CREAT | O_RDWR, 0600), ENOENT);
	/* Symbolic links: followed, refused, opened themselves. */
	CHECK_OK(symlinkat("x", d, "l"));
	CHECK_OK(symlinkat("made", d, "dangling"));
	CHECK_OK(openat(d, "l", O_RDONLY));
	CHECK_ERRNO(openat(d, "l", O_RDONLY | O_NOFOLLOW), ELOOP);
	int link = openat(d, "l", O_PATH | O_NOFOLLOW);
	CHECK_OK(fstat(link, &st));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_ERRNO(openat(d, "dangling", O_RDONLY), ENOENT);
	CHECK_ERRNO(openat(d, "dangling", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	CHECK_OK(openat(d, "dangling", O_CREAT | O_RDWR, 0600));
	CHECK_OK(access("d/made", F_OK));
	/* The mode is cut by the umask; the lowest free descriptor is taken; close-on-exec and status flags are kept. */
	umask(027);
	int low = openat(d, "masked", O_CREAT | O_WRONLY | O_CLOEXEC | O_APPEND, 0666);
	CHECK_OK(fstat(low, &st));
	CHECK_EQ(st.st_mode & 07777, 0640);
	CHECK_EQ(fcntl(low, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(low, F_GETFL) & (O_ACCMODE | O_APPEND), O_WRONLY | O_APPEND);
	close(again);
	CHECK_EQ(openat(d, "x", O_RDONLY), again);
	/* What is truncated has no bytes; a mode without writing does not hinder the one who makes the file. */
	CHECK_EQ(write(low, "abc", 3), 3);
	CHECK_OK(openat(d, "masked", O_WRONLY | O_TRUNC));
	CHECK_OK(fstat(low, &st));
	CHECK_EQ(st.st_size, 0);
	int readonly = openat(d, "readonly", O_CREAT | O_RDWR, 0400);
	CHECK_EQ(write(readonly, "abc", 3), 3);
	/* A directory that is gone has no room for names. */
	CHECK_OK(mkdir("gone", 0755));
	int gone = open("gone", O_RDONLY);
	CHECK_OK(rmdir("gone"));
	CHECK_ERRNO(openat(gone, "x", O_CREAT | O_RDWR, 0600), ENOENT);
	CHECK_OK(openat(gone, ".", O_RDONLY));
	return test_done();
}
