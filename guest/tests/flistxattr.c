/* flistxattr(2): by descriptor. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[100];
	int it = make_file("f", "");
	CHECK_EQ(flistxattr(it, buf, 100), 0);
	CHECK_OK(fsetxattr(it, "trusted.a", "abc", 3, 0));
	CHECK_EQ(flistxattr(it, buf, 100), 10);
	CHECK_STREQ(buf, "trusted.a");
	CHECK_ERRNO(flistxattr(it, buf, 9), ERANGE);
	CHECK_ERRNO(fgetxattr(-1, "trusted.a", buf, 10), EBADF);
	CHECK_ERRNO(fgetxattr(open("f", O_PATH), "trusted.a", buf, 10), EBADF);
	return test_done();
}
