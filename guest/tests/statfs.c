#include "test.h"

#include <sys/vfs.h>

int main(void)
{
	struct statfs fs, fs2;
	CHECK_OK(statfs(".", &fs));
	CHECK_EQ(fs.f_namelen, 255);
	CHECK_EQ(fs.f_bsize, 4096);
	int fd = make_file("f", "");
	CHECK_OK(fstatfs(fd, &fs2));
	CHECK_EQ(fs.f_type, fs2.f_type);
	CHECK_ERRNO(statfs("none", &fs), ENOENT);
	CHECK_ERRNO(statfs(".", BAD_PTR), EFAULT);
	CHECK_OK(statfs("/proc", &fs));
	CHECK_EQ(fs.f_type, 0x9fa0);
	return test_done();
}
