// getresgid(2): three results; what comes before a bad address is written.
/* test: guest-only, needs root */
#include "test.h"

int main(void)
{
	gid_t r = 9, e = 9, s = 9;
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1, 2, 3));
		CHECK_OK(syscall(SYS_getresgid, &r, &e, &s));
		CHECK(r == 1 && e == 2 && s == 3);
	}), 0);
	CHECK_ERRNO(syscall(SYS_getresgid, BAD_PTR, &e, &s), EFAULT);
	CHECK_EQ(e, 9);
	CHECK_ERRNO(syscall(SYS_getresgid, &r, BAD_PTR, &s), EFAULT);
	CHECK_EQ(r, 0);
	CHECK_EQ(s, 9);
	CHECK_ERRNO(syscall(SYS_getresgid, &r, &e, NULL), EFAULT);
	CHECK_EQ(e, 0);
	return test_done();
}
