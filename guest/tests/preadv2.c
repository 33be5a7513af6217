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
	/* Errors in their order: the position, the descriptor, the list; flags only if there is something to read. */
	struct iovec none = { a, 0 };
	int wo = open("f", O_WRONLY), p[2];
	REQUIRE(pipe(p) == 0);
	CHECK_ERRNO(preadv2(-1, &v, 1, -2, 0x40000000), EINVAL);
	CHECK_ERRNO(preadv2(-1, &v, 1, 0, 0x40000000), EBADF);
	CHECK_ERRNO(preadv2(wo, &v, 1, 0, 0x40000000), EBADF);
	CHECK_ERRNO(preadv2(wo, &v, 1, -1, 0), EBADF);
	CHECK_ERRNO(preadv2(p[0], &v, 1, 0, 0x40000000), ESPIPE);
	CHECK_ERRNO(preadv2(p[0], &v, 1, -1, 0x40000000), EOPNOTSUPP);
	CHECK_ERRNO(preadv2(fd, BAD_PTR, 1, 0, 0x40000000), EFAULT);
	CHECK_ERRNO(preadv2(fd, &v, 1025, 0, 0x40000000), EINVAL);
	CHECK_EQ(preadv2(fd, &none, 1, 0, 0x40000000), 0);
	CHECK_EQ(preadv2(fd, &v, 0, 0, 0x40000000), 0);
	/* Flags that say how something is written, and polling, change nothing here. */
	int harmless[] = { RWF_HIPRI, RWF_DSYNC, RWF_SYNC, RWF_APPEND };
	for (unsigned i = 0; i < sizeof harmless / sizeof *harmless; i++) {
		memset(a, 0, sizeof a);
		CHECK_EQ(preadv2(fd, &v, 1, 6, harmless[i]), 4);
		CHECK(!memcmp(a, "ghij", 4));
	}
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 4);
	/* Several buffers, the end of the file, and positions beyond it. */
	char b[8] = "";
	struct iovec two[3] = { { a, 2 }, { 0, 0 }, { b, 8 } };
	CHECK_EQ(preadv2(fd, two, 3, 5, 0), 5);
	CHECK(!memcmp(a, "fg", 2) && !memcmp(b, "hij", 4));
	CHECK_EQ(preadv2(fd, two, 3, 10, 0), 0);
	CHECK_EQ(preadv2(fd, two, 3, LONG_MAX / 2, 0), 0);
	CHECK_EQ(preadv2(fd, two, 3, -1, 0), 6);
	CHECK_EQ(preadv2(fd, two, 3, -1, 0), 0);
	/* A pipe has only "its own" position. */
	CHECK_EQ(write(p[1], "pipe", 4), 4);
	CHECK_EQ(preadv2(p[0], two, 3, -1, 0), 4);
	CHECK(!memcmp(a, "pi", 2) && !memcmp(b, "pe", 2));
	/* How many buffers there are is a 32-bit number. */
	CHECK_EQ(syscall(SYS_preadv2, fd, &v, 0x100000001, 0, 0, 0), 4);
	CHECK_EQ(syscall(SYS_preadv, fd, &v, 0x100000000, 0, 0), 0);
	/* What was read before a bad buffer counts. */
	struct iovec bad[2] = { { a, 3 }, { BAD_PTR, 3 } };
	CHECK_EQ(preadv2(fd, bad, 2, 1, 0), 3);
	CHECK_ERRNO(preadv2(fd, bad + 1, 1, 1, 0), EFAULT);
	return test_done();
}
