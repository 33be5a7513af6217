// getuid(2): the real user, whatever the effective one is.
/* test: guest-only, needs root */
#include "test.h"

int main(void)
{
	CHECK_EQ(syscall(SYS_getuid), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 2000, 3000));
		CHECK_EQ(syscall(SYS_getuid), 1000);
		CHECK_EQ(IN_CHILD(CHECK_EQ(syscall(SYS_getuid), 1000)), 0);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(-2, 0, 0));
		CHECK_EQ(syscall(SYS_getuid), 4294967294u);
	}), 0);
	return test_done();
}
