#include "test.h"

int main(void)
{
	char buf[16];
	int fd = make_file("f", "0123456789");
	CHECK_OK(truncate("f", 4));
	CHECK_EQ(pread(fd, buf, 16, 0), 4);
	CHECK_OK(truncate("f", 8));
	CHECK_EQ(pread(fd, buf, 16, 0), 8);
	CHECK(!memcmp(buf, "0123\0\0\0\0", 8));
	CHECK_ERRNO(truncate("f", -1), EINVAL);
	CHECK_ERRNO(truncate("none", 0), ENOENT);
	CHECK_ERRNO(truncate(".", 0), EISDIR);
	return test_done();
}
