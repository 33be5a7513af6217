#include "test.h"

int main(void)
{
	CHECK_OK(syscall(SYS_tgkill, getpid(), gettid(), 0));
	CHECK_ERRNO(syscall(SYS_tgkill, getppid(), gettid(), 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_tgkill, 0, gettid(), 0), EINVAL);
	CHECK_EQ(IN_CHILD(syscall(SYS_tgkill, getpid(), gettid(), SIGTERM)), SIGTERM);
	return test_done();
}
