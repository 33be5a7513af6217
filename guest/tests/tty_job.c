// Job control at a terminal: who is stopped, who gets EIO, how a terminal is taken and lost (credentials(7), ioctl_tty(2)).
// test: guest-only timeout=40, mounts devpts
#include "test.h"
#include "pty.h"

/* What happened, a letter each, from whoever holds the pipe. */
static int news[2];

static void tell(const char *what)
{
	CHECK_EQ(write(news[1], what, strlen(what)), (ssize_t)strlen(what));
}

/* Waits for these letters, in this order. */
static void hear(int line, const char *what)
{
	char got[64] = "";
	size_t have = 0, want = strlen(what);
	struct pollfd poller = { .fd = news[0], .events = POLLIN };

	while (have < want && poll(&poller, 1, 10000) == 1) {
		ssize_t n = read(news[0], got + have, want - have);

		if (n <= 0)
			break;
		have += n;
	}
	if (strcmp(got, what))
		test_fail(line, "\"%s\" was told, not \"%s\"", got, what);
}
#define HEAR(what) hear(__LINE__, what)

static void on_signal(int sig)
{
	const char *letter = sig == SIGHUP ? "h" : sig == SIGCONT ? "c" : sig == SIGTSTP ? "z" : "?";

	(void)!write(news[1], letter, 1);
}

static void catch(int sig, void (*handler)(int))
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigaction(sig, &sa, NULL);
}

static void block(int sig, int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(how, &set, NULL);
}

/* Runs as a session leader whose terminal is the slave; it has the master, too. */
#define SESSION(...)                                                           \
	do {                                                                   \
		pty_open();                                                    \
		REQUIRE(pipe2(news, O_CLOEXEC) == 0);                          \
		CHECK_EQ(IN_CHILD({                                            \
			REQUIRE(setsid() == getpid());                         \
			REQUIRE(ioctl(slave, TIOCSCTTY, 0) == 0);              \
			catch(SIGHUP, SIG_IGN);                                \
			__VA_ARGS__                                            \
		}), 0);                                                        \
		close(news[0]);                                                \
		close(news[1]);                                                \
		pty_close();                                                   \
	} while (0)

/* A process in a group of its own, in the background. */
#define BACKGROUND(...)                                                        \
	({                                                                     \
		pid_t test_child = test_fork();                                \
		if (test_child == 0) {                                         \
			test_failures = 0;                                     \
			setpgid(0, 0);                                         \
			catch(SIGHUP, SIG_DFL);                                \
			__VA_ARGS__                                            \
			fflush(NULL);                                          \
			_exit(test_failures != 0);                             \
		}                                                              \
		setpgid(test_child, test_child);                               \
		test_child;                                                    \
	})

/* The child stops by that signal. */
static void stops(int line, pid_t pid, int sig)
{
	int status = 0;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != sig)
		test_fail(line, "status %#x, not stopped by %d", status, sig);
}
#define STOPS(pid, sig) stops(__LINE__, pid, sig)

static void own_foreground(void)
{
	block(SIGTTOU, SIG_BLOCK);
	CHECK_OK(tcsetpgrp(slave, getpgrp()));
	block(SIGTTOU, SIG_UNBLOCK);
}

TEST(setup)
{
	mount("proc", "/proc", "proc", 0, NULL);
	pty_setup();
}

TEST(reading_in_the_background)
{
	SESSION({
		char byte;
		pid_t pid = BACKGROUND({
			CHECK_EQ(read(slave, &byte, 1), 1);
			CHECK_EQ(byte, 'x');
		});
		STOPS(pid, SIGTTIN);
		/* Not yet in the foreground: again. */
		kill(pid, SIGCONT);
		STOPS(pid, SIGTTIN);
		CHECK_OK(tcsetpgrp(slave, pid));
		CHECK_EQ(write(master, "x\n", 2), 2);
		kill(pid, SIGCONT);
		CHECK_EQ(test_wait(pid), 0);
		own_foreground();
		/* Who doesn't care about the signal gets an error. */
		pid = BACKGROUND({
			catch(SIGTTIN, SIG_IGN);
			CHECK_ERRNO(read(slave, &byte, 1), EIO);
			catch(SIGTTIN, SIG_DFL);
			block(SIGTTIN, SIG_BLOCK);
			CHECK_ERRNO(read(slave, &byte, 1), EIO);
		});
		CHECK_EQ(test_wait(pid), 0);
		/* A handler runs, and the read goes on or not as it says. */
		pid = BACKGROUND({
			struct sigaction sa = { .sa_handler = on_signal };
			sigaction(SIGTTIN, &sa, NULL);
			CHECK_ERRNO(read(slave, &byte, 1), EINTR);
		});
		CHECK_EQ(test_wait(pid), 0);
		HEAR("?");
	});
}

