// Leases: F_SETLEASE and F_GETLEASE (fcntl(2)).
// test: guest-only timeout=30, sets lease-break-time
#include "test.h"

static sigset_t all;

static int next_signal(siginfo_t *info, int wait)
{
	struct timespec time = { .tv_sec = wait ? 5 : 0 };
	int got;

	do
		got = sigtimedwait(&all, info, &time);
	while (got < 0 && errno == EINTR);
	return got < 0 ? 0 : got;
}

static void break_time(const char *seconds)
{
	int fd = open("/proc/sys/fs/lease-break-time", O_WRONLY);

	REQUIRE(fd >= 0 && write(fd, seconds, strlen(seconds)) == (ssize_t)strlen(seconds));
	close(fd);
}

TEST(arguments)
{
	int fds[2], fd, other;

	mkdir("/proc", 0755);
	if (access("/proc/sys/fs/lease-break-time", F_OK) != 0)
		SKIP("no /proc/sys/fs/lease-break-time");
	sigemptyset(&all);
	sigaddset(&all, SIGIO);
	sigaddset(&all, SIGRTMIN + 2);
	REQUIRE(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
	close(make_file("f", "text"));
	fd = open("f", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_UNLCK), EAGAIN);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, 3), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, -1), EINVAL);
	REQUIRE(pipe(fds) == 0);
	CHECK_ERRNO(fcntl(fds[0], F_SETLEASE, F_RDLCK), EINVAL);
	close(fds[0]);
	close(fds[1]);
	other = open(".", O_RDONLY);
	CHECK_ERRNO(fcntl(other, F_SETLEASE, F_RDLCK), EINVAL);
	close(other);
	/* A read lease: nobody may write. */
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
	CHECK(fcntl(fd, F_GETOWN) == getpid());
	CHECK(fcntl(fd, F_GETFL) & O_ASYNC);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETOWN), 0);
	CHECK(!(fcntl(fd, F_GETFL) & O_ASYNC));
	other = open("f", O_WRONLY);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN);
	close(other);
	/* A write lease: nobody else may have it open. */
	other = open("f", O_RDONLY);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_WRLCK), EAGAIN);
	CHECK_EQ(fcntl(other, F_SETLEASE, F_RDLCK), 0);
	CHECK_EQ(fcntl(other, F_GETLEASE), F_RDLCK);
	close(other);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_WRLCK);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
	/* A copy of the descriptor has the same lease, which goes with the last. */
	other = dup(fd);
	CHECK_EQ(fcntl(other, F_GETLEASE), F_RDLCK);
	close(fd);
	CHECK_EQ(fcntl(other, F_GETLEASE), F_RDLCK);
	close(other);
	fd = open("f", O_RDWR | O_NONBLOCK);
	CHECK(fd >= 0);
	CHECK_ERRNO(fcntl(fd, F_SETLEASE, F_RDLCK), EAGAIN);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	close(fd);
	CHECK_EQ(chmod("f", 0666), 0);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		int mine = open("f", O_RDONLY);
		CHECK_ERRNO(fcntl(mine, F_SETLEASE, F_RDLCK), EACCES);
		CHECK_ERRNO(fcntl(mine, F_SETLEASE, 9), EINVAL);
		CHECK_EQ(fcntl(mine, F_GETLEASE), F_UNLCK);
	}), 0);
}

TEST(breaking)
{
	siginfo_t info;
	int fd = open("f", O_RDONLY), other;

	break_time("30");
	CHECK_EQ(fcntl(fd, F_SETSIG, SIGRTMIN + 2), 0);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	/* An open without waiting fails, and tells the holder once. */
	CHECK_ERRNO(open("f", O_RDONLY | O_NONBLOCK), EAGAIN);
	CHECK_EQ(next_signal(&info, 1), SIGRTMIN + 2);
	CHECK_EQ(info.si_code, POLL_MSG);
	CHECK_EQ(info.si_fd, fd);
	CHECK_EQ(info.si_band, POLLIN | POLLRDNORM | 0x400);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
	CHECK_ERRNO(open("f", O_RDONLY | O_NONBLOCK), EAGAIN);
	CHECK_EQ(next_signal(&info, 0), 0);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	other = open("f", O_RDONLY | O_NONBLOCK);
	CHECK(other >= 0);
	CHECK_EQ(next_signal(&info, 0), 0);
	close(other);
	/* A writer breaks a read lease. */
	CHECK_ERRNO(open("f", O_WRONLY | O_NONBLOCK), EAGAIN);
	CHECK_EQ(next_signal(&info, 1), SIGRTMIN + 2);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	/* Giving it up has taken the owner and the signal away. */
	CHECK_EQ(fcntl(fd, F_GETSIG), 0);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	CHECK_ERRNO(open("f", O_RDWR | O_NONBLOCK), EAGAIN);
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	CHECK_EQ(info.si_code, SI_KERNEL);
	close(fd);
	CHECK_EQ(access("f", R_OK), 0);
}

/* The child does it and waits; the parent gives the lease up when it is told. */
static void waits(int (*act)(void), int kind)
{
	siginfo_t info;
	int fd = open("f", O_RDONLY), status;

	CHECK_EQ(fcntl(fd, F_SETLEASE, kind), 0);
	pid_t child = test_fork();
	if (child == 0) {
		close(fd);
		_exit(act());
	}
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	CHECK_EQ(waitpid(child, &status, WNOHANG), 0);
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_UNLCK), 0);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	close(fd);
}

static int open_reading(void)
{
	return open("f", O_RDONLY) < 0;
}

static int open_writing(void)
{
	return open("f", O_WRONLY) < 0;
}

static int truncating(void)
{
	return truncate("f", 1) < 0;
}

static int open_truncating(void)
{
	return open("f", O_RDWR | O_TRUNC) < 0;
}

TEST(waiting)
{
	waits(open_reading, F_WRLCK);
	waits(open_writing, F_WRLCK);
	waits(open_writing, F_RDLCK);
	waits(truncating, F_RDLCK);
	waits(open_truncating, F_RDLCK);
}

static void on_alarm(int signal)
{
	(void)signal;
}

TEST(interrupted)
{
	siginfo_t info;
	int fd = open("f", O_RDONLY), status;

	CHECK_EQ(fcntl(fd, F_SETLEASE, F_RDLCK), 0);
	pid_t child = test_fork();
	if (child == 0) {
		struct sigaction action = { .sa_handler = on_alarm };
		sigaction(SIGUSR1, &action, NULL);
		close(fd);
		int got = open("f", O_WRONLY);
		_exit(got >= 0 ? 1 : errno == EINTR ? 0 : 2);
	}
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	/* It sleeps, or will: the signal is sent until it has ended. */
	while (waitpid(child, &status, WNOHANG) == 0) {
		kill(child, SIGUSR1);
		usleep(20000);
	}
	CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1));
	close(fd);
}

TEST(forced)
{
	siginfo_t info;
	int fd = open("f", O_RDONLY), other;

	break_time("1");
	CHECK_EQ(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	other = open("f", O_RDONLY);
	CHECK(other >= 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_RDLCK);
	CHECK_EQ(next_signal(&info, 0), SIGIO);
	close(other);
	other = open("f", O_WRONLY);
	CHECK(other >= 0);
	CHECK_EQ(fcntl(fd, F_GETLEASE), F_UNLCK);
	CHECK_EQ(fcntl(fd, F_GETOWN), 0);
	CHECK_EQ(next_signal(&info, 0), SIGIO);
	close(other);
	close(fd);
	break_time("45");
}

TEST_MAIN
