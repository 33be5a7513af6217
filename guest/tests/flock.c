#include "test.h"

#include <sys/file.h>
int main(void)
{
	int a = make_file("f", ""), b = open("f", O_RDONLY);
	CHECK_OK(flock(a, LOCK_EX));
	CHECK_ERRNO(flock(b, LOCK_EX | LOCK_NB), EAGAIN);
	CHECK_ERRNO(flock(b, LOCK_SH | LOCK_NB), EAGAIN);
	CHECK_OK(flock(a, LOCK_SH));
	CHECK_OK(flock(b, LOCK_SH | LOCK_NB));
	CHECK_OK(flock(a, LOCK_UN));
	CHECK_OK(flock(b, LOCK_EX | LOCK_NB));
	close(b);
	CHECK_OK(flock(a, LOCK_EX | LOCK_NB));
	CHECK_ERRNO(flock(a, 77), EINVAL);
	CHECK_ERRNO(flock(-1, LOCK_SH), EBADF);
	/* LOCK_MAND, which Linux took away: it always succeeds, whatever stands beside it. */
	CHECK_OK(flock(a, 32));
	CHECK_OK(flock(a, 32 | 64 | LOCK_NB));
	CHECK_OK(flock(-1, 32));
	CHECK_ERRNO(flock(-1, 77 - 64), EINVAL);
	return test_done();
}
