// Signals on input and output: F_SETOWN, F_SETOWN_EX, F_SETSIG, O_ASYNC and FIOASYNC (fcntl(2)).
// test: timeout=30
#include "test.h"
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <termios.h>

static sigset_t all;

/* The next of the blocked signals; its number, or 0 if none comes. */
static int next_signal(siginfo_t *info, int wait)
{
	struct timespec time = { .tv_sec = wait ? 5 : 0 };
	int got;

	do
		got = sigtimedwait(&all, info, &time);
	while (got < 0 && errno == EINTR);
	return got < 0 ? 0 : got;
}

static void block(void)
{
	sigemptyset(&all);
	sigaddset(&all, SIGIO);
	sigaddset(&all, SIGUSR1);
	sigaddset(&all, SIGCHLD);
	sigaddset(&all, SIGSEGV);
	sigaddset(&all, SIGRTMIN + 1);
	REQUIRE(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
}

static void async(int fd, int on)
{
	int flags = fcntl(fd, F_GETFL);

	CHECK_EQ(fcntl(fd, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC), 0);
	CHECK_EQ(!!(fcntl(fd, F_GETFL) & O_ASYNC), on);
}

TEST(owner)
{
	struct f_owner_ex ex = { -5, -5 };
	int fds[2], status;
	pid_t child;

	block();
	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(fcntl(fds[0], F_GETOWN), 0);
	CHECK_EQ(fcntl(fds[0], F_GETOWN_EX, &ex), 0);
	CHECK_EQ(ex.type, F_OWNER_TID);
	CHECK_EQ(ex.pid, 0);
	CHECK_EQ(fcntl(fds[0], F_SETOWN, getpid()), 0);
	CHECK(fcntl(fds[0], F_GETOWN) == getpid());
	CHECK_EQ(fcntl(fds[1], F_GETOWN), 0);
	CHECK_EQ(fcntl(fds[0], F_GETOWN_EX, &ex), 0);
	CHECK(ex.type == F_OWNER_PID && ex.pid == getpid());
	CHECK_EQ(fcntl(fds[0], F_SETOWN, -getpgrp()), 0);
	CHECK(fcntl(fds[0], F_GETOWN) == -getpgrp());
	CHECK(syscall(SYS_fcntl, fds[0], F_GETOWN, 0) == -getpgrp() || errno == getpgrp());
	ex = (struct f_owner_ex){ F_OWNER_TID, gettid() };
	CHECK_EQ(fcntl(fds[0], F_SETOWN_EX, &ex), 0);
	ex = (struct f_owner_ex){ -5, -5 };
	CHECK_EQ(fcntl(fds[0], F_GETOWN_EX, &ex), 0);
	CHECK(ex.type == F_OWNER_TID && ex.pid == gettid());
	ex = (struct f_owner_ex){ F_OWNER_PGRP, getpgrp() };
	CHECK_EQ(fcntl(fds[0], F_SETOWN_EX, &ex), 0);
	CHECK(fcntl(fds[0], F_GETOWN) == -getpgrp());
	ex.type = 3;
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN_EX, &ex), EINVAL);
	ex.type = -1;
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN_EX, &ex), EINVAL);
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN_EX, BAD_PTR), EFAULT);
	CHECK_ERRNO(fcntl(fds[0], F_GETOWN_EX, BAD_PTR), EFAULT);
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN, INT_MIN), EINVAL);
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN, INT_MAX), ESRCH);
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN, -INT_MAX), ESRCH);
	ex = (struct f_owner_ex){ F_OWNER_TID, INT_MAX };
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN_EX, &ex), ESRCH);
	CHECK(fcntl(fds[0], F_GETOWN) == -getpgrp());
	CHECK_EQ(fcntl(fds[0], F_SETOWN, 0), 0);
	CHECK_EQ(fcntl(fds[0], F_GETOWN), 0);
	/* An owner that is gone, and one that is a zombie. */
	child = test_fork();
	if (child == 0)
		_exit(0);
	CHECK_EQ(fcntl(fds[0], F_SETOWN, child), 0);
	siginfo_t info;
	REQUIRE(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0);
	CHECK(fcntl(fds[0], F_GETOWN) == child);
	waitpid(child, &status, 0);
	CHECK_EQ(fcntl(fds[0], F_GETOWN), 0);
	CHECK_ERRNO(fcntl(fds[0], F_SETOWN, child), ESRCH);
	/* What it is not goes, too, but means nobody: this process leads no group unless it does. */
	close(fds[0]);
	close(fds[1]);
	next_signal(&info, 0);
}

