/* getxattr(2): sizes, and what may not be seen. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[100];
	close(make_file("f", ""));
	REQUIRE(setxattr("f", "trusted.a", "hello", 5, 0) == 0);
	CHECK_EQ(getxattr("f", "trusted.a", NULL, 0), 5);
	CHECK_EQ(getxattr("f", "trusted.a", BAD_PTR, 0), 5);
	CHECK_EQ(getxattr("f", "trusted.a", buf, 100), 5);
	CHECK(!memcmp(buf, "hello", 5));
	CHECK_EQ(getxattr("f", "trusted.a", buf, 5), 5);
	CHECK_ERRNO(getxattr("f", "trusted.a", buf, 4), ERANGE);
	CHECK_ERRNO(getxattr("f", "trusted.a", BAD_PTR, 5), EFAULT);
	CHECK_ERRNO(getxattr("f", "trusted.b", buf, 5), ENODATA);
	CHECK_ERRNO(getxattr("f", "", buf, 5), ERANGE);
	CHECK_ERRNO(getxattr("f", "nothing", buf, 5), EOPNOTSUPP);
	CHECK_ERRNO(getxattr("none", "trusted.a", buf, 5), ENOENT);
	REQUIRE(symlink("f", "l") == 0);
	CHECK_EQ(getxattr("l", "trusted.a", buf, 100), 5);
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1000, 1000, 1000) == 0);
		CHECK_ERRNO(getxattr("f", "trusted.a", buf, 100), ENODATA);
	}), 0);
	return test_done();
}
