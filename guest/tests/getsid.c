// getsid(2): of oneself, of any process.
#include "test.h"

int main(void)
{
	pid_t mine = syscall(SYS_getsid, 0);
	CHECK(mine >= 0);
	CHECK_EQ(syscall(SYS_getsid, getpid()), mine);
	CHECK_ERRNO(syscall(SYS_getsid, -1), ESRCH);
	CHECK_ERRNO(syscall(SYS_getsid, 99999999), ESRCH);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(syscall(SYS_getsid, 0), mine);
		CHECK_EQ(setsid(), getpid());
		CHECK_EQ(syscall(SYS_getsid, 0), getpid());
		CHECK_EQ(syscall(SYS_getsid, getppid()), mine);
		CHECK_EQ(IN_CHILD(CHECK_EQ(syscall(SYS_getsid, 0), getppid())), 0);
	}), 0);
	return test_done();
}
