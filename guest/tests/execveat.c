#include "test.h"

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "child"))
		return 0;
	char *self = realpath("/proc/self/exe", 0);
	char *args[] = { "x", "child", 0 }, *env[] = { 0 };
	int fd = open(self, O_RDONLY | O_CLOEXEC);
	CHECK_EQ(IN_CHILD({ syscall(SYS_execveat, fd, "", args, env, AT_EMPTY_PATH); _exit(9); }), 0);
	CHECK_EQ(IN_CHILD({ syscall(SYS_execveat, AT_FDCWD, self, args, env, 0); _exit(9); }), 0);
	CHECK_ERRNO(syscall(SYS_execveat, fd, "", args, env, 0), ENOENT);
	CHECK_ERRNO(syscall(SYS_execveat, -1, "x", args, env, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_execveat, fd, "x", args, env, 1), EINVAL);
	CHECK_OK(symlink(self, "l"));
	CHECK_ERRNO(syscall(SYS_execveat, AT_FDCWD, "l", args, env, AT_SYMLINK_NOFOLLOW), ELOOP);
	CHECK_ERRNO(syscall(SYS_execveat, -1, "", args, env, 0), ENOENT);
	CHECK_ERRNO(syscall(SYS_execveat, -1, "", args, env, AT_EMPTY_PATH), EBADF);
	return test_done();
}
