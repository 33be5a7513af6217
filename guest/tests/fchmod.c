#include "test.h"

int main(void)
{
	struct stat st;
	int fd = make_file("f", "");
	CHECK_OK(fchmod(fd, 0123));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0123);
	CHECK_ERRNO(fchmod(-1, 0), EBADF);
	int p = open("f", O_PATH);
	CHECK_ERRNO(fchmod(p, 0), EBADF);
	return test_done();
}
