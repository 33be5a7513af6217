// ioprio_get(2): threads that have set nothing; see ioprio_set for the rest.
#include "test.h"

#define get(which, who) syscall(SYS_ioprio_get, which, who)

int main(void)
{
	CHECK_ERRNO(get(0, 0), EINVAL);
	CHECK_ERRNO(get(-1, 1 << 30), EINVAL);
	CHECK_ERRNO(get(1, -5), ESRCH);
	CHECK_EQ(get(1, 0), 0); /* none was set */
	CHECK_EQ(get(1, getpid()), 0);
	CHECK(get(3, getuid()) >= 0);
	return test_done();
}
