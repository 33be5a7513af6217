/* fsetxattr(2): by descriptor. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[10];
	int it = make_file("f", "");
	CHECK_OK(fsetxattr(it, "trusted.a", "abc", 3, XATTR_CREATE));
	CHECK_ERRNO(fsetxattr(it, "trusted.a", "abc", 3, XATTR_CREATE), EEXIST);
	CHECK_ERRNO(fsetxattr(it, "trusted.a", "abc", 3, 8), EINVAL);
	CHECK_EQ(fgetxattr(it, "trusted.a", buf, 10), 3);
	CHECK_ERRNO(fgetxattr(-1, "trusted.a", buf, 10), EBADF);
	CHECK_ERRNO(fgetxattr(open("f", O_PATH), "trusted.a", buf, 10), EBADF);
	return test_done();
}