TEST(signal_number)
{
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(fcntl(fds[0], F_GETSIG), 0);
	CHECK_EQ(fcntl(fds[0], F_SETSIG, 64), 0);
	CHECK_EQ(fcntl(fds[0], F_GETSIG), 64);
	CHECK_ERRNO(fcntl(fds[0], F_SETSIG, 65), EINVAL);
	CHECK_ERRNO(fcntl(fds[0], F_SETSIG, -1), EINVAL);
	CHECK_EQ(fcntl(fds[0], F_GETSIG), 64);
	CHECK_EQ(fcntl(fds[0], F_SETSIG, 0), 0);
	CHECK_EQ(fcntl(fds[0], F_GETSIG), 0);
	close(fds[0]);
	int place = open(".", O_PATH);
	CHECK_ERRNO(fcntl(place, F_SETOWN, getpid()), EBADF);
	CHECK_ERRNO(fcntl(place, F_GETSIG), EBADF);
	close(place);
	close(fds[1]);
}

TEST(pipe_reader)
{
	siginfo_t info;
	char byte[8];
	int fds[2], fd;

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(fcntl(fds[0], F_SETOWN, getpid()), 0);
	async(fds[0], 1);
	CHECK_EQ(write(fds[1], "a", 1), 1);
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	CHECK_EQ(info.si_code, SI_KERNEL);
	CHECK_EQ(info.si_pid, 0);
	/* Each write says so, not only the first; one signal waits at a time. */
	CHECK_EQ(write(fds[1], "b", 1), 1);
	CHECK_EQ(write(fds[1], "c", 1), 1);
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	CHECK_EQ(next_signal(&info, 0), 0);
	/* A chosen signal has the descriptor and what it is ready for. */
	CHECK_EQ(fcntl(fds[0], F_SETSIG, SIGRTMIN + 1), 0);
	CHECK_EQ(write(fds[1], "d", 1), 1);
	CHECK_EQ(write(fds[1], "e", 1), 1);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(next_signal(&info, 1), SIGRTMIN + 1);
		CHECK_EQ(info.si_code, POLL_IN);
		CHECK_EQ(info.si_band, POLLIN | POLLRDNORM);
		CHECK_EQ(info.si_fd, fds[0]);
		CHECK_EQ(info.si_errno, 0);
	}
	/* The descriptor is the one that asked, also through a copy. */
	async(fds[0], 0);
	fd = dup(fds[0]);
	async(fd, 1);
	close(fds[0]);
	CHECK_EQ(write(fds[1], "f", 1), 1);
	CHECK_EQ(next_signal(&info, 1), SIGRTMIN + 1);
	CHECK_EQ(info.si_fd, fd);
	/* A signal with codes of its own says SI_SIGIO instead. */
	CHECK_EQ(fcntl(fd, F_SETSIG, SIGCHLD), 0);
	CHECK_EQ(write(fds[1], "g", 1), 1);
	CHECK_EQ(next_signal(&info, 1), SIGCHLD);
	CHECK_EQ(info.si_code, SI_SIGIO);
	CHECK_EQ(info.si_band, POLLIN | POLLRDNORM);
	CHECK_EQ(fcntl(fd, F_SETSIG, SIGIO), 0);
	CHECK_EQ(write(fds[1], "h", 1), 1);
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	CHECK_EQ(info.si_code, POLL_IN);
	/* Switched off nothing comes. */
	async(fd, 0);
	CHECK_EQ(read(fd, byte, sizeof(byte)), 8);
	CHECK_EQ(write(fds[1], "i", 1), 1);
	CHECK_EQ(next_signal(&info, 0), 0);
	/* The writer leaves. */
	async(fd, 1);
	close(fds[1]);
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	CHECK_EQ(info.si_code, POLL_IN);
	close(fd);
	CHECK_EQ(next_signal(&info, 0), 0);
}

