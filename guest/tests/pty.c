// Pseudo-terminals: both sides, settings, packet mode, hang-up, job control (pty(7), pts(4), ioctl_tty(2)).
// test: guest-only timeout=30, mounts devpts
#include "test.h"
#include <dirent.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

static int master = -1, slave = -1;
static char name[64], text[512];

static void open_pair(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	REQUIRE(master >= 0);
	REQUIRE(unlockpt(master) == 0);
	REQUIRE(ptsname_r(master, name, sizeof(name)) == 0);
	slave = open(name, O_RDWR | O_NOCTTY);
	REQUIRE(slave >= 0);
}

static void close_pair(void)
{
	close(slave);
	close(master);
}

/* What can be read within a moment. */
static const char *got(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&poller, 1, 2000) == 1 ? read(fd, text, sizeof(text) - 1) : -2;

	if (n < 0)
		return n == -2 ? "(nothing)" : strerror(errno);
	text[n] = 0;
	return text;
}

/* Linux hands bytes over in a worker thread. */
static void wait_for(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };

	CHECK_EQ(poll(&poller, 1, 2000), 1);
}

TEST(mounting)
{
	struct statfs fs;

	mkdir("/dev/pts", 0755);
	REQUIRE(mount("devpts", "/dev/pts", "devpts", 0, "mode=620,gid=5,ptmxmode=666") == 0 || errno == EBUSY);
	REQUIRE(statfs("/dev/pts", &fs) == 0);
	CHECK_EQ(fs.f_type, 0x1cd1);
	if (access("/dev/ptmx", F_OK) != 0)
		REQUIRE(mknod("/dev/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
}

TEST(locked_until_unlocked)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY), on = -1, unlock = 0;
	unsigned number = 77;

	REQUIRE(fd >= 0);
	CHECK_EQ(ioctl(fd, TIOCGPTN, &number), 0);
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	CHECK_EQ(ioctl(fd, TIOCGPTLCK, &on), 0);
	CHECK_EQ(on, 1);
	CHECK_ERRNO(open(name, O_RDWR | O_NOCTTY), EIO);
	CHECK_EQ(ioctl(fd, TIOCSPTLCK, &unlock), 0);
	on = open(name, O_RDWR | O_NOCTTY);
	CHECK(on >= 0);
	CHECK_EQ(isatty(on), 1);
	CHECK_EQ(isatty(fd), 1);
	close(on);
	close(fd);
	CHECK_ERRNO(open(name, O_RDWR), ENOENT);
}

