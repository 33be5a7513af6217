#include "test.h"

int main(void)
{
	struct stat st;
	struct timeval tv[2] = { { 10, 5 }, { 20, 6 } };
	close(make_file("f", ""));
	CHECK_OK(syscall(SYS_utimes, "f", tv));
	CHECK_OK(stat("f", &st));
	CHECK(st.st_atim.tv_nsec == 5000 && st.st_mtime == 20);
	tv[0].tv_usec = 1000000;
	CHECK_ERRNO(syscall(SYS_utimes, "f", tv), EINVAL);
	return test_done();
}
