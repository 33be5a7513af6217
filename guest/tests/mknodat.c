#include "test.h"

int main(void)
{
	struct stat st;
	CHECK_OK(mkdir("d", 0755));
	int d = open("d", O_RDONLY);
	CHECK_OK(mknodat(d, "p", S_IFIFO | 0600, 0));
	CHECK_OK(stat("d/p", &st));
	CHECK(S_ISFIFO(st.st_mode));
	CHECK_ERRNO(mknodat(-1, "p", S_IFIFO | 0600, 0), EBADF);
	CHECK_ERRNO(mknodat(-1, "", S_IFREG | 0600, 0), ENOENT);
	/* What shall be made is looked at before where. */
	CHECK_ERRNO(mknodat(-1, "x", S_IFDIR | 0600, 0), EPERM);
	return test_done();
}
