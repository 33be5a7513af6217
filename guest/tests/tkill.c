#include "test.h"

int main(void)
{
	CHECK_OK(syscall(SYS_tkill, gettid(), 0));
	CHECK_ERRNO(syscall(SYS_tkill, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_tkill, -1, 0), EINVAL);
	CHECK_EQ(IN_CHILD(syscall(SYS_tkill, gettid(), SIGTERM)), SIGTERM);
	return test_done();
}
