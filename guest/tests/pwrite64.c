#include "test.h"

int main(void)
{
	char buf[16];
	int fd = make_file("f", "0123456789");
	CHECK_EQ(pwrite(fd, "ab", 2, 3), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(pread(fd, buf, 16, 0), 10);
	CHECK(!memcmp(buf, "012ab56789", 10));
	CHECK_EQ(pwrite(fd, "xyz", 3, 9), 3);
	CHECK_EQ(pread(fd, buf, 16, 8), 4);
	CHECK_ERRNO(pwrite(fd, "x", 1, -5), EINVAL);
	CHECK_ERRNO(pwrite(-1, "x", 1, 0), EBADF);
	int p[2];
	CHECK_OK(pipe(p));
	CHECK_ERRNO(pwrite(p[1], "x", 1, 0), ESPIPE);
	/* On Linux an O_APPEND file is appended to whatever the offset (pwrite(2), BUGS). */
	int app = open("f", O_WRONLY | O_APPEND);
	CHECK_EQ(pwrite(app, "!", 1, 0), 1);
	CHECK_EQ(lseek(app, 0, SEEK_END), 13);
	return test_done();
}