TEST(writing_in_the_background)
{
	SESSION({
		struct termios t;
		REQUIRE(tcgetattr(slave, &t) == 0);
		pid_t pid = BACKGROUND(CHECK_EQ(write(slave, "a", 1), 1););
		CHECK_EQ(test_wait(pid), 0);
		t.c_lflag |= TOSTOP;
		REQUIRE(tcsetattr(slave, TCSANOW, &t) == 0);
		pid = BACKGROUND(CHECK_EQ(write(slave, "b", 1), 1););
		STOPS(pid, SIGTTOU);
		CHECK_OK(tcsetpgrp(slave, pid));
		kill(pid, SIGCONT);
		CHECK_EQ(test_wait(pid), 0);
		own_foreground();
		pid = BACKGROUND({
			catch(SIGTTOU, SIG_IGN);
			CHECK_EQ(write(slave, "c", 1), 1);
			catch(SIGTTOU, SIG_DFL);
			block(SIGTTOU, SIG_BLOCK);
			CHECK_EQ(write(slave, "d", 1), 1);
			CHECK_OK(tcsetattr(slave, TCSANOW, &t));
			CHECK_OK(tcflush(slave, TCIFLUSH));
		});
		CHECK_EQ(test_wait(pid), 0);
	});
}

/* Changes stop whoever makes them, TOSTOP or not. */
static void change(int which)
{
	struct termios t;
	struct winsize size = { .ws_row = 3 };

	CHECK_OK(tcgetattr(slave, &t));
	if (which == 0)
		CHECK_OK(tcsetattr(slave, TCSADRAIN, &t));
	else if (which == 1)
		CHECK_OK(tcflush(slave, TCIFLUSH));
	else if (which == 2)
		CHECK_OK(tcsendbreak(slave, 0));
	else if (which == 3)
		CHECK_OK(tcflow(slave, TCOON));
	else if (which == 4)
		CHECK_OK(tcdrain(slave));
	else if (which == 5)
		CHECK_OK(tcsetpgrp(slave, getpgrp()));
	else
		CHECK_OK(ioctl(slave, TIOCSWINSZ, &size));
}

TEST(changing_in_the_background)
{
	SESSION({
		for (int which = 0; which <= 5; which++) {
			pid_t pid = BACKGROUND(change(which););
			STOPS(pid, SIGTTOU);
			CHECK_OK(tcsetpgrp(slave, pid));
			kill(pid, SIGCONT);
			CHECK_EQ(test_wait(pid), 0);
			own_foreground();
		}
		/* The size is nobody's in particular. */
		CHECK_EQ(test_wait(BACKGROUND(change(6);)), 0);
	});
}

/* A group whose only link to the session goes: it is told if one of it is stopped, and can't be stopped any more. */
static void orphan(int stopped)
{
	char byte;
	struct termios t;
	pid_t middle = test_fork();

	if (middle == 0) {
		setpgid(0, 0);
		pid_t pid = test_fork();
		if (pid == 0) {
			test_failures = 0;
			catch(SIGHUP, on_signal);
			catch(SIGCONT, on_signal);
			if (stopped)
				raise(SIGSTOP);
			/* The group is its parent's. */
			while (getppid() == getpgrp())
				usleep(1000);
			if (stopped)
				tell("s"); /* behind what the handlers have told */
			CHECK_ERRNO(read(slave, &byte, 1), EIO);
			tcgetattr(slave, &t);
			CHECK_ERRNO(tcsetattr(slave, TCSANOW, &t), EIO);
			CHECK_ERRNO(tcsetpgrp(slave, getpgrp()), ENOTTY);
			raise(SIGTSTP); /* is nothing here */
			raise(SIGTTIN);
			raise(SIGTTOU);
			fflush(NULL);
			tell(test_failures ? "F" : "e");
			_exit(0);
		}
		if (stopped)
			STOPS(pid, SIGSTOP);
		_exit(0);
	}
	setpgid(middle, middle);
	CHECK_EQ(test_wait(middle), 0);
}

