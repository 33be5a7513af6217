#include "test.h"

int main(void)
{
	char buf[16];
	struct iovec v = { "xyz", 3 };
	int fd = make_file("f", "abcdefghij");
	CHECK_EQ(pwritev2(fd, &v, 1, 2, 0), 3);
	CHECK_EQ(pwritev2(fd, &v, 1, -1, 0), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
	CHECK_EQ(pwritev2(fd, &v, 1, 0, RWF_APPEND), 3);
	CHECK_EQ(pread(fd, buf, 16, 0), 13);
	CHECK(!memcmp(buf, "xyzyzfghijxyz", 3));
	CHECK_ERRNO(pwritev2(fd, &v, 1, 0, 0x40000000), EOPNOTSUPP);
	return test_done();
}
