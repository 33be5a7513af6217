#include "test.h"

int main(void)
{
	char a[4], b[4];
	struct iovec v[2] = { { a, 3 }, { b, 4 } };
	int fd = make_file("f", "abcdefghij");
	CHECK_EQ(preadv(fd, v, 2, 2), 7);
	CHECK(!memcmp(a, "cde", 3) && !memcmp(b, "fghi", 4));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_ERRNO(preadv(fd, v, 2, -1), EINVAL);
	CHECK_ERRNO(preadv(-1, v, 2, 0), EBADF);
	return test_done();
}
