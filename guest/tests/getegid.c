// getegid(2): the effective group.
/* test: guest-only, needs root */
#include "test.h"

int main(void)
{
	CHECK_EQ(syscall(SYS_getegid), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 2000, 3000));
		CHECK_EQ(syscall(SYS_getegid), 2000);
		CHECK_EQ(IN_CHILD(CHECK_EQ(syscall(SYS_getegid), 2000)), 0);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(0, -2, 0));
		CHECK_EQ(syscall(SYS_getegid), 4294967294u);
	}), 0);
	return test_done();
}