TEST(pipe_writer)
{
	siginfo_t info;
	char byte[2];
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(fcntl(fds[1], F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(fds[1], F_SETSIG, SIGRTMIN + 1), 0);
	async(fds[1], 1);
	CHECK_EQ(write(fds[1], "ab", 2), 2);
	CHECK_EQ(next_signal(&info, 0), 0);
	CHECK_EQ(read(fds[0], byte, 2), 2);
	CHECK_EQ(next_signal(&info, 1), SIGRTMIN + 1);
	CHECK_EQ(info.si_code, POLL_OUT);
	CHECK_EQ(info.si_band, POLLOUT | POLLWRNORM | POLLWRBAND);
	CHECK_EQ(info.si_fd, fds[1]);
	close(fds[0]);
	CHECK_EQ(next_signal(&info, 1), SIGRTMIN + 1);
	CHECK_EQ(info.si_code, POLL_OUT);
	close(fds[1]);
}

TEST(flag_and_ioctl)
{
	siginfo_t info;
	int fds[2], on = 1, off = 0, file = make_file("plain", "x");

	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(ioctl(fds[0], FIOASYNC, &on), 0);
	CHECK(fcntl(fds[0], F_GETFL) & O_ASYNC);
	CHECK_EQ(ioctl(fds[0], FIOASYNC, &on), 0);
	CHECK_EQ(ioctl(fds[0], FIOASYNC, &off), 0);
	CHECK(!(fcntl(fds[0], F_GETFL) & O_ASYNC));
	CHECK_ERRNO(ioctl(fds[0], FIOASYNC, BAD_PTR), EFAULT);
	CHECK_ERRNO(ioctl(file, FIOASYNC, &on), ENOTTY);
	CHECK_EQ(ioctl(file, FIOASYNC, &off), 0);
	/* A file that sends no signals takes the flag without effect, and doesn't keep it. */
	CHECK_EQ(fcntl(file, F_SETFL, O_ASYNC), 0);
	CHECK(!(fcntl(file, F_GETFL) & O_ASYNC));
	close(file);
	/* Given to open it is kept and means nothing. */
	file = open("plain", O_RDONLY | O_ASYNC);
	CHECK(fcntl(file, F_GETFL) & O_ASYNC);
	close(file);
	/* Nobody owns it: nothing happens. */
	async(fds[0], 1);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(next_signal(&info, 0), 0);
	close(fds[0]);
	close(fds[1]);
}

/* A child in a group of its own counts what it gets. */
TEST(group_and_thread)
{
	siginfo_t info;
	struct f_owner_ex ex;
	int fds[2], ready[2], status;
	char byte;

	REQUIRE(pipe(fds) == 0 && pipe(ready) == 0);
	pid_t child = test_fork();
	if (child == 0) {
		siginfo_t got;
		setpgid(0, 0);
		if (write(ready[1], "r", 1) != 1)
			_exit(9);
		int signal = next_signal(&got, 1);
		_exit(signal == SIGUSR1 ? 0 : 1);
	}
	setpgid(child, child);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_EQ(fcntl(fds[0], F_SETSIG, SIGUSR1), 0);
	CHECK_EQ(fcntl(fds[0], F_SETOWN, -child), 0);
	async(fds[0], 1);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	CHECK_EQ(next_signal(&info, 1), SIGCHLD);
	ex = (struct f_owner_ex){ F_OWNER_TID, gettid() };
	CHECK_EQ(fcntl(fds[0], F_SETOWN_EX, &ex), 0);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(next_signal(&info, 1), SIGUSR1);
	close(fds[0]);
	close(fds[1]);
	close(ready[0]);
	close(ready[1]);
}

/* Whoever names the owner must be allowed to signal it; the failure shows only in the signal's absence. */
TEST(permission)
{
	siginfo_t info;
	int fds[2];

	if (getuid() != 0)
		SKIP("needs root");
	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(fcntl(fds[0], F_SETSIG, SIGUSR1), 0);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		CHECK_EQ(fcntl(fds[0], F_SETOWN, getppid()), 0);
		async(fds[0], 1);
		CHECK_EQ(write(fds[1], "x", 1), 1);
	}), 0);
	CHECK_EQ(next_signal(&info, 1), SIGCHLD);
	CHECK_EQ(next_signal(&info, 0), 0);
	/* It is not who writes that counts. */
	CHECK_EQ(fcntl(fds[0], F_SETOWN, getpid()), 0);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		CHECK_EQ(write(fds[1], "x", 1), 1);
	}), 0);
	CHECK_EQ(next_signal(&info, 1), SIGUSR1);
	next_signal(&info, 1);
	close(fds[0]);
	close(fds[1]);
}

