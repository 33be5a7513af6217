/* listxattr(2): all names, sizes, and what may not be seen. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[200];
	close(make_file("f", ""));
	CHECK_EQ(listxattr("f", buf, 200), 0);
	CHECK_EQ(listxattr("f", NULL, 0), 0);
	REQUIRE(setxattr("f", "trusted.bb", "hello", 5, 0) == 0);
	REQUIRE(setxattr("f", "trusted.a", "", 0, 0) == 0);
	CHECK_EQ(listxattr("f", NULL, 0), 21);
	CHECK_EQ(listxattr("f", buf, 200), 21);
	CHECK(memmem(buf, 21, "trusted.a", 10) && memmem(buf, 21, "trusted.bb", 11));
	CHECK_ERRNO(listxattr("f", buf, 20), ERANGE);
	CHECK_ERRNO(listxattr("f", BAD_PTR, 200), EFAULT);
	CHECK_ERRNO(listxattr("none", buf, 200), ENOENT);
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1000, 1000, 1000) == 0);
		CHECK_EQ(listxattr("f", buf, 200), 0);
	}), 0);
	return test_done();
}
