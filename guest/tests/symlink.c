#include "test.h"

int main(void)
{
	char buf[64], big[PATH_MAX + 1];
	CHECK_OK(symlink("some/where", "l"));
	CHECK_EQ(readlink("l", buf, sizeof buf), 10);
	CHECK_ERRNO(symlink("x", "l"), EEXIST);
	CHECK_ERRNO(symlink("", "m"), ENOENT);
	CHECK_ERRNO(symlink("x", "no/m"), ENOENT);
	CHECK_ERRNO(symlink("x", ""), ENOENT);
	memset(big, 'a', sizeof big);
	big[PATH_MAX] = 0;
	CHECK_ERRNO(symlink(big, "m"), ENAMETOOLONG);
	big[4095] = 0;
	CHECK_OK(symlink(big, "m"));
	struct stat st;
	CHECK_OK(lstat("m", &st));
	CHECK_EQ(st.st_size, 4095);
	return test_done();
}
