#include "test.h"

int main(void)
{
	struct stat a, b;
	close(make_file("f", "1"));
	close(make_file("g", "22"));
	CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE), EEXIST);
	CHECK_OK(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE));
	CHECK_OK(stat("f", &a));
	CHECK_EQ(a.st_size, 2);
	CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "none", RENAME_EXCHANGE), ENOENT);
	CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
	CHECK_ERRNO(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", 64), EINVAL);
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(renameat2(AT_FDCWD, "d", AT_FDCWD, "f", RENAME_EXCHANGE));
	CHECK_OK(stat("f", &b));
	CHECK(S_ISDIR(b.st_mode));
	CHECK_OK(renameat2(AT_FDCWD, "g", AT_FDCWD, "h", RENAME_NOREPLACE));
	return test_done();
}
