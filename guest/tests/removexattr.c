/* removexattr(2). */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[10];
	close(make_file("f", ""));
	CHECK_ERRNO(removexattr("f", "trusted.a"), ENODATA);
	REQUIRE(setxattr("f", "trusted.a", "x", 1, 0) == 0);
	CHECK_OK(removexattr("f", "trusted.a"));
	CHECK_ERRNO(getxattr("f", "trusted.a", buf, 10), ENODATA);
	CHECK_ERRNO(removexattr("f", "trusted.a"), ENODATA);
	CHECK_ERRNO(removexattr("f", ""), ERANGE);
	CHECK_ERRNO(removexattr("f", BAD_PTR), EFAULT);
	CHECK_ERRNO(removexattr("f", "other"), EOPNOTSUPP);
	CHECK_ERRNO(removexattr("none", "trusted.a"), ENOENT);
	REQUIRE(setxattr("f", "trusted.a", "x", 1, 0) == 0);
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1000, 1000, 1000) == 0);
		CHECK_ERRNO(removexattr("f", "trusted.a"), EPERM);
	}), 0);
	return test_done();
}
