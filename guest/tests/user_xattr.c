// Attributes of the user's namespace, which anybody may keep on a file that he may write.
/* test: skip-oracle, on tmpfs Linux 6.6 brought them */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[64];
	int fd = make_file("f", "");
	CHECK_ERRNO(getxattr("f", "user.a", buf, sizeof buf), ENODATA);
	CHECK_OK(setxattr("f", "user.a", "one", 3, XATTR_CREATE));
	CHECK_OK(fsetxattr(fd, "user.b", "", 0, 0));
	CHECK_EQ(fgetxattr(fd, "user.a", NULL, 0), 3);
	CHECK_EQ(fgetxattr(fd, "user.a", buf, sizeof buf), 3);
	CHECK(!memcmp(buf, "one", 3));
	CHECK_ERRNO(getxattr("f", "user.a", buf, 2), ERANGE);
	CHECK_EQ(getxattr("f", "user.b", buf, sizeof buf), 0);
	CHECK_OK(link("f", "g"));
	CHECK_OK(rename("f", "h"));
	CHECK_EQ(getxattr("g", "user.a", buf, sizeof buf), 3);
	CHECK_EQ(listxattr("h", NULL, 0), 14);
	CHECK_OK(removexattr("h", "user.a"));
	CHECK_ERRNO(getxattr("g", "user.a", buf, sizeof buf), ENODATA);
	CHECK_ERRNO(removexattr("h", "user.a"), ENODATA);
	CHECK_EQ(flistxattr(fd, buf, sizeof buf), 7);
	CHECK(!memcmp(buf, "user.b", 7));
	return test_done();
}
