#include "test.h"

int main(void)
{
	int st;
	pid_t a = fork();
	if (!a) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(a, a);
	CHECK_OK(kill(a, 0));
	CHECK_OK(kill(-a, SIGTERM));
	CHECK_EQ(waitpid(a, &st, 0), a);
	CHECK_EQ(st, SIGTERM);
	CHECK_ERRNO(kill(a, 0), ESRCH);
	CHECK_ERRNO(kill(-a, 0), ESRCH);
	CHECK_ERRNO(kill(getpid(), 65), EINVAL);
	CHECK_ERRNO(kill(INT_MIN, 1), ESRCH);
	if (getuid() == 0)
		CHECK_EQ(IN_CHILD({
			CHECK_OK(setresuid(1000, 1000, 1000));
			CHECK_ERRNO(kill(1, SIGTERM), EPERM);
		}), 0);
	CHECK_EQ(IN_CHILD(raise(SIGABRT); _exit(1)) & 0x7f, SIGABRT);
	CHECK_EQ(IN_CHILD(kill(getpid(), SIGKILL); _exit(1)), SIGKILL);
	return test_done();
}
