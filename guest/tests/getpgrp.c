// getpgrp(2): inherited over fork, kept over execve, changed by setpgid and setsid.
#include "test.h"

int main(int argc, char **argv)
{
	if (argc > 1)
		return syscall(SYS_getpgrp) != atoi(argv[1]);
	pid_t mine = syscall(SYS_getpgrp);
	CHECK(mine > 0);
	CHECK_EQ(IN_CHILD({
		char number[16];
		CHECK_EQ(syscall(SYS_getpgrp), mine);
		CHECK_OK(setpgid(0, 0));
		CHECK_EQ(syscall(SYS_getpgrp), getpid());
		CHECK_EQ(IN_CHILD({
			CHECK_EQ(syscall(SYS_getpgrp), getppid());
			CHECK_OK(setsid());
			CHECK_EQ(syscall(SYS_getpgrp), getpid());
		}), 0);
		sprintf(number, "%d", getpid());
		execl("/proc/self/exe", "getpgrp", number, NULL);
		CHECK(0);
	}), 0);
	CHECK_EQ(syscall(SYS_getpgrp), mine);
	return test_done();
}
