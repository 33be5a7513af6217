// pidfd_getfd(2): a copy of another process's descriptor, for who may trace it.
#include "test.h"
#include <sys/prctl.h>

static int getfd(int pidfd, int fd, unsigned flags)
{
	return syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

static int pidfd_of(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	REQUIRE(fd >= 0);
	return fd;
}

/* A child with a file as descriptor 50 that waits for a byte; write(ends[1]) lets it go on. */
static pid_t child_with_file(int ends[2], int setting)
{
	int ready[2];
	char c;
	REQUIRE(pipe(ends) == 0 && pipe(ready) == 0);
	pid_t pid = test_fork();
	if (pid == 0) {
		int fd = make_file("shared", "abcdef");
		dup2(fd, 50);
		close(fd);
		if (setting == 1)
			prctl(PR_SET_DUMPABLE, 0);
		write(ready[1], "x", 1);
		close(ends[1]);
		read(ends[0], &c, 1);
		_exit(0);
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

TEST(refused)
{
	int me = pidfd_of(getpid()), file = make_file("f", "x");
	CHECK_ERRNO(getfd(me, 0, 1), EINVAL);
	CHECK_ERRNO(getfd(-1, 0, 1), EINVAL); /* flags first */
	CHECK_ERRNO(getfd(-1, 0, 0), EBADF);
	CHECK_ERRNO(getfd(999, 0, 0), EBADF);
	CHECK_ERRNO(getfd(file, 0, 0), EBADF); /* no pidfd */
	CHECK_ERRNO(getfd(me, -1, 0), EBADF);
	CHECK_ERRNO(getfd(me, 999, 0), EBADF);
	close(me);
	close(file);
}

TEST(of_oneself)
{
	int me = pidfd_of(getpid()), file = make_file("f", "xyz"), copy;
	copy = getfd(me, file, 0);
	REQUIRE(copy >= 0);
	CHECK_EQ(fcntl(copy, F_GETFD), FD_CLOEXEC); /* always */
	CHECK_EQ(lseek(copy, 2, SEEK_SET), 2);
	CHECK_EQ(lseek(file, 0, SEEK_CUR), 2); /* one open file */
	CHECK_EQ(fcntl(file, F_GETFD), 0);
	close(copy);
	close(file);
	close(me);
}

TEST(of_a_child)
{
	int ends[2], fd, pidfd;
	char buf[8] = "";
	pid_t child = child_with_file(ends, 0);
	pidfd = pidfd_of(child);
	CHECK_ERRNO(getfd(pidfd, 49, 0), EBADF);
	fd = getfd(pidfd, 50, 0);
	REQUIRE(fd >= 0);
	CHECK_EQ(read(fd, buf, 3), 3);
	CHECK_STREQ(buf, "abc");
	CHECK_EQ(write(ends[1], "x", 1), 1);
	siginfo_t si;
	CHECK_OK(waitid(P_PIDFD, pidfd, &si, WEXITED | WNOWAIT));
	CHECK(getfd(pidfd, 50, 0) == -1 && (errno == ESRCH || errno == EBADF)); /* a zombie has none; ESRCH since 6.9 */
	CHECK_EQ(test_wait(child), 0);
	CHECK_ERRNO(getfd(pidfd, 50, 0), ESRCH);
	CHECK_EQ(read(fd, buf, 3), 3); /* mine now */
	close(fd);
	close(pidfd);
	close(ends[0]);
	close(ends[1]);
}

/* Who may not trace a process gets nothing of it. */
TEST(permission)
{
	int ends[2], pidfd;
	if (geteuid() != 0)
		SKIP("needs root");
	pid_t child = child_with_file(ends, 0);
	pidfd = pidfd_of(child);
	CHECK_EQ(IN_CHILD(CHECK_OK(setresuid(1000, 1000, 1000)); CHECK_ERRNO(getfd(pidfd, 50, 0), EPERM);
			  CHECK_ERRNO(getfd(pidfd, 49, 0), EPERM)),
		 0);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	test_wait(child);
	/* Not dumpable: only with CAP_SYS_PTRACE. */
	child = child_with_file(ends, 1);
	close(pidfd);
	pidfd = pidfd_of(child);
	int fd = getfd(pidfd, 50, 0);
	CHECK(fd >= 0);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	test_wait(child);
}

TEST(limit)
{
	int me = pidfd_of(getpid());
	struct rlimit { unsigned long cur, max; } old, new;
	CHECK_OK(syscall(SYS_prlimit64, 0, 7, NULL, &old));
	new = old;
	new.cur = me + 1;
	CHECK_OK(syscall(SYS_prlimit64, 0, 7, &new, NULL));
	while (dup(0) >= 0)
		;
	CHECK_ERRNO(getfd(me, 0, 0), EMFILE);
	CHECK_OK(syscall(SYS_prlimit64, 0, 7, &old, NULL));
}

TEST_MAIN
