#include "test.h"

#include <sys/sysmacros.h>

int main(void)
{
	struct stat st, st2;
	umask(022);
	close(make_file("f", "hello"));
	CHECK_OK(syscall(SYS_stat, "f", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0644);
	CHECK_EQ(st.st_size, 5);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_EQ(st.st_uid, getuid());
	CHECK_EQ(st.st_blksize, 4096);
	CHECK_OK(link("f", "g"));
	CHECK_OK(stat("g", &st2));
	CHECK_EQ(st2.st_ino, st.st_ino);
	CHECK_EQ(st2.st_nlink, 2);
	CHECK_OK(mkdir("d", 0700));
	CHECK_OK(stat("d", &st));
	CHECK_EQ(st.st_mode, S_IFDIR | 0700);
	CHECK_OK(symlink("f", "l"));
	CHECK_OK(stat("l", &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_OK(stat("/dev/null", &st));
	CHECK(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	CHECK_ERRNO(syscall(SYS_stat, "none", &st), ENOENT);
	CHECK_ERRNO(syscall(SYS_stat, "", &st), ENOENT);
	CHECK_ERRNO(syscall(SYS_stat, "f/x", &st), ENOTDIR);
	CHECK_ERRNO(syscall(SYS_stat, "f", BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_stat, "none", BAD_PTR), ENOENT);
	CHECK_ERRNO(syscall(SYS_stat, BAD_PTR, &st), EFAULT);
	return test_done();
}
