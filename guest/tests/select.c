#include "test.h"

#include <sys/select.h>
int main(void)
{
	int p[2];
	fd_set r, w;
	struct timeval tv = { 0, 0 };
	CHECK_OK(pipe(p));
	FD_ZERO(&r); FD_ZERO(&w);
	FD_SET(p[0], &r); FD_SET(p[1], &w);
	CHECK_EQ(syscall(SYS_select, p[1] + 1, &r, &w, 0, &tv), 1);
	CHECK(!FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w));
	write(p[1], "x", 1);
	FD_SET(p[0], &r);
	CHECK_EQ(syscall(SYS_select, p[1] + 1, &r, 0, 0, 0), 1);
	FD_SET(p[0], &r); FD_SET(40, &r);
	CHECK_ERRNO(syscall(SYS_select, 41, &r, 0, 0, &tv), EBADF);
	CHECK_ERRNO(syscall(SYS_select, -1, &r, 0, 0, &tv), EINVAL);
	tv.tv_usec = 2000;
	CHECK_EQ(syscall(SYS_select, 0, 0, 0, 0, &tv), 0);
	CHECK(tv.tv_sec == 0 && tv.tv_usec == 0);
	return test_done();
}
