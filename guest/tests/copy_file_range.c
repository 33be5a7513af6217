/* copy_file_range(2). */
#include "test.h"

int main(void)
{
	char buf[100];
	int in = make_file("in", "0123456789"), out = make_file("out", ""), p[2];
	int ro = open("out", O_RDONLY), app = open("out", O_WRONLY | O_APPEND), dir = open(".", O_RDONLY);
	loff_t a = 2, b = 1;
	REQUIRE(pipe(p) == 0);
	CHECK_EQ(copy_file_range(in, &a, out, &b, 5, 0), 5);
	CHECK_EQ(a, 7);
	CHECK_EQ(b, 6);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
	CHECK_EQ(lseek(out, 0, SEEK_CUR), 0);
	CHECK_EQ(pread(out, buf, 100, 0), 6);
	CHECK(!memcmp(buf, "\00023456", 6));
	CHECK_EQ(copy_file_range(in, 0, out, 0, 100, 0), 10);
	CHECK_EQ(copy_file_range(in, 0, out, 0, 100, 0), 0);
	CHECK_EQ(lseek(out, 0, SEEK_CUR), 10);
	CHECK_ERRNO(copy_file_range(in, 0, out, 0, 1, 1), EINVAL);
	CHECK_ERRNO(copy_file_range(-1, 0, out, 0, 1, 0), EBADF);
	CHECK_ERRNO(copy_file_range(in, 0, -1, 0, 1, 0), EBADF);
	CHECK_ERRNO(copy_file_range(in, 0, ro, 0, 1, 0), EBADF);
	CHECK_ERRNO(copy_file_range(in, 0, app, 0, 1, 0), EBADF);
	CHECK_ERRNO(copy_file_range(dir, 0, out, 0, 1, 0), EISDIR);
	CHECK_ERRNO(copy_file_range(in, 0, p[1], 0, 1, 0), EINVAL);
	CHECK_ERRNO(copy_file_range(in, BAD_PTR, out, 0, 1, 0), EFAULT);
	/* In one file: apart, but not over itself. */
	a = 0, b = 10;
	CHECK_EQ(copy_file_range(in, &a, in, &b, 5, 0), 5);
	a = 0, b = 3;
	CHECK_ERRNO(copy_file_range(in, &a, in, &b, 5, 0), EINVAL);
	a = LLONG_MAX - 1, b = 0;
	CHECK_EQ(copy_file_range(in, &a, out, &b, 1, 0), 0);
	a = -1, b = 0;
	CHECK_ERRNO(copy_file_range(in, &a, out, &b, 0, 0), EINVAL);
	signal(SIGXFSZ, SIG_IGN);
	return test_done();
}
