/* lgetxattr(2): the link itself. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[10];
	const char *it = "l";
	close(make_file("f", ""));
	REQUIRE(symlink("f", "l") == 0);
	CHECK_ERRNO(lgetxattr(it, "trusted.a", buf, 10), ENODATA);
	CHECK_OK(lsetxattr(it, "trusted.a", "abc", 3, 0));
	CHECK_EQ(lgetxattr(it, "trusted.a", buf, 10), 3);
	CHECK_EQ(lgetxattr(it, "trusted.a", NULL, 0), 3);
	CHECK_ERRNO(lgetxattr(it, "trusted.a", buf, 2), ERANGE);
	CHECK_EQ(listxattr("f", buf, 10), 0);
	CHECK_ERRNO(lgetxattr("none", "trusted.a", buf, 10), ENOENT);
	return test_done();
}
