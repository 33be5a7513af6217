/* fgetxattr(2): by descriptor. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

int main(void)
{
	char buf[10];
	int it = make_file("f", "");
	CHECK_ERRNO(fgetxattr(it, "trusted.a", buf, 10), ENODATA);
	CHECK_OK(fsetxattr(it, "trusted.a", "abc", 3, 0));
	CHECK_EQ(fgetxattr(it, "trusted.a", buf, 10), 3);
	CHECK_EQ(fgetxattr(it, "trusted.a", NULL, 0), 3);
	CHECK_ERRNO(fgetxattr(it, "trusted.a", buf, 2), ERANGE);
	CHECK_ERRNO(fgetxattr(-1, "trusted.a", buf, 10), EBADF);
	CHECK_ERRNO(fgetxattr(open("f", O_PATH), "trusted.a", buf, 10), EBADF);
	return test_done();
}