TEST(orphaned_group)
{
	SESSION({
		orphan(0);
		HEAR("e");
		orphan(1);
		/* Both are pending when it wakes; the lower number's handler was set up first and so runs last. */
		HEAR("chse");
	});
}

TEST(taking_a_terminal)
{
	int other[2];

	pty_open();
	other[0] = posix_openpt(O_RDWR | O_NOCTTY);
	REQUIRE(other[0] >= 0 && unlockpt(other[0]) == 0);
	other[1] = open(ptsname(other[0]), O_RDWR | O_NOCTTY);
	REQUIRE(other[1] >= 0);
	int go[2], ready[2];
	REQUIRE(pipe(go) == 0 && pipe(ready) == 0);
	/* No leader of a session. */
	CHECK_EQ(IN_CHILD(CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 1), EPERM);), 0);
	pid_t holder = test_fork();
	if (holder == 0) {
		char byte;
		int tty;
		test_failures = 0;
		catch(SIGHUP, SIG_IGN);
		setsid();
		CHECK_OK(ioctl(slave, TIOCSCTTY, 0));
		CHECK_OK(ioctl(slave, TIOCSCTTY, 0)); /* it has it */
		CHECK_ERRNO(ioctl(other[1], TIOCSCTTY, 1), EPERM); /* one is enough */
		CHECK((tty = open("/dev/tty", O_RDWR)) >= 0);
		CHECK_EQ(tcgetsid(tty), getpid());
		CHECK_EQ(write(ready[1], "r", 1), 1);
		CHECK_EQ(read(go[0], &byte, 1), 1);
		/* It has been stolen. */
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_ERRNO(tcgetpgrp(slave), ENOTTY);
		CHECK_EQ(write(slave, "w", 1), 1);
		fflush(NULL);
		_exit(test_failures != 0);
	}
	char byte;
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setsid() == getpid());
		CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 0), EPERM);
		CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 2), EPERM);
		/* An open with no O_NOCTTY takes only what is free. */
		int again = open(ptsname(master), O_RDWR);
		CHECK(again >= 0);
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_EQ(IN_CHILD({
			REQUIRE(setsid() == getpid());
			REQUIRE(setresuid(1000, 1000, 1000) == 0);
			CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 1), EPERM);
		}), 0);
		CHECK_OK(ioctl(slave, TIOCSCTTY, 1));
		CHECK_EQ(tcgetsid(slave), getpid());
		CHECK_EQ(tcgetpgrp(master), getpid());
		CHECK(open("/dev/tty", O_RDWR) >= 0);
	}), 0);
	CHECK_EQ(write(go[1], "g", 1), 1);
	CHECK_EQ(test_wait(holder), 0);
	/* A file that can't be read gives no terminal to the unprivileged. */
	int blind = open(ptsname(other[0]), O_WRONLY | O_NOCTTY);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setsid() == getpid());
		CHECK_EQ(IN_CHILD({
			REQUIRE(setsid() == getpid());
			REQUIRE(setresuid(1000, 1000, 1000) == 0);
			CHECK_ERRNO(ioctl(blind, TIOCSCTTY, 0), EPERM);
			CHECK_OK(ioctl(other[1], TIOCSCTTY, 0));
		}), 0);
		close(open(ptsname(other[0]), O_WRONLY));
		CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
		CHECK_OK(ioctl(blind, TIOCSCTTY, 0));
	}), 0);
	close(blind);
	close(other[0]);
	close(other[1]);
	pty_close();
}

