/* fadvise64: posix_fadvise(2). */
#include "test.h"

static long advise(int fd, off_t off, size_t len, int advice)
{
	return syscall(SYS_fadvise64, fd, off, len, advice);
}

int main(void)
{
	int f = make_file("f", "abc"), p[2], null = open("/dev/null", O_RDONLY);
	REQUIRE(pipe(p) == 0);
	for (int i = 0; i < 6; i++)
		CHECK_OK(advise(f, 0, 0, i));
	CHECK_ERRNO(advise(f, 0, 0, 6), EINVAL);
	CHECK_ERRNO(advise(f, 0, 0, -1), EINVAL);
	CHECK_ERRNO(advise(f, 0, -1, 0), EINVAL);
	CHECK_OK(advise(f, 1 << 30, 10, POSIX_FADV_WILLNEED));
	CHECK_ERRNO(advise(-1, 0, 0, 9), EBADF);
	CHECK_ERRNO(advise(p[0], 0, 0, 0), ESPIPE);
	CHECK_ERRNO(advise(p[0], 0, 0, 9), ESPIPE);
	CHECK_OK(advise(null, 0, 0, 0));
	return test_done();
}
