/* membarrier(2): what every kernel that has it can do. */
#include "test.h"

int main(void)
{
	CHECK(syscall(SYS_membarrier, 0, 0, 0) & 1);
	CHECK_OK(syscall(SYS_membarrier, 1, 0, 0));
	CHECK_ERRNO(syscall(SYS_membarrier, 0, 1, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_membarrier, 1 << 20, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_membarrier, 3, 0, 0), EINVAL);
	return test_done();
}
