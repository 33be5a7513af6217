#include "test.h"

/* test: guest-only, needs root */
#include <sys/mount.h>
int main(void)
{
	struct stat a, b;
	CHECK_OK(mkdir("m", 0755));
	CHECK_OK(stat("m", &a));
	CHECK_OK(mount("none", "m", "tmpfs", 0, "size=1m"));
	CHECK_OK(stat("m", &b));
	CHECK(a.st_dev != b.st_dev);
	close(make_file("m/f", "x"));
	CHECK_ERRNO(rmdir("m"), EBUSY);
	CHECK_ERRNO(rename("m/f", "f"), EXDEV);
	CHECK_ERRNO(link("m/f", "f"), EXDEV);
	int fd = open("m/f", O_RDONLY);
	CHECK_ERRNO(umount("m"), EBUSY);
	close(fd);
	CHECK_OK(umount("m"));
	CHECK_ERRNO(access("m/f", F_OK), ENOENT);
	CHECK_ERRNO(umount("m"), EINVAL);
	CHECK_ERRNO(mount("none", "m", "nosuchfs", 0, 0), ENODEV);
	CHECK_ERRNO(mount("none", "none", "tmpfs", 0, 0), ENOENT);
	return test_done();
}
