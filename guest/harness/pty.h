/* Pseudo-terminals for tests: a pair, and what both sides have to read, shown so that Linux's output can be compared. */
#ifndef FERROGATE_PTY_H
#define FERROGATE_PTY_H

#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <termios.h>

static int master = -1, slave = -1;

/* devpts and its multiplexer, which a guest's init has not made everywhere. */
static void __attribute__((unused)) pty_setup(void)
{
	mkdir("/dev/pts", 0755);
	if (access("/dev/pts/ptmx", F_OK) != 0 &&
	    mount("devpts", "/dev/pts", "devpts", 0, "mode=620,gid=5,ptmxmode=666") != 0 && errno != EBUSY)
		test_fail(__LINE__, "cannot mount devpts (errno %s)", test_errno(errno));
	if (access("/dev/ptmx", F_OK) != 0)
		mknod("/dev/ptmx", S_IFCHR | 0666, makedev(5, 2));
	if (access("/dev/tty", F_OK) != 0)
		mknod("/dev/tty", S_IFCHR | 0666, makedev(5, 0));
}

static void __attribute__((unused)) pty_open(void)
{
	char name[64];

	master = posix_openpt(O_RDWR | O_NOCTTY);
	REQUIRE(master >= 0 && unlockpt(master) == 0);
	REQUIRE(ptsname_r(master, name, sizeof(name)) == 0);
	slave = open(name, O_RDWR | O_NOCTTY);
	REQUIRE(slave >= 0);
}

static void __attribute__((unused)) pty_close(void)
{
	close(slave);
	close(master);
}

static void __attribute__((unused)) pty_nonblock(int fd, int on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

static void __attribute__((unused)) pty_show(const char *bytes, ssize_t n)
{
	putchar('"');
	for (ssize_t i = 0; i < n; i++) {
		unsigned char c = bytes[i];

		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\')
			putchar(c);
		else
			printf("\\%02x", c);
	}
	putchar('"');
}

/* Shows all that can be read now, lines one by one. A read that finds nothing makes Linux's worker hand over what is
 * still on its way, so what has been written by the other side is there before. */
static void __attribute__((unused)) pty_drain(int fd, const char *what)
{
	static char bytes[65536];
	struct termios t;
	size_t have = 0;
	int lines = fd == slave && tcgetattr(fd, &t) == 0 && (t.c_lflag & (ICANON | EXTPROC)) == ICANON, nothing = 0;

	printf(" %s", what);
	pty_nonblock(fd, 1);
	while (nothing < 3 && have < sizeof(bytes) / 2) {
		ssize_t n = read(fd, bytes + have, sizeof(bytes) / 2);

		if (n < 0) {
			if (errno != EAGAIN)
				printf(" %s", test_errno(errno));
			break;
		}
		nothing = n == 0 ? nothing + 1 : 0;
		if (lines) {
			putchar(' ');
			pty_show(bytes, n);
		} else {
			have += n;
		}
	}
	if (!lines) {
		putchar(' ');
		pty_show(bytes, have);
	}
	pty_nonblock(fd, 0);
}

/* Types keys at the master and shows what the slave can read and what is echoed. */
static void __attribute__((unused)) pty_type(const char *keys, size_t n)
{
	pty_show(keys, n);
	CHECK_EQ(write(master, keys, n), (ssize_t)n);
	pty_drain(slave, "read");
	pty_drain(master, "echo");
	putchar('\n');
}
#endif
