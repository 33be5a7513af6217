#include "test.h"

int main(void)
{
	char buf[16];
	CHECK_OK(symlink("0123456789", "l"));
	CHECK_EQ(readlink("l", buf, 16), 10);
	CHECK_EQ(readlink("l", buf, 4), 4);
	CHECK(!memcmp(buf, "0123", 4));
	CHECK_ERRNO(readlink("l", buf, 0), EINVAL);
	CHECK_ERRNO(readlink("l", BAD_PTR, 4), EFAULT);
	close(make_file("f", ""));
	CHECK_ERRNO(readlink("f", buf, 16), EINVAL);
	CHECK_ERRNO(readlink("none", buf, 16), ENOENT);
	return test_done();
}
