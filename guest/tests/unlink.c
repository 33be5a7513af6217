#include "test.h"

int main(void)
{
	int fd = make_file("f", "still here");
	char buf[16];
	CHECK_OK(unlink("f"));
	CHECK_ERRNO(unlink("f"), ENOENT);
	CHECK_EQ(read(fd, buf, 16), 10);
	CHECK_OK(mkdir("d", 0755));
	CHECK_ERRNO(unlink("d"), EISDIR);
	CHECK_ERRNO(unlink("."), EISDIR);
	CHECK_OK(symlink("d", "l"));
	CHECK_ERRNO(unlink("l/"), ENOTDIR);
	CHECK_OK(unlink("l"));
	close(make_file("f", ""));
	CHECK_ERRNO(unlink("f/"), ENOTDIR);
	CHECK_ERRNO(unlink(""), ENOENT);
	return test_done();
}