TEST(node)
{
	struct stat st;
	DIR *dir;
	struct dirent *entry;
	int seen = 0;

	open_pair();
	REQUIRE(fstat(slave, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0620);
	CHECK_EQ(st.st_gid, 5);
	CHECK_EQ(major(st.st_rdev), 136);
	dir = opendir("/dev/pts");
	REQUIRE(dir);
	while ((entry = readdir(dir)))
		seen += strcmp(entry->d_name, name + 9) == 0 || strcmp(entry->d_name, "ptmx") == 0;
	CHECK_EQ(seen, 2);
	closedir(dir);
	CHECK_EQ(fchmod(slave, 0600), 0);
	REQUIRE(stat(name, &st) == 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0600);
	close_pair();
}

TEST(lines_and_echo)
{
	open_pair();
	CHECK_EQ(write(master, "abX\177c\n", 6), 6);
	CHECK_STREQ(got(slave), "abc\n");
	CHECK_STREQ(got(master), "abX\b \bc\r\n");
	CHECK_EQ(write(slave, "out\n", 4), 4);
	CHECK_STREQ(got(master), "out\r\n");
	CHECK_EQ(write(master, "\4", 1), 1);
	CHECK_EQ(read(slave, text, sizeof(text)), 0);
	close_pair();
}

TEST(settings_are_shared)
{
	struct termios t;
	struct winsize size = { .ws_row = 33, .ws_col = 99 };

	open_pair();
	REQUIRE(tcgetattr(slave, &t) == 0);
	CHECK_EQ(t.c_cflag, B38400 | CS8 | CREAD);
	cfmakeraw(&t);
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	CHECK_EQ(write(master, "\3\n", 2), 2);
	CHECK_STREQ(got(slave), "\3\n");
	CHECK_EQ(write(slave, "a\n", 2), 2);
	CHECK_STREQ(got(master), "a\n");
	REQUIRE(tcgetattr(master, &t) == 0);
	CHECK_EQ(t.c_lflag & ICANON, 0);
	CHECK_EQ(ioctl(master, TIOCSWINSZ, &size), 0);
	memset(&size, 0, sizeof(size));
	CHECK_EQ(ioctl(slave, TIOCGWINSZ, &size), 0);
	CHECK_EQ(size.ws_col, 99);
	close_pair();
}

TEST(nonblocking_and_queues)
{
	int count = 0;

	open_pair();
	REQUIRE(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	CHECK_ERRNO(read(master, text, 1), EAGAIN);
	CHECK_EQ(write(slave, "1234", 4), 4);
	wait_for(master);
	CHECK_EQ(ioctl(master, FIONREAD, &count), 0);
	CHECK_EQ(count, 4);
	CHECK_STREQ(got(master), "1234");
	CHECK_EQ(write(master, "xy\n", 3), 3);
	wait_for(slave);
	CHECK_EQ(ioctl(slave, FIONREAD, &count), 0);
	CHECK_EQ(count, 3);
	CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
	CHECK_EQ(ioctl(slave, FIONREAD, &count), 0);
	CHECK_EQ(count, 0);
	close_pair();
}

TEST(packet_mode)
{
	int on = 1;

	open_pair();
	CHECK_EQ(ioctl(master, TIOCPKT, &on), 0);
	CHECK_EQ(write(slave, "abc", 3), 3);
	CHECK_EQ(read(master, text, sizeof(text)), 4);
	CHECK_EQ(memcmp(text, "\0abc", 4), 0);
	CHECK_EQ(tcflow(slave, TCOOFF), 0);
	CHECK_EQ(read(master, text, sizeof(text)), 1);
	CHECK_EQ(text[0], TIOCPKT_STOP);
	CHECK_EQ(tcflow(slave, TCOON), 0);
	CHECK_EQ(read(master, text, sizeof(text)), 1);
	CHECK_EQ(text[0], TIOCPKT_START);
	close_pair();
}

TEST(last_slave_closes)
{
	struct pollfd poller;

	open_pair();
	CHECK_EQ(write(slave, "bye", 3), 3);
	close(slave);
	CHECK_STREQ(got(master), "bye");
	CHECK_ERRNO(read(master, text, 1), EIO);
	poller = (struct pollfd){ .fd = master, .events = POLLIN };
	CHECK_EQ(poll(&poller, 1, 0), 1);
	CHECK_EQ(poller.revents & POLLHUP, POLLHUP);
	slave = open(name, O_RDWR | O_NOCTTY);
	REQUIRE(slave >= 0);
	CHECK_EQ(write(slave, "again", 5), 5);
	CHECK_STREQ(got(master), "again");
	close_pair();
}

TEST(master_closes)
{
	struct pollfd poller;

	open_pair();
	close(master);
	CHECK_EQ(read(slave, text, 1), 0);
	CHECK_ERRNO(write(slave, "x", 1), EIO);
	CHECK_ERRNO(tcflush(slave, TCIFLUSH), EIO);
	poller = (struct pollfd){ .fd = slave, .events = POLLIN };
	CHECK_EQ(poll(&poller, 1, 0), 1);
	CHECK_EQ(poller.revents & (POLLIN | POLLHUP), POLLIN | POLLHUP);
	close(slave);
}

static volatile sig_atomic_t hung_up, resized;

static void note(int signal)
{
	if (signal == SIGHUP)
		hung_up = 1;
	else
		resized = 1;
}

/* A session of its own on the slave: it tells what it sees by its exit status. */
static void child(int ready)
{
	int fd;

	close(master);
	setsid();
	if (ioctl(slave, TIOCSCTTY, 0) != 0)
		_exit(1);
	fd = open("/dev/tty", O_RDWR);
	if (fd < 0 || tcgetpgrp(fd) != getpid() || tcgetsid(fd) != getpid())
		_exit(2);
	close(fd);
	signal(SIGHUP, note);
	signal(SIGWINCH, note);
	write(ready, "r", 1);
	while (!resized)
		usleep(10000);
	write(ready, "w", 1);
	while (!hung_up)
		usleep(10000);
	_exit(open("/dev/tty", O_RDWR) < 0 && errno == ENXIO ? 42 : 3);
}

TEST(controlling_terminal)
{
	struct winsize size = { .ws_row = 1, .ws_col = 2 };
	int pipe_fds[2], status;
	pid_t pid;

	open_pair();
	REQUIRE(pipe(pipe_fds) == 0);
	pid = fork();
	if (pid == 0)
		child(pipe_fds[1]);
	close(pipe_fds[1]);
	close(slave);
	CHECK_EQ(read(pipe_fds[0], text, 1), 1);
	CHECK_EQ(tcgetpgrp(master), pid);
	CHECK_EQ(ioctl(master, TIOCSWINSZ, &size), 0);
	CHECK_EQ(read(pipe_fds[0], text, 1), 1);
	close(master);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(WEXITSTATUS(status), 42);
	close(pipe_fds[0]);
}

TEST(interrupt_key)
{
	int status;
	pid_t pid;

	open_pair();
	pid = fork();
	if (pid == 0) {
		close(master);
		setsid();
		if (ioctl(slave, TIOCSCTTY, 0) == 0)
			write(slave, "go", 2);
		pause();
		_exit(0);
	}
	CHECK_STREQ(got(master), "go");
	CHECK_EQ(write(master, "\3", 1), 1);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, SIGINT);
	close_pair();
}

/* More than any buffer holds, through both directions, byte for byte. */
TEST(much)
{
	static char block[1000];
	long long total = 0, sum = 0;
	struct termios t;
	int status, i;
	pid_t pid;

	open_pair();
	REQUIRE(tcgetattr(slave, &t) == 0);
	cfmakeraw(&t);
	REQUIRE(tcsetattr(slave, TCSANOW, &t) == 0);
	pid = fork();
	if (pid == 0) {
		close(master);
		/* An echo of what comes, until a 0xff. */
		for (;;) {
			ssize_t n = read(slave, block, sizeof(block)), done = 0;

			while (done < n)
				done += write(slave, block + done, n - done);
			if (n <= 0 || block[n - 1] == (char)0xff)
				_exit(n <= 0);
		}
	}
	close(slave);
	if (fork() == 0) {
		for (i = 0; i < 200000; i++) {
			if (i % 100 == 0) {
				int k;

				for (k = 0; k < 100; k++)
					block[k] = i + k == 199999 ? (char)0xff : (char)((i + k) % 251);
				if (write(master, block, 100) != 100)
					_exit(1);
			}
		}
		_exit(0);
	}
	while (total < 200000) {
		ssize_t n = read(master, block, sizeof(block)), k;

		if (n <= 0)
			break;
		for (k = 0; k < n; k++, total++)
			sum += (unsigned char)block[k] == (total == 199999 ? 255 : total % 251);
	}
	CHECK_EQ(total, 200000);
	CHECK_EQ(sum, 200000);
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(wait(&status) > 0 && status == 0);
	close(master);
}

TEST_MAIN
