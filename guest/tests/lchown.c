#include "test.h"

/* test: guest-only, needs root */
int main(void)
{
	struct stat st;
	close(make_file("f", ""));
	CHECK_OK(symlink("f", "l"));
	CHECK_OK(lchown("l", 5, 6));
	CHECK_OK(lstat("l", &st));
	CHECK(st.st_uid == 5 && st.st_gid == 6);
	CHECK_OK(stat("l", &st));
	CHECK(st.st_uid == 0);
	return test_done();
}