TEST(queue_full)
{
	siginfo_t info;
	int fds[2], real = 0, plain = 0, signal;
	struct rlimit { unsigned long soft, hard; } old, few = { 0, 0 };

	REQUIRE(pipe(fds) == 0);
	REQUIRE(syscall(SYS_prlimit64, 0, 11, NULL, &old) == 0);
	few.hard = old.hard;
	REQUIRE(syscall(SYS_prlimit64, 0, 11, &few, NULL) == 0);
	CHECK_EQ(fcntl(fds[0], F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(fds[0], F_SETSIG, SIGRTMIN + 1), 0);
	async(fds[0], 1);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	while ((signal = next_signal(&info, 0)) != 0) {
		if (signal == SIGIO) {
			plain++;
			CHECK_EQ(info.si_code, SI_KERNEL);
		} else {
			real++;
		}
	}
	CHECK_EQ(real, 0);
	CHECK_EQ(plain, 1);
	syscall(SYS_prlimit64, 0, 11, &old, NULL);
	close(fds[0]);
	close(fds[1]);
}

TEST(inotify)
{
	siginfo_t info;
	int fd = inotify_init();

	REQUIRE(fd >= 0 && mkdir("watched", 0755) == 0);
	REQUIRE(inotify_add_watch(fd, "watched", IN_CREATE) >= 0);
	CHECK_EQ(fcntl(fd, F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(fd, F_SETSIG, SIGRTMIN + 1), 0);
	async(fd, 1);
	close(make_file("watched/a", "x"));
	CHECK_EQ(next_signal(&info, 1), SIGRTMIN + 1);
	CHECK_EQ(info.si_code, POLL_IN);
	CHECK_EQ(info.si_fd, fd);
	close(fd);
}

TEST(fork_and_exit)
{
	siginfo_t info;
	int fds[2];

	/* The list keeps no file alive, and a file that a child still has stays in it. */
	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(fcntl(fds[0], F_SETOWN, getpid()), 0);
	async(fds[0], 1);
	CHECK_EQ(IN_CHILD(CHECK_EQ(write(fds[1], "x", 1), 1)), 0);
	CHECK_EQ(next_signal(&info, 1), SIGCHLD);
	CHECK_EQ(next_signal(&info, 1), SIGIO);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(fds[1], "x", 1), EPIPE);
	CHECK_EQ(next_signal(&info, 0), 0);
	close(fds[1]);
}

TEST_MAIN
