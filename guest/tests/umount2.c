#include "test.h"

/* test: guest-only, needs root */
#include <sys/mount.h>
int main(void)
{
	CHECK_OK(mkdir("m", 0755));
	CHECK_OK(mount("none", "m", "tmpfs", 0, 0));
	int fd = make_file("m/f", "abc");
	CHECK_ERRNO(umount2("m", 0), EBUSY);
	CHECK_ERRNO(umount2("m", 0x1000), EINVAL);
	CHECK_OK(umount2("m", MNT_DETACH));
	char c;
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_ERRNO(umount2("none", 0), ENOENT);
	return test_done();
}
