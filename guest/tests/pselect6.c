#include "test.h"

#include <sys/select.h>
int main(void)
{
	int p[2];
	fd_set r;
	CHECK_OK(pipe(p));
	FD_ZERO(&r); FD_SET(p[0], &r);
	struct timespec t = { 0, 1000000 };
	CHECK_EQ(syscall(SYS_pselect6, p[0] + 1, &r, 0, 0, &t, 0), 0);
	CHECK_EQ(t.tv_nsec, 0);
	struct { void *mask; size_t len; } sig = { BAD_PTR, 8 };
	CHECK_ERRNO(syscall(SYS_pselect6, p[0] + 1, &r, 0, 0, &t, &sig), EFAULT);
	sig.len = 4;
	CHECK_ERRNO(syscall(SYS_pselect6, p[0] + 1, &r, 0, 0, &t, &sig), EINVAL);
	return test_done();
}
