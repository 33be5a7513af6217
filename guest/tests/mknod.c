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
	return test_done();
}