/* Waits until there is no terminal any more. */
static void lose_terminal(void)
{
	int fd;

	while ((fd = open("/dev/tty", O_RDWR)) >= 0) {
		close(fd);
		usleep(1000);
	}
	CHECK_EQ(errno, ENXIO);
}

TEST(giving_it_up)
{
	SESSION({
		/* A member gives up its own. */
		CHECK_EQ(IN_CHILD({
			CHECK_OK(ioctl(slave, TIOCNOTTY));
			CHECK_ERRNO(ioctl(slave, TIOCNOTTY), ENOTTY);
			CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
			CHECK_ERRNO(ioctl(slave, TIOCSCTTY, 0), EPERM);
		}), 0);
		CHECK_EQ(tcgetsid(slave), getpid());
		/* The leader everybody's; the foreground hears of it. */
		pid_t pid = BACKGROUND({
			char byte;
			catch(SIGHUP, on_signal);
			catch(SIGCONT, on_signal);
			block(SIGHUP, SIG_BLOCK);
			block(SIGCONT, SIG_BLOCK);
			int hold[2];
			CHECK_OK(pipe(hold));
			tell("r");
			sigset_t none;
			sigemptyset(&none);
			sigsuspend(&none);
			close(hold[1]);
			CHECK_EQ(read(hold[0], &byte, 1), 0);
			lose_terminal(); /* the signals come first */
			tell("e");
		});
		HEAR("r");
		CHECK_OK(tcsetpgrp(slave, pid));
		CHECK_OK(ioctl(slave, TIOCNOTTY));
		block(SIGHUP, SIG_UNBLOCK);
		CHECK_EQ(test_wait(pid), 0);
		char got[8] = "";
		CHECK_EQ(read(news[0], got, 3), 3);
		CHECK(strchr(got, 'h') && got[2] == 'e');
		CHECK_ERRNO(tcgetsid(slave), ENOTTY);
		CHECK_EQ(tcgetpgrp(master), 0);
		/* It is free, and may be taken again. */
		CHECK_OK(ioctl(slave, TIOCSCTTY, 0));
		CHECK_EQ(tcgetsid(master), getpid());
	});
}

TEST(leader_exits)
{
	pty_open();
	REQUIRE(pipe2(news, O_CLOEXEC) == 0);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setsid() == getpid());
		REQUIRE(ioctl(slave, TIOCSCTTY, 0) == 0);
		catch(SIGHUP, SIG_IGN);
		pid_t pid = BACKGROUND({
			catch(SIGHUP, on_signal);
			tell("r");
			lose_terminal();
			CHECK_EQ(write(slave, "still", 5), 5);
			tell(test_failures ? "F" : "e");
		});
		HEAR("r");
		CHECK_OK(tcsetpgrp(slave, pid));
	}), 0);
	HEAR("he");
	CHECK_EQ(tcgetpgrp(master), 0);
	close(news[0]);
	close(news[1]);
	pty_close();
}

TEST(master_closes)
{
	pty_open();
	REQUIRE(pipe2(news, O_CLOEXEC) == 0);
	pid_t leader = test_fork();
	if (leader == 0) {
		char byte;
		close(master);
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		pid_t pid = BACKGROUND({
			catch(SIGHUP, on_signal);
			tell("r");
			/* The terminal's end is one thing, the signal comes when the leader has gone. */
			while (read(slave, &byte, 1) > 0)
				;
			pause();
			tell("e");
		});
		CHECK_OK(tcsetpgrp(slave, pid));
		signal(SIGHUP, SIG_DFL);
		pause();
		_exit(0);
	}
	HEAR("r");
	/* Until the group is in the foreground. */
	for (int i = 0; i < 10000 && (tcgetpgrp(master) == leader || tcgetpgrp(master) == 0); i++)
		usleep(1000);
	close(master);
	CHECK_EQ(test_wait(leader), SIGHUP);
	HEAR("h");
	close(slave);
	close(news[0]);
	close(news[1]);
}

TEST_MAIN
