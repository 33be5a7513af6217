#include "test.h"

int main(void)
{
	char a[8];
	struct iovec v = { a, 4 };
	int fd = make_file("f", "abcdefghij");
	CHECK_EQ(preadv2(fd, &v, 1, 2, 0), 4);
	CHECK(!memcmp(a, "cdef", 4));
	/* Offset -1: the file's own position, which moves. */
	CHECK_EQ(preadv2(fd, &v, 1, -1, 0), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
	CHECK_ERRNO(preadv2(fd, &v, 1, 0, 0x40000000), EOPNOTSUPP);
	return test_done();
}
