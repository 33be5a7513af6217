/* sync_file_range(2). */
#include "test.h"

int main(void)
{
	int f = make_file("f", "abc"), p[2], null = open("/dev/null", O_RDONLY);
	REQUIRE(pipe(p) == 0);
	CHECK_OK(sync_file_range(f, 0, 0, 7));
	CHECK_OK(sync_file_range(f, 0, 10, 0));
	CHECK_ERRNO(sync_file_range(f, 0, 10, 8), EINVAL);
	CHECK_ERRNO(sync_file_range(f, -1, 10, 2), EINVAL);
	CHECK_ERRNO(sync_file_range(f, 5, -2, 2), EINVAL);
	CHECK_ERRNO(sync_file_range(f, LLONG_MAX, 2, 2), EINVAL);
	CHECK_ERRNO(sync_file_range(-1, 0, 10, 8), EBADF);
	CHECK_ERRNO(sync_file_range(p[0], 0, 10, 2), ESPIPE);
	CHECK_ERRNO(sync_file_range(null, 0, 10, 2), ESPIPE);
	CHECK_OK(sync_file_range(open(".", O_RDONLY), 0, 10, 2));
	return test_done();
}
