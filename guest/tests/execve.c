#include "test.h"

extern char **environ;

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "child")) {
		CHECK_EQ(argc, 3);
		CHECK(!strcmp(argv[2], "arg two"));
		CHECK(getenv("K") && !strcmp(getenv("K"), "V"));
		CHECK(environ[0] && !environ[1]);
		CHECK_ERRNO(fcntl(50, F_GETFD), EBADF);
		CHECK_EQ(fcntl(51, F_GETFD), 0);
		struct sigaction sa;
		sigaction(SIGUSR1, 0, &sa);
		CHECK(sa.sa_handler == SIG_DFL);
		sigaction(SIGUSR2, 0, &sa);
		CHECK(sa.sa_handler == SIG_IGN);
		return test_failures ? 1 : 0;
	}
	char *self = realpath("/proc/self/exe", 0);
	char *args[] = { "x", "child", "arg two", 0 }, *env[] = { "K=V", 0 };
	int st = IN_CHILD({
		dup2(1, 51);
		dup3(1, 50, O_CLOEXEC);
		signal(SIGUSR1, SIG_DFL);
		signal(SIGUSR2, SIG_IGN);
		execve(self, args, env);
		_exit(99);
	});
	CHECK_EQ(st, 0);
	CHECK_ERRNO(execve("none", args, env), ENOENT);
	CHECK_ERRNO(execve(".", args, env), EACCES);
	close(make_file("f", "not a program"));
	CHECK_ERRNO(execve("f", args, env), EACCES);
	CHECK_OK(chmod("f", 0755));
	CHECK_ERRNO(execve("f", args, env), ENOEXEC);
	CHECK_ERRNO(execve("f/x", args, env), ENOTDIR);
	CHECK_ERRNO(execve(BAD_PTR, args, env), EFAULT);
	CHECK_ERRNO(execve(self, BAD_PTR, env), EFAULT);
	/* Scripts. */
	close(make_file("s", "#!/none/here\n"));
	CHECK_OK(chmod("s", 0755));
	CHECK_ERRNO(execve("s", args, env), ENOENT);
	char buf[PATH_MAX + 32];
	sprintf(buf, "#! %s child\n", self);
	close(make_file("s2", buf));
	CHECK_OK(chmod("s2", 0755));
	CHECK_EQ(IN_CHILD({
		char *a[] = { "ignored", 0 };
		(void)a;
		dup2(1, 51);
		signal(SIGUSR2, SIG_IGN);
		execve("s2", a, env);
		_exit(99);
	}) & 0xff, 0);
	/* A string too long. */
	char *big = malloc(200000);
	memset(big, 'a', 199999);
	big[199999] = 0;
	char *a2[] = { big, 0 };
	CHECK_ERRNO(execve(self, a2, env), E2BIG);
	return test_done();
}
