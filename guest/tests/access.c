#include "test.h"

int main(void)
{
	close(make_file("f", ""));
	CHECK_OK(access("f", F_OK));
	CHECK_OK(access("f", R_OK | W_OK));
	CHECK_OK(chmod("f", 0444));
	CHECK_ERRNO(access("f", 8), EINVAL);
	CHECK_ERRNO(access("none", F_OK), ENOENT);
	CHECK_ERRNO(access(BAD_PTR, F_OK), EFAULT);
	if (getuid() == 0) {
		/* Root may do anything but execute what nobody may. */
		CHECK_OK(access("f", W_OK));
		CHECK_ERRNO(access("f", X_OK), EACCES);
		CHECK_EQ(IN_CHILD({
			CHECK_OK(chmod(".", 0755));
			CHECK_OK(setresuid(1000, 1000, 1000));
			CHECK_ERRNO(access("f", W_OK), EACCES);
			CHECK_OK(access("f", R_OK));
		}), 0);
	}
	return test_done();
}
