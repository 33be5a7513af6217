#include "test.h"

/* test: guest-only, needs root */
int main(void)
{
	struct stat st;
	int fd = make_file("f", "");
	CHECK_OK(fchown(fd, 5, 6));
	CHECK_OK(fstat(fd, &st));
	CHECK(st.st_uid == 5 && st.st_gid == 6);
	CHECK_ERRNO(fchown(-1, 5, 6), EBADF);
	return test_done();
}
