/* tee(2). */
#include "test.h"

int main(void)
{
	char buf[70000];
	int p[2], q[2], f = make_file("f", "abc");
	REQUIRE(pipe(p) == 0 && pipe(q) == 0);
	CHECK_ERRNO(tee(-1, -1, 0, 16), EINVAL);
	CHECK_EQ(tee(-1, -1, 0, 0), 0);
	CHECK_ERRNO(tee(-1, q[1], 1, 0), EBADF);
	CHECK_ERRNO(tee(p[0], -1, 1, 0), EBADF);
	CHECK_ERRNO(tee(p[1], q[1], 1, 0), EBADF);
	CHECK_ERRNO(tee(p[0], q[0], 1, 0), EBADF);
	CHECK_ERRNO(tee(f, q[1], 1, 0), EINVAL);
	CHECK_ERRNO(tee(p[0], f, 1, 0), EINVAL);
	CHECK_ERRNO(tee(p[0], p[1], 1, 0), EINVAL);
	CHECK_ERRNO(tee(p[0], q[1], 1, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK_EQ(write(p[1], "hello", 5), 5);
	CHECK_EQ(tee(p[0], q[1], 3, 0), 3);
	CHECK_EQ(tee(p[0], q[1], 100, 0), 5);
	CHECK_EQ(write(p[1], "++", 2), 2);
	CHECK_EQ(write(q[1], "--", 2), 2);
	CHECK_EQ(read(q[0], buf, 100), 10);
	CHECK(!memcmp(buf, "helhello--", 10));
	CHECK_EQ(read(p[0], buf, 100), 7);
	CHECK(!memcmp(buf, "hello++", 7));
	memset(buf, 'x', 65536);
	CHECK_EQ(write(p[1], buf, 65536), 65536);
	CHECK_EQ(tee(p[0], q[1], 100000, 0), 65536);
	CHECK_ERRNO(tee(p[0], q[1], 1, SPLICE_F_NONBLOCK), EAGAIN);
	close(p[1]);
	CHECK_EQ(read(p[0], buf, 65536), 65536);
	CHECK_EQ(read(q[0], buf, 65536), 65536);
	CHECK_EQ(tee(p[0], q[1], 10, 0), 0);
	return test_done();
}
