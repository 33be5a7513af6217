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
	/* Errors in their order; flags only if there is something to write. */
	struct iovec none = { buf, 0 };
	int ro = open("f", O_RDONLY), p[2];
	REQUIRE(pipe(p) == 0);
	CHECK_ERRNO(pwritev2(-1, &v, 1, -2, 0x40000000), EINVAL);
	CHECK_ERRNO(pwritev2(-1, &v, 1, 0, 0x40000000), EBADF);
	CHECK_ERRNO(pwritev2(ro, &v, 1, 0, 0x40000000), EBADF);
	CHECK_ERRNO(pwritev2(-1, &v, 1, 0, RWF_APPEND), EBADF);
	CHECK_ERRNO(pwritev2(p[1], &v, 1, 0, RWF_APPEND), ESPIPE);
	CHECK_ERRNO(pwritev2(fd, BAD_PTR, 1, 0, 0x40000000), EFAULT);
	CHECK_EQ(pwritev2(fd, &none, 1, 0, 0x40000000), 0);
	CHECK_EQ(pwritev2(p[1], &v, 1, -1, RWF_APPEND), 3);
	/* Appending moves the file's own position only where that is asked for. */
	CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
	CHECK_EQ(pwritev2(fd, &v, 1, 0, RWF_APPEND), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 1);
	CHECK_EQ(pwritev2(fd, &v, 1, -1, RWF_APPEND), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 19);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 19);
	CHECK_EQ(pwritev2(fd, &v, 1, 0, RWF_SYNC), 3);
	CHECK_EQ(pwritev2(fd, &v, 1, 0, RWF_DSYNC | RWF_HIPRI), 3);
	CHECK_EQ(pwritev2(p[1], &v, 1, -1, RWF_SYNC), 3);
	return test_done();
}
