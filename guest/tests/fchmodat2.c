// fchmodat2(2): fchmodat with flags that count.
/* test: skip-oracle, Linux 6.6 brought it */
#include "test.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#define raw(dir, path, mode, flags) syscall(SYS_fchmodat2, dir, path, mode, flags)

static int mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (int)(st.st_mode & 07777);
}

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	int fd = make_file("d/f", ""), d = open("d", O_RDONLY), p = open("d/f", O_PATH);
	CHECK_OK(raw(d, "f", 0640, 0));
	CHECK_EQ(mode_of("d/f"), 0640);
	CHECK_OK(raw(AT_FDCWD, "d/f", 07777, AT_SYMLINK_NOFOLLOW));
	CHECK_EQ(mode_of("d/f"), 07777);
	CHECK_OK(raw(AT_FDCWD, "d", 0711, 0));
	CHECK_EQ(mode_of("d"), 0711);
	/* Links have no mode that could be changed; followed, their target's is. */
	CHECK_OK(symlink("f", "d/l"));
	CHECK_ERRNO(raw(d, "l", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
	CHECK_OK(raw(d, "l", 0600, 0));
	CHECK_EQ(mode_of("d/f"), 0600);
	CHECK_EQ(mode_of("d/l"), 0777);
	/* The descriptor itself, even an O_PATH one. */
	CHECK_OK(raw(fd, "", 0644, AT_EMPTY_PATH));
	CHECK_EQ(mode_of("d/f"), 0644);
	CHECK_OK(raw(p, "", 0645, AT_EMPTY_PATH));
	CHECK_EQ(mode_of("d/f"), 0645);
	CHECK_OK(raw(AT_FDCWD, "", 0755, AT_EMPTY_PATH));
	CHECK_EQ(mode_of("."), 0755);
	CHECK_ERRNO(raw(fd, "", 0644, 0), ENOENT);
	CHECK_ERRNO(raw(d, "f", 0, AT_SYMLINK_FOLLOW), EINVAL);
	CHECK_ERRNO(raw(-1, BAD_PTR, 0, 1), EINVAL); /* flags first */
	CHECK_ERRNO(raw(-1, BAD_PTR, 0, 0), EFAULT);
	CHECK_ERRNO(raw(-1, "f", 0, 0), EBADF);
	CHECK_ERRNO(raw(-1, "", 0, AT_EMPTY_PATH), EBADF);
	CHECK_ERRNO(raw(fd, "f", 0, 0), ENOTDIR);
	CHECK_ERRNO(raw(d, "none", 0, 0), ENOENT);
	CHECK_OK(raw(-1, "/dev/null", 0666, 0) == 0 || errno == EPERM || errno == EROFS ? 0 : -1);
	/* Other users may not; the set-group-ID bit goes where one isn't in the group. */
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(d, "f", 0666, 0), EPERM);
		CHECK_ERRNO(raw(fd, "", 0666, AT_EMPTY_PATH), EPERM);
	}), 0);
	CHECK_OK(chown("d/f", 1000, 0));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(syscall(SYS_setgroups, 0, NULL));
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(raw(d, "f", 02755, 0));
		CHECK_EQ(mode_of("d/f"), 0755);
	}), 0);
	CHECK_ERRNO(raw(-1, "", 0600, 0), ENOENT);
	CHECK_ERRNO(raw(-1, "", 0600, AT_EMPTY_PATH), EBADF);
	return test_done();
}
