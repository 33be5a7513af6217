/* lremovexattr(2): the link itself. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[10];
	const char *it = "l";
	close(make_file("f", ""));
	REQUIRE(symlink("f", "l") == 0);
	CHECK_ERRNO(lremovexattr(it, "trusted.a"), ENODATA);
	CHECK_OK(lsetxattr(it, "trusted.a", "abc", 3, 0));
	CHECK_OK(lremovexattr(it, "trusted.a"));
	CHECK_ERRNO(lgetxattr(it, "trusted.a", buf, 10), ENODATA);
	CHECK_EQ(listxattr("f", buf, 10), 0);
	CHECK_ERRNO(lgetxattr("none", "trusted.a", buf, 10), ENOENT);
	return test_done();
}
