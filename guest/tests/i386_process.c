/* Processes, limits, names and users as 32-bit programs know them.
 * test: cflags=-m32 */
#include "test.h"
#include <sys/resource.h>
#include <sys/socket.h>

TEST(waitpid)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		_exit(3);
	CHECK_EQ(syscall(SYS_waitpid, child, &status, 0), child);
	CHECK_EQ(status, 3 << 8);
	CHECK_ERRNO(syscall(SYS_waitpid, -1, &status, 0), ECHILD);
	CHECK_ERRNO(syscall(SYS_waitpid, -1, &status, 0x100), EINVAL);
}

TEST(nice)
{
	pid_t child = fork();
	if (child == 0) {
		CHECK_EQ(syscall(SYS_nice, 3), 0);
		CHECK_EQ(getpriority(PRIO_PROCESS, 0), 3);
		CHECK_EQ(syscall(SYS_nice, 1000), 0);
		CHECK_EQ(getpriority(PRIO_PROCESS, 0), 19);
		struct rlimit none = { 0, 0 };
		REQUIRE(setrlimit(RLIMIT_NICE, &none) == 0);
		if (geteuid() == 0)
			REQUIRE(syscall(SYS_setresuid32, 1234, 1234, 1234) == 0);
		CHECK_ERRNO(syscall(SYS_nice, -1), EPERM);
		CHECK_EQ(syscall(SYS_nice, 0), 0);
		_exit(test_done());
	}
	int status = -1;
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
}

TEST(stime)
{
	int32_t when = 1000000000;
	CHECK_ERRNO(syscall(SYS_stime, BAD_PTR), EFAULT);
	pid_t child = fork();
	if (child == 0) {
		if (geteuid() == 0)
			REQUIRE(syscall(SYS_setresuid32, 1234, 1234, 1234) == 0);
		CHECK_ERRNO(syscall(SYS_stime, &when), EPERM);
		_exit(test_done());
	}
	int status = -1;
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
}

TEST(ugetrlimit)
{
	uint32_t set[2] = { 100, 0xffffffff }, old[2], now[2], wide[4];
	pid_t child = fork();
	if (child == 0) {
		CHECK_OK(syscall(SYS_ugetrlimit, RLIMIT_CORE, now));
		set[1] = now[1];
		CHECK_OK(syscall(SYS_setrlimit, RLIMIT_CORE, set));
		CHECK_OK(syscall(SYS_ugetrlimit, RLIMIT_CORE, now));
		CHECK_EQ(now[0], 100);
		/* No limit is all ones; the older call says the largest signed number. */
		CHECK_OK(syscall(SYS_ugetrlimit, RLIMIT_FSIZE, now));
		CHECK_OK(syscall(SYS_getrlimit, RLIMIT_FSIZE, old));
		CHECK_EQ(now[0], 0xffffffff);
		CHECK_EQ(old[0], 0x7fffffff);
		CHECK_OK(syscall(SYS_setrlimit, RLIMIT_FSIZE, now));
		CHECK_OK(syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, wide));
		CHECK(wide[0] == 0xffffffff && wide[1] == 0xffffffff);
		CHECK_ERRNO(syscall(SYS_ugetrlimit, 99, now), EINVAL);
		CHECK_ERRNO(syscall(SYS_getrlimit, RLIMIT_CORE, BAD_PTR), EFAULT);
		_exit(test_done());
	}
	int status = -1;
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
}

TEST(olduname)
{
	char name[5 * 65 + 1];
	name[5 * 65] = 'x';
	CHECK_OK(syscall(SYS_olduname, name));
	CHECK(strcmp(name, "Linux") == 0);
	CHECK_EQ(name[5 * 65], 'x');
	CHECK_ERRNO(syscall(SYS_olduname, NULL), EFAULT);
}

TEST(oldolduname)
{
	char name[5 * 9 + 1], whole[6 * 65];
	name[5 * 9] = 'x';
	CHECK_OK(syscall(SYS_oldolduname, name));
	CHECK_OK(syscall(SYS_uname, whole));
	CHECK(strcmp(name, "Linux") == 0);
	CHECK_EQ(name[2 * 9 + 8], 0);
	CHECK(strncmp(name + 2 * 9, whole + 2 * 65, 8) == 0);
	CHECK_EQ(name[5 * 9], 'x');
	CHECK_ERRNO(syscall(SYS_oldolduname, BAD_PTR), EFAULT);
}

