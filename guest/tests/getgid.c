// getgid(2): the real group, whatever the effective one is.
/* test: guest-only, needs root */
#include "test.h"

int main(void)
{
	CHECK_EQ(syscall(SYS_getgid), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 2000, 3000));
		CHECK_EQ(syscall(SYS_getgid), 1000);
		CHECK_EQ(IN_CHILD(CHECK_EQ(syscall(SYS_getgid), 1000)), 0);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(-2, 0, 0));
		CHECK_EQ(syscall(SYS_getgid), 4294967294u);
	}), 0);
	return test_done();
}
