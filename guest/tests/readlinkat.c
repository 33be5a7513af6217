#include "test.h"

int main(void)
{
	char buf[16];
	CHECK_OK(symlink("abc", "l"));
	CHECK_EQ(readlinkat(AT_FDCWD, "l", buf, 16), 3);
	int fd = open("l", O_PATH | O_NOFOLLOW);
	CHECK_EQ(readlinkat(fd, "", buf, 16), 3);
	int d = open(".", O_RDONLY);
	CHECK_ERRNO(readlinkat(d, "", buf, 16), ENOENT);
	CHECK_ERRNO(readlinkat(-1, "l", buf, 16), EBADF);
	CHECK_ERRNO(readlinkat(-1, "", buf, 16), EBADF); /* here it may mean the descriptor */
	CHECK_ERRNO(readlinkat(-1, "", buf, 0), EINVAL);
	return test_done();
}
