/* vmsplice(2). */
#include "test.h"

int main(void)
{
	static char big[100000];
	char a[10] = "abcde", b[10] = "xyz";
	struct iovec v[2] = { { a, 5 }, { b, 3 } }, one = { big, sizeof(big) };
	int p[2], f = make_file("f", "");
	REQUIRE(pipe(p) == 0);
	CHECK_ERRNO(vmsplice(-1, v, 2, 16), EINVAL);
	CHECK_ERRNO(vmsplice(-1, v, 2, 0), EBADF);
	CHECK_ERRNO(vmsplice(f, v, 2, 0), EBADF);
	CHECK_EQ(vmsplice(p[1], v, 0, 0), 0);
	CHECK_ERRNO(vmsplice(p[1], v, 1025, 0), EINVAL);
	CHECK_ERRNO(vmsplice(p[1], BAD_PTR, 2, 0), EFAULT);
	CHECK_EQ(vmsplice(p[1], v, 2, 0), 8);
	CHECK_EQ(read(p[0], big, 100), 8);
	CHECK(!memcmp(big, "abcdexyz", 8));
	CHECK_ERRNO(vmsplice(p[0], v, 2, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK_EQ(write(p[1], "123456", 6), 6);
	CHECK_EQ(vmsplice(p[0], v, 2, 0), 6);
	CHECK(!memcmp(a, "12345", 5) && b[0] == '6');
	memset(big, 'b', sizeof(big));
	CHECK(vmsplice(p[1], &one, 1, 0) > 60000);
	CHECK_ERRNO(vmsplice(p[1], v, 1, SPLICE_F_NONBLOCK), EAGAIN);
	signal(SIGPIPE, SIG_IGN);
	close(p[0]);
	CHECK_ERRNO(vmsplice(p[1], v, 2, 0), EPIPE);
	return test_done();
}
