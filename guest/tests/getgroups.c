// getgroups(2): the number alone for size 0, EINVAL where they don't fit.
/* test: guest-only, needs root */
#include "test.h"
#include <grp.h>

int main(void)
{
	gid_t some[] = { 3, 1, 2 }, got[4] = { 9, 9, 9, 9 };
	CHECK_OK(setgroups(3, some));
	CHECK_EQ(syscall(SYS_getgroups, 0, NULL), 3);
	CHECK_EQ(syscall(SYS_getgroups, 0, BAD_PTR), 3);
	CHECK_ERRNO(syscall(SYS_getgroups, 2, got), EINVAL);
	CHECK_ERRNO(syscall(SYS_getgroups, -1, got), EINVAL);
	CHECK_ERRNO(syscall(SYS_getgroups, 2, BAD_PTR), EINVAL);
	CHECK_ERRNO(syscall(SYS_getgroups, 3, BAD_PTR), EFAULT);
	CHECK_EQ(got[0], 9);
	CHECK_EQ(syscall(SYS_getgroups, 4, got), 3);
	CHECK(got[0] == 1 && got[1] == 2 && got[2] == 3 && got[3] == 9);
	/* The effective group isn't added. */
	CHECK_OK(setgid(77));
	CHECK_EQ(syscall(SYS_getgroups, 0, NULL), 3);
	CHECK_OK(setgroups(0, NULL));
	CHECK_EQ(syscall(SYS_getgroups, 4, BAD_PTR), 0);
	return test_done();
}
