#include "test.h"

#include <utime.h>
int main(void)
{
	struct stat st;
	struct utimbuf u = { 10, 20 };
	close(make_file("f", ""));
	CHECK_OK(syscall(SYS_utime, "f", &u));
	CHECK_OK(stat("f", &st));
	CHECK(st.st_atime == 10 && st.st_mtime == 20);
	CHECK_OK(syscall(SYS_utime, "f", 0));
	CHECK_ERRNO(syscall(SYS_utime, "none", 0), ENOENT);
	return test_done();
}
