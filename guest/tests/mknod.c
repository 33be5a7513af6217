#include "test.h"

/* test: guest-only, needs root */
#include <sys/sysmacros.h>

int main(void)
{
	struct stat st;
	umask(0);
	CHECK_OK(mknod("fifo", S_IFIFO | 0644, 0));
	CHECK_OK(stat("fifo", &st));
	CHECK_EQ(st.st_mode, S_IFIFO | 0644);
	CHECK_OK(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	int fd = open("null", O_RDWR);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_OK(mknod("reg", 0600, 0));
	CHECK_OK(stat("reg", &st));
	CHECK(S_ISREG(st.st_mode));
	CHECK_ERRNO(mknod("reg", 0600, 0), EEXIST);
	CHECK_ERRNO(mknod("d", S_IFDIR | 0700, 0), EPERM);
	CHECK_ERRNO(mknod("x", 0170000, 0), EINVAL);
	CHECK_OK(mknod("odd", S_IFCHR | 0666, makedev(250, 77)));
	CHECK_ERRNO(open("odd", O_RDWR), ENXIO);
	/* What shall be made is looked at before where. */
	CHECK_ERRNO(syscall(SYS_mknod, BAD_PTR, S_IFDIR | 0600, 0), EPERM);
	CHECK_ERRNO(syscall(SYS_mknod, BAD_PTR, S_IFLNK | 0600, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_mknod, "none/x", S_IFMT, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_mknod, "", S_IFDIR, 0), EPERM);
	CHECK_ERRNO(syscall(SYS_mknod, BAD_PTR, S_IFREG, 0), EFAULT);
	/* Of the devices everybody may make one: the whiteout of overlays. */
	CHECK_OK(mkdir("free", 0777));
	CHECK_OK(chmod("free", 0777));
	CHECK_OK(chmod(".", 0755));
	if (getuid() == 0)
		CHECK_EQ(IN_CHILD({
			CHECK_OK(setresuid(1000, 1000, 1000));
			CHECK_OK(syscall(SYS_mknod, "free/whiteout", S_IFCHR | 0600, 0));
			CHECK_ERRNO(syscall(SYS_mknod, "free/null", S_IFCHR | 0600, 0x103), EPERM);
			CHECK_ERRNO(syscall(SYS_mknod, "free/block", S_IFBLK | 0600, 0), EPERM);
		}), 0);
	return test_done();
}
