// fcntl(2): descriptors, status flags, pipes' sizes, record locks.
#include "test.h"

static int lock(int fd, int cmd, int type, long start, long len)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &fl);
}

TEST(descriptors)
{
	int fd = make_file("f", "0123456789");
	CHECK_EQ(fcntl(fd, F_DUPFD, 30), 30);
	CHECK_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 30), 31);
	CHECK_EQ(fcntl(31, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(30, F_GETFD), 0);
	CHECK_OK(fcntl(30, F_SETFD, 0xff)); /* only the one bit counts */
	CHECK_EQ(fcntl(30, F_GETFD), FD_CLOEXEC);
	CHECK_OK(fcntl(30, F_SETFD, 0xfe));
	CHECK_EQ(fcntl(30, F_GETFD), 0);
	CHECK_ERRNO(fcntl(fd, F_DUPFD, -1), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_DUPFD, 1 << 30), EINVAL);
	CHECK_EQ(fcntl(fd, F_DUPFD, 0x10000001e), 32); /* an int, and 30 and 31 are taken */
	close(32);
	CHECK_ERRNO(fcntl(fd, F_DUPFD, 0xffffffff), EINVAL);
	CHECK_ERRNO(fcntl(99, F_DUPFD, -1), EBADF);
	CHECK_ERRNO(fcntl(99, F_GETFD), EBADF);
	CHECK_ERRNO(fcntl(-1, 9999), EBADF);
	CHECK_ERRNO(fcntl(fd, 9999), EINVAL);
}

TEST(status_flags)
{
	int fd = open("f", O_RDWR);
	CHECK_OK(dup2(fd, 30));
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | 0100000 /* O_LARGEFILE */);
	CHECK_OK(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_RDONLY | O_CREAT | O_SYNC)); /* some can't be changed */
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | 0100000);
	CHECK_EQ(fcntl(30, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | 0100000);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(write(fd, "a", 1), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 11); /* appended */
	CHECK_OK(fcntl(fd, F_SETFL, O_NOATIME));
	CHECK_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NOATIME | 0100000);
	CHECK_OK(fcntl(fd, F_SETFL, 0));
	int path = open("f", O_PATH);
	CHECK_EQ(fcntl(path, F_GETFL), O_PATH);
	CHECK_ERRNO(fcntl(path, F_SETFL, 0), EBADF);
	CHECK_ERRNO(lock(path, F_SETLK, F_RDLCK, 0, 0), EBADF);
	CHECK_EQ(fcntl(path, F_DUPFD, 50), 50);
	CHECK_EQ(fcntl(path, F_GETFD), 0);
	/* O_NOATIME is the owner's. */
	CHECK_OK(chmod("f", 0644));
	CHECK_OK(chmod(".", 0755));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		int ro = open("f", O_RDONLY);
		CHECK_ERRNO(fcntl(ro, F_SETFL, O_NOATIME), EPERM);
		CHECK_OK(fcntl(ro, F_SETFL, O_NONBLOCK));
	}), 0);
	CHECK_EQ(fcntl(fd, F_GETOWN), 0);
	CHECK_EQ(fcntl(fd, F_GETSIG), 0);
	close(30);
}

TEST(pipes)
{
	int p[2], fd = open("f", O_RDONLY);
	char page[4096] = "";
	CHECK_OK(pipe2(p, O_NONBLOCK));
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(fcntl(p[0], F_SETPIPE_SZ, 5000), 8192);
	CHECK_EQ(fcntl(p[1], F_GETPIPE_SZ), 8192);
	CHECK_EQ(write(p[1], page, 4096), 4096);
	CHECK_EQ(write(p[1], page, 4096), 4096);
	CHECK_ERRNO(write(p[1], page, 1), EAGAIN);
	CHECK_ERRNO(fcntl(p[1], F_SETPIPE_SZ, 4096), EBUSY); /* more than that is in it */
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 16384), 16384);
	CHECK_EQ(write(p[1], page, 4096), 4096);
	CHECK_EQ(read(p[0], page, 4096), 4096);
	CHECK_ERRNO(fcntl(fd, F_GETPIPE_SZ), EBADF);
	CHECK_ERRNO(fcntl(fd, F_SETPIPE_SZ, 4096), EBADF);
	CHECK_ERRNO(fcntl(p[0], F_SETPIPE_SZ, -1), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(fcntl(p[0], F_SETPIPE_SZ, 2 << 20), EPERM); /* beyond fs.pipe-max-size */
		CHECK_EQ(fcntl(p[0], F_SETPIPE_SZ, 1 << 20), 1 << 20);
	}), 0);
}

