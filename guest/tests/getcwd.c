#include "test.h"

int main(void)
{
	char buf[PATH_MAX];
	CHECK_OK(chdir("/"));
	CHECK_EQ(syscall(SYS_getcwd, buf, sizeof buf), 2);
	CHECK(!strcmp(buf, "/"));
	CHECK_ERRNO(syscall(SYS_getcwd, buf, 1), ERANGE);
	CHECK_OK(chdir("/tmp"));
	CHECK_EQ(syscall(SYS_getcwd, buf, 5), 5);
	CHECK_ERRNO(syscall(SYS_getcwd, buf, 4), ERANGE);
	CHECK_ERRNO(syscall(SYS_getcwd, BAD_PTR, 100), EFAULT);
	char name[64];
	sprintf(name, "/tmp/cwd%d", getpid());
	CHECK_OK(mkdir(name, 0755));
	CHECK_OK(chdir(name));
	CHECK_OK(rmdir(name));
	CHECK_ERRNO(syscall(SYS_getcwd, buf, sizeof buf), ENOENT);
	return test_done();
}
