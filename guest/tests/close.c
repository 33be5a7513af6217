#include "test.h"

int main(void)
{
	int fd = make_file("f", "abc");
	CHECK_OK(close(fd));
	CHECK_ERRNO(close(fd), EBADF);
	CHECK_ERRNO(close(-1), EBADF);
	CHECK_ERRNO(close(1 << 20), EBADF);
	/* The lowest free number is given next. */
	int a = open("f", O_RDONLY), b = open("f", O_RDONLY);
	CHECK_OK(close(a));
	CHECK_EQ(open("f", O_RDONLY), a);
	CHECK_OK(close(b));
	return test_done();
}