TEST(lock_arguments)
{
	int fd = open("f", O_RDWR), ro = open("f", O_RDONLY), wo = open("f", O_WRONLY);
	struct flock fl = { .l_type = 7, .l_whence = SEEK_SET };
	CHECK_ERRNO(fcntl(fd, F_SETLK, &fl), EINVAL);
	fl.l_type = F_UNLCK;
	CHECK_ERRNO(fcntl(fd, F_GETLK, &fl), EINVAL);
	fl.l_whence = 9;
	CHECK_ERRNO(fcntl(fd, F_SETLK, &fl), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_SETLK, BAD_PTR), EFAULT);
	CHECK_ERRNO(fcntl(fd, F_GETLK, BAD_PTR), EFAULT);
	CHECK_ERRNO(lock(ro, F_SETLK, F_WRLCK, 0, 0), EBADF);
	CHECK_ERRNO(lock(wo, F_SETLK, F_RDLCK, 0, 0), EBADF);
	CHECK_ERRNO(lock(fd, F_SETLK, F_RDLCK, -1, 5), EINVAL);
	CHECK_ERRNO(lock(fd, F_SETLK, F_RDLCK, 3, -5), EINVAL);
	CHECK_ERRNO(lock(fd, F_SETLK, F_RDLCK, LONG_MAX, 5), EOVERFLOW);
	CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 0)); /* nothing was locked */
}

/* What another process is told about a range. */
static void other_sees(int type, long start, long len, int expected, long at, long n, int line)
{
	pid_t parent = getpid();
	int status = IN_CHILD({
		int fd = open("f", O_RDWR);
		struct flock fl = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };
		CHECK_OK(fcntl(fd, F_GETLK, &fl));
		CHECK_EQ(fl.l_type, expected);
		if (expected != F_UNLCK)
			CHECK(fl.l_start == at && fl.l_len == n && fl.l_pid == parent && fl.l_whence == SEEK_SET);
		CHECK_EQ(lock(fd, F_SETLK, type, start, len), expected == F_UNLCK ? 0 : -1);
		CHECK(expected == F_UNLCK || errno == EAGAIN);
	});
	if (status)
		test_fail(line, "another process sees it differently");
}
#define OTHER_SEES(...) other_sees(__VA_ARGS__, __LINE__)

