// geteuid(2): the effective user.
/* test: guest-only, needs root */
#include "test.h"

int main(void)
{
	CHECK_EQ(syscall(SYS_geteuid), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 2000, 3000));
		CHECK_EQ(syscall(SYS_geteuid), 2000);
		CHECK_EQ(IN_CHILD(CHECK_EQ(syscall(SYS_geteuid), 2000)), 0);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(0, -2, 0));
		CHECK_EQ(syscall(SYS_geteuid), 4294967294u);
	}), 0);
	return test_done();
}
