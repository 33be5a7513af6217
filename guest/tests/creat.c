#include "test.h"

int main(void)
{
	int fd = creat("f", 0600);
	CHECK_OK(fd);
	CHECK_EQ(write(fd, "abc", 3), 3);
	char c;
	CHECK_ERRNO(read(fd, &c, 1), EBADF);
	CHECK_OK(creat("f", 0600));
	struct stat st;
	CHECK_OK(stat("f", &st));
	CHECK_EQ(st.st_size, 0);
	CHECK_ERRNO(creat(".", 0600), EISDIR);
	CHECK_ERRNO(creat("no/f", 0600), ENOENT);
	return test_done();
}
