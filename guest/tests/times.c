#include "test.h"

#include <sys/times.h>
int main(void)
{
	struct tms t;
	long r = syscall(SYS_times, &t);
	CHECK(r != -1 && t.tms_utime >= 0 && t.tms_cutime >= 0);
	CHECK_OK(syscall(SYS_times, 0));
	CHECK_ERRNO(syscall(SYS_times, BAD_PTR), EFAULT);
	return test_done();
}
