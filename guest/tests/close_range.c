#include "test.h"

#include <linux/close_range.h>

int main(void)
{
	for (int i = 0; i < 10; i++)
		CHECK_EQ(dup2(1, 10 + i), 10 + i);
	CHECK_OK(syscall(SYS_close_range, 12, 14, 0));
	CHECK_ERRNO(fcntl(12, F_GETFD), EBADF);
	CHECK_ERRNO(fcntl(14, F_GETFD), EBADF);
	CHECK_OK(fcntl(11, F_GETFD));
	CHECK_OK(fcntl(15, F_GETFD));
	CHECK_OK(syscall(SYS_close_range, 15, 16, CLOSE_RANGE_CLOEXEC));
	CHECK_EQ(fcntl(15, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(17, F_GETFD), 0);
	CHECK_ERRNO(syscall(SYS_close_range, 16, 15, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_close_range, 16, 17, 64), EINVAL);
	CHECK_OK(syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_UNSHARE));
	CHECK_ERRNO(fcntl(19, F_GETFD), EBADF);
	return test_done();
}
