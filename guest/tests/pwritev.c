#include "test.h"

int main(void)
{
	char buf[16];
	struct iovec v[2] = { { "abc", 3 }, { "de", 2 } };
	int fd = make_file("f", "0123456789");
	CHECK_EQ(pwritev(fd, v, 2, 1), 5);
	CHECK_EQ(pread(fd, buf, 16, 0), 10);
	CHECK(!memcmp(buf, "0abcde6789", 10));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_ERRNO(pwritev(fd, v, 2, -1), EINVAL);
	return test_done();
}
