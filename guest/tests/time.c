#include "test.h"

int main(void)
{
	time_t t = 0;
	long r = syscall(SYS_time, &t);
	CHECK(r == t && r > 1577836800);
	CHECK_ERRNO(syscall(SYS_time, BAD_PTR), EFAULT);
	return test_done();
}