TEST(locks)
{
	int fd = open("f", O_RDWR);
	CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 10, 20)); /* 10 to 29 */
	OTHER_SEES(F_WRLCK, 0, 10, F_UNLCK, 0, 0);
	OTHER_SEES(F_RDLCK, 0, 11, F_WRLCK, 10, 20);
	OTHER_SEES(F_RDLCK, 29, 1, F_WRLCK, 10, 20);
	OTHER_SEES(F_WRLCK, 30, 0, F_UNLCK, 0, 0);
	OTHER_SEES(F_WRLCK, 35, -6, F_WRLCK, 10, 20); /* 29 to 34 */
	/* A part unlocked, a part turned into a read lock. */
	CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 15, 5));
	OTHER_SEES(F_WRLCK, 15, 5, F_UNLCK, 0, 0);
	OTHER_SEES(F_WRLCK, 14, 2, F_WRLCK, 10, 5);
	OTHER_SEES(F_WRLCK, 19, 5, F_WRLCK, 20, 10);
	CHECK_OK(lock(fd, F_SETLK, F_RDLCK, 20, 5));
	OTHER_SEES(F_RDLCK, 20, 5, F_UNLCK, 0, 0);
	OTHER_SEES(F_WRLCK, 20, 5, F_RDLCK, 20, 5);
	OTHER_SEES(F_RDLCK, 25, 1, F_WRLCK, 25, 5);
	/* Neighbours become one; to the end of the file, however long it gets. */
	CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 15, 0));
	OTHER_SEES(F_RDLCK, 1000000, 1, F_WRLCK, 10, 0);
	/* One's own don't matter. */
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	CHECK_OK(fcntl(fd, F_GETLK, &fl));
	CHECK_EQ(fl.l_type, F_UNLCK);
	/* Relative to the position and to the end. */
	CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_EQ(lseek(fd, 4, SEEK_SET), 4);
	fl = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = -1, .l_len = 2 };
	CHECK_OK(fcntl(fd, F_SETLK, &fl));
	OTHER_SEES(F_WRLCK, 0, 0, F_WRLCK, 3, 2);
	CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_OK(ftruncate(fd, 10));
	fl = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -3, .l_len = 1 };
	CHECK_OK(fcntl(fd, F_SETLK, &fl));
	OTHER_SEES(F_WRLCK, 0, 0, F_WRLCK, 7, 1);
	/* Closing any descriptor of the file gives all of the process's locks up. */
	close(open("f", O_RDONLY));
	OTHER_SEES(F_WRLCK, 0, 0, F_UNLCK, 0, 0);
	/* They aren't inherited. */
	CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
	CHECK_EQ(IN_CHILD(CHECK_ERRNO(lock(fd, F_SETLK, F_WRLCK, 0, 0), EAGAIN)), 0);
	CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 0));
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(waiting)
{
	int fd = open("f", O_RDWR), fds[2];
	char c;
	REQUIRE(pipe(fds) == 0);
	pid_t holder = test_fork();
	if (holder == 0) {
		CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 0));
		CHECK_EQ(write(fds[1], "x", 1), 1);
		usleep(200000);
		_exit(0); /* its end gives the lock up */
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_ERRNO(lock(fd, F_SETLK, F_RDLCK, 0, 0), EAGAIN);
	struct sigaction sa = { .sa_handler = nothing };
	struct itimerval soon = { { 0, 0 }, { 0, 30000 } };
	sigaction(SIGALRM, &sa, NULL);
	CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
	CHECK_ERRNO(lock(fd, F_SETLKW, F_RDLCK, 0, 0), EINTR);
	CHECK_OK(lock(fd, F_SETLKW, F_RDLCK, 0, 0));
	CHECK_EQ(test_wait(holder), 0);
	/* Two that wait for each other: the second is told. */
	CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	holder = test_fork();
	if (holder == 0) {
		CHECK_OK(lock(fd, F_SETLK, F_WRLCK, 1, 1));
		CHECK_EQ(write(fds[1], "x", 1), 1);
		CHECK_OK(lock(fd, F_SETLKW, F_WRLCK, 0, 1));
		_exit(test_failures ? 1 : 0);
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	usleep(100000);
	CHECK_ERRNO(lock(fd, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
	CHECK_OK(lock(fd, F_SETLK, F_UNLCK, 0, 0));
	CHECK_EQ(test_wait(holder), 0);
}


/* Locks of an open file: they conflict within the process, go with the last descriptor, and have no process. */
TEST(open_file_locks)
{
	int a = open("f", O_RDWR), b = open("f", O_RDWR);
	CHECK_OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
	CHECK_ERRNO(lock(b, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN);
	CHECK_ERRNO(lock(b, F_SETLK, F_RDLCK, 5, 1), EAGAIN);
	CHECK_ERRNO(lock(a, F_SETLK, F_RDLCK, 5, 1), EAGAIN);
	CHECK_OK(lock(b, F_OFD_SETLK, F_WRLCK, 10, 0));
	struct flock fl = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	CHECK_OK(fcntl(b, F_OFD_GETLK, &fl));
	CHECK(fl.l_type == F_WRLCK && fl.l_start == 0 && fl.l_len == 10 && fl.l_pid == -1);
	fl = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_pid = 1 };
	CHECK_ERRNO(fcntl(b, F_OFD_GETLK, &fl), EINVAL);
	fl = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_pid = 1 };
	CHECK_ERRNO(fcntl(b, F_OFD_SETLK, &fl), EINVAL);
	/* A child shares them; closing another descriptor of the file leaves them. */
	close(open("f", O_RDONLY));
	CHECK_EQ(IN_CHILD(CHECK_OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10)); close(a)), 0);
	CHECK_ERRNO(lock(b, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN);
	int c = dup(a);
	close(a);
	CHECK_ERRNO(lock(b, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN);
	close(c);
	CHECK_OK(lock(b, F_OFD_SETLKW, F_RDLCK, 5, 1));
	CHECK_OK(lock(b, F_OFD_SETLK, F_UNLCK, 0, 0));
}

TEST_MAIN