TEST(getuid)
{
	pid_t child = fork();
	if (child == 0) {
		uint16_t ids[3];
		if (geteuid() != 0)
			_exit(0);
		/* 0xffff means "as it is"; what 16 bits can't say is nobody. */
		CHECK_OK(syscall(SYS_setresgid, 0xffff, 7, 0xffff));
		CHECK_EQ(syscall(SYS_getegid), 7);
		CHECK_OK(syscall(SYS_setresgid32, 100000, 100000, 100000));
		CHECK_EQ(syscall(SYS_getgid), 65534);
		CHECK_OK(syscall(SYS_getresgid, &ids[0], &ids[1], &ids[2]));
		CHECK(ids[0] == 65534 && ids[1] == 65534 && ids[2] == 65534);
		uint16_t groups[2] = { 5, 4 };
		CHECK_OK(syscall(SYS_setgroups, 2, groups));
		groups[0] = groups[1] = 0;
		CHECK_EQ(syscall(SYS_getgroups, 2, groups), 2);
		CHECK(groups[0] == 4 && groups[1] == 5);
		CHECK_ERRNO(syscall(SYS_getgroups, 1, groups), EINVAL);
		int fd = syscall(SYS_creat, "owned", 0600);
		CHECK_OK(syscall(SYS_fchown, fd, 0xffff, 12));
		struct stat st;
		CHECK_OK(fstat(fd, &st));
		CHECK_EQ(st.st_gid, 12);
		CHECK_EQ(st.st_uid, 0);
		CHECK_OK(syscall(SYS_chown, "owned", 13, 0xffff));
		CHECK_OK(fstat(fd, &st));
		CHECK_EQ(st.st_uid, 13);
		CHECK_OK(syscall(SYS_setfsuid32, 200000));
		CHECK_EQ(syscall(SYS_setfsuid, 0), 200000);
		CHECK_OK(syscall(SYS_setreuid, 9, 0xffff));
		CHECK_EQ(syscall(SYS_getuid), 9);
		CHECK_EQ(syscall(SYS_geteuid), 0);
		CHECK_OK(syscall(SYS_setuid, 11));
		CHECK_EQ(syscall(SYS_getuid), 11);
		CHECK_ERRNO(syscall(SYS_setuid, 0), EPERM);
		_exit(test_done());
	}
	int status = -1;
	waitpid(child, &status, 0);
	CHECK_EQ(status, 0);
}

static int sockets(int call, ...)
{
	unsigned long args[6];
	va_list list;
	va_start(list, call);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, unsigned long);
	va_end(list);
	return syscall(SYS_socketcall, call, args);
}

TEST(socketcall)
{
	int fds[2];
	char buf[8] = { 0 };
	CHECK_OK(sockets(8, AF_UNIX, SOCK_STREAM, 0, fds, 0, 0));
	CHECK_EQ(sockets(9, fds[0], "abc", 3, 0, 0, 0), 3);
	CHECK_EQ(sockets(10, fds[1], buf, 8, 0, 0, 0), 3);
	CHECK(strcmp(buf, "abc") == 0);
	struct iovec iov = { "xy", 2 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	CHECK_EQ(sockets(16, fds[0], &msg, 0, 0, 0, 0), 2);
	iov.iov_base = buf;
	iov.iov_len = 8;
	CHECK_EQ(sockets(17, fds[1], &msg, 0, 0, 0, 0), 2);
	CHECK_EQ(buf[1], 'y');
	CHECK_OK(sockets(13, fds[0], SHUT_WR, 0, 0, 0, 0));
	CHECK_EQ(sockets(12, fds[1], buf, 8, 0, 0, 0), 0);
	CHECK_ERRNO(sockets(0, 0, 0, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(sockets(21, 0, 0, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_socketcall, 1, BAD_PTR), EFAULT);
}

TEST_MAIN
