// Requests of terminals and pseudo-terminals (ioctl_tty(2)): flow control, queues, packet mode, settings in all their
// forms, exclusive use, line disciplines, hang-up.
// test: guest-only timeout=30, mounts devpts
#include "test.h"
#include "pty.h"

struct old_termio {
	unsigned short iflag, oflag, cflag, lflag;
	unsigned char line, cc[8];
};

struct new_termios {
	unsigned iflag, oflag, cflag, lflag;
	unsigned char line, cc[19];
	unsigned ispeed, ospeed;
};

static char bytes[4096];

static void settings(unsigned iflag_off, unsigned lflag_off)
{
	struct termios t;

	REQUIRE(tcgetattr(slave, &t) == 0);
	t.c_iflag &= ~iflag_off;
	t.c_lflag &= ~lflag_off;
	REQUIRE(tcsetattr(slave, TCSANOW, &t) == 0);
}

static void both(const char *what)
{
	printf("%s:", what);
	pty_drain(slave, "slave");
	pty_drain(master, "master");
	putchar('\n');
}

TEST(flow_control)
{
	pty_setup();
	pty_open();
	CHECK_EQ(write(master, "a\023b", 3), 3);
	both("stopped by key");
	pty_nonblock(slave, 1);
	CHECK_ERRNO(write(slave, "x", 1), EAGAIN);
	/* A program can't undo what a key has done, nor the other way round. */
	CHECK_EQ(tcflow(slave, TCOON), 0);
	pty_nonblock(slave, 1);
	CHECK_ERRNO(write(slave, "x", 1), EAGAIN);
	CHECK_EQ(write(master, "\021", 1), 1);
	both("started by key");
	CHECK_EQ(write(slave, "y", 1), 1);
	CHECK_EQ(tcflow(slave, TCOOFF), 0);
	both("stopped by program");
	CHECK_EQ(write(master, "\021", 1), 1);
	both("key in vain");
	pty_nonblock(slave, 1);
	CHECK_ERRNO(write(slave, "x", 1), EAGAIN);
	CHECK_EQ(tcflow(slave, TCOON), 0);
	pty_nonblock(slave, 1);
	CHECK_EQ(write(slave, "z", 1), 1);
	both("started by program");
	CHECK_EQ(tcflow(slave, TCIOFF), 0);
	CHECK_EQ(tcflow(slave, TCION), 0);
	both("keys sent");
	CHECK_ERRNO(tcflow(slave, 4), EINVAL);
	CHECK_ERRNO(tcflow(slave, -1), EINVAL);
	/* Settings without the keys let it go on. */
	CHECK_EQ(write(master, "\023", 1), 1);
	both("stopped again");
	settings(IXON, 0);
	pty_nonblock(slave, 1);
	CHECK_EQ(write(slave, "w", 1), 1);
	both("no keys");
	pty_close();
}

TEST(queues)
{
	int count = -1;

	pty_open();
	CHECK_EQ(write(slave, "out", 3), 3);
	CHECK_EQ(ioctl(slave, TIOCOUTQ, &count), 0);
	CHECK_EQ(count, 0);
	CHECK_EQ(tcdrain(slave), 0);
	CHECK_EQ(write(master, "in\n", 3), 3);
	both("both ways");
	CHECK_EQ(write(master, "more\nline", 9), 9);
	for (int i = 0; i < 5000 && (ioctl(slave, FIONREAD, &count), count != 5); i++)
		usleep(1000);
	CHECK_EQ(count, 5);
	CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
	CHECK_EQ(ioctl(slave, FIONREAD, &count), 0);
	CHECK_EQ(count, 0);
	CHECK_ERRNO(tcflush(slave, 3), EINVAL);
	CHECK_ERRNO(tcflush(master, 3), EINVAL);
	both("flushed");
	/* What the master could read already is not the slave's to throw away. */
	CHECK_EQ(write(slave, "kept", 4), 4);
	for (int i = 0; i < 5000 && (ioctl(master, FIONREAD, &count), count != 4); i++)
		usleep(1000);
	CHECK_EQ(tcflush(slave, TCOFLUSH), 0);
	CHECK_EQ(ioctl(master, FIONREAD, &count), 0);
	CHECK_EQ(count, 4);
	CHECK_EQ(tcflush(master, TCIFLUSH), 0);
	CHECK_EQ(ioctl(master, FIONREAD, &count), 0);
	CHECK_EQ(count, 0);
	pty_close();
}

static int packet(void)
{
	struct pollfd poller = { .fd = master, .events = POLLIN | POLLPRI };

	if (poll(&poller, 1, 0) != 1)
		return -1;
	if (read(master, bytes, sizeof(bytes)) < 1)
		return -2;
	return (unsigned char)bytes[0] | (poller.revents & POLLPRI ? 0x100 : 0);
}

TEST(packets)
{
	struct termios t;
	int on = 1, off = 0, value = -1;

	pty_open();
	CHECK_EQ(tcflow(slave, TCOOFF), 0);
	CHECK_EQ(ioctl(master, TIOCPKT, &on), 0);
	CHECK_EQ(ioctl(master, TIOCGPKT, &value), 0);
	CHECK_EQ(value, 1);
	CHECK_EQ(packet(), -1);
	CHECK_EQ(tcflow(slave, TCOON), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_START);
	CHECK_EQ(tcflow(slave, TCOOFF), 0);
	CHECK_EQ(tcflow(slave, TCOON), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_START);
	CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_FLUSHREAD);
	CHECK_EQ(tcflush(slave, TCOFLUSH), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_FLUSHWRITE);
	CHECK_EQ(tcflush(slave, TCIOFLUSH), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
	settings(IXON, 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_NOSTOP);
	REQUIRE(tcgetattr(slave, &t) == 0);
	t.c_iflag |= IXON;
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_DOSTOP);
	t.c_cc[VSTOP] = 'q';
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_NOSTOP);
	t.c_lflag |= EXTPROC;
	CHECK_EQ(tcsetattr(slave, TCSAFLUSH, &t), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_FLUSHREAD | TIOCPKT_IOCTL);
	t.c_lflag &= ~EXTPROC;
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	CHECK_EQ(packet(), 0x100 | TIOCPKT_IOCTL);
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	CHECK_EQ(packet(), -1);
	/* A key that sends a signal throws both away. */
	CHECK_EQ(write(master, "\003", 1), 1);
	pty_drain(slave, "after the key");
	putchar('\n');
	CHECK_EQ(packet(), 0x100 | TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE);
	CHECK_EQ(packet(), TIOCPKT_DATA);
	CHECK_EQ(memcmp(bytes + 1, "^C", 2), 0);
	CHECK_EQ(ioctl(master, TIOCPKT, &off), 0);
	CHECK_EQ(tcflush(slave, TCIFLUSH), 0);
	CHECK_EQ(packet(), -1);
	CHECK_ERRNO(ioctl(slave, TIOCPKT, &on), ENOTTY);
	pty_close();
}

TEST(settings_in_three_forms)
{
	struct old_termio old = { 0 };
	struct new_termios new = { 0 };
	struct termios t;

	pty_open();
	CHECK_EQ(ioctl(slave, TCGETA, &old), 0);
	printf("termio %x %x %x %x %x %x\n", old.iflag, old.oflag, old.cflag, old.lflag, old.line, old.cc[3]);
	CHECK_EQ(ioctl(slave, 0x802c542a, &new), 0);
	printf("termios2 %x %x %x %x %u %u\n", new.iflag, new.oflag, new.cflag, new.lflag, new.ispeed, new.ospeed);
	old.lflag &= ~ECHO;
	old.cc[0] = 'i';
	CHECK_EQ(ioctl(slave, TCSETA, &old), 0);
	CHECK_EQ(ioctl(slave, 0x802c542a, &new), 0);
	printf("termios2 %x %x %x %x %u %u %c\n", new.iflag, new.oflag, new.cflag, new.lflag, new.ispeed, new.ospeed,
	       new.cc[0]);
	/* Any speed, which is kept; the line is always eight bits without parity. */
	new.cflag = (new.cflag & ~CBAUD) | 010000 | PARENB | CS6;
	new.ispeed = new.ospeed = 12345;
	CHECK_EQ(ioctl(slave, 0x402c542b, &new), 0);
	memset(&new, 0, sizeof(new));
	CHECK_EQ(ioctl(slave, 0x802c542a, &new), 0);
	printf("termios2 %x %u %u\n", new.cflag, new.ispeed, new.ospeed);
	REQUIRE(tcgetattr(slave, &t) == 0);
	cfsetspeed(&t, B115200);
	CHECK_EQ(tcsetattr(slave, TCSADRAIN, &t), 0);
	CHECK_EQ(ioctl(master, 0x802c542a, &new), 0);
	printf("termios2 %x %u %u\n", new.cflag, new.ispeed, new.ospeed);
	new.cflag = (new.cflag & ~(CBAUD | CBAUD << 16)) | B9600 | B300 << 16;
	CHECK_EQ(ioctl(slave, 0x402c542c, &new), 0);
	CHECK_EQ(ioctl(slave, 0x802c542a, &new), 0);
	printf("termios2 %x %u %u\n", new.cflag, new.ispeed, new.ospeed);
	CHECK_ERRNO(ioctl(slave, TCGETS, BAD_PTR), EFAULT);
	CHECK_ERRNO(ioctl(slave, TCSETS, BAD_PTR), EFAULT);
	CHECK_ERRNO(ioctl(slave, TCSETAF, BAD_PTR), EFAULT);
	/* New settings with a flush. */
	CHECK_EQ(write(master, "gone\n", 5), 5);
	both("before");
	CHECK_EQ(write(master, "gone\n", 5), 5);
	struct pollfd poller = { .fd = slave, .events = POLLIN };
	CHECK_EQ(poll(&poller, 1, 5000), 1);
	CHECK_EQ(ioctl(slave, TCSETSF, &t), 0);
	both("after");
	pty_close();
}

TEST(locked_settings)
{
	struct termios locked, t;
	struct { unsigned flags[4]; unsigned char line, cc[19]; } raw = { 0 };

	pty_open();
	raw.flags[3] = ECHO;
	raw.cc[VINTR] = 1;
	CHECK_EQ(ioctl(slave, TIOCSLCKTRMIOS, &raw), 0);
	REQUIRE(tcgetattr(slave, &t) == 0);
	t.c_lflag &= ~(ECHO | ICANON);
	t.c_cc[VINTR] = 'x';
	t.c_cc[VQUIT] = 'y';
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	memset(&locked, 0, sizeof(locked));
	REQUIRE(tcgetattr(slave, &t) == 0);
	printf("lflag %x intr %x quit %x\n", t.c_lflag, t.c_cc[VINTR], t.c_cc[VQUIT]);
	memset(&raw, 0, sizeof(raw));
	CHECK_EQ(ioctl(slave, TIOCGLCKTRMIOS, &raw), 0);
	CHECK_EQ(raw.flags[3], ECHO);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		CHECK_ERRNO(ioctl(slave, TIOCSLCKTRMIOS, &raw), EPERM);
		CHECK_EQ(ioctl(slave, TIOCGLCKTRMIOS, &raw), 0);
	}), 0);
	int on = -1;
	CHECK_EQ(ioctl(slave, TIOCGSOFTCAR, &on), 0);
	printf("softcar %d\n", on);
	on = 1;
	CHECK_EQ(ioctl(slave, TIOCSSOFTCAR, &on), 0);
	REQUIRE(tcgetattr(slave, &t) == 0);
	CHECK_EQ(!!(t.c_cflag & CLOCAL), 1);
	pty_close();
}

TEST(exclusive)
{
	char name[64];
	int value = -1, fd;

	pty_open();
	REQUIRE(ptsname_r(master, name, sizeof(name)) == 0);
	CHECK_EQ(ioctl(slave, 0x80045440, &value), 0);
	CHECK_EQ(value, 0);
	CHECK_EQ(ioctl(slave, TIOCEXCL), 0);
	CHECK_EQ(ioctl(slave, 0x80045440, &value), 0);
	CHECK_EQ(value, 1);
	fd = open(name, O_RDWR | O_NOCTTY);
	CHECK(fd >= 0);
	close(fd);
	chmod(name, 0666);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		CHECK_ERRNO(open(name, O_RDWR | O_NOCTTY), EBUSY);
	}), 0);
	CHECK_EQ(ioctl(slave, TIOCNXCL), 0);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		CHECK(open(name, O_RDWR | O_NOCTTY) >= 0);
	}), 0);
	pty_close();
}

TEST(disciplines)
{
	int which = -1, null = 27, bad[] = { -1, 30, 1000 }, tty = 0;
	struct termios t;

	pty_open();
	CHECK_EQ(ioctl(slave, TIOCGETD, &which), 0);
	CHECK_EQ(which, 0);
	for (int i = 0; i < 3; i++)
		CHECK_ERRNO(ioctl(slave, TIOCSETD, &bad[i]), EINVAL);
	CHECK_EQ(ioctl(slave, TIOCSETD, &null), 0);
	CHECK_EQ(ioctl(slave, TIOCGETD, &which), 0);
	CHECK_EQ(which, 27);
	CHECK_ERRNO(read(slave, bytes, 1), EOPNOTSUPP);
	CHECK_ERRNO(write(slave, bytes, 1), EOPNOTSUPP);
	CHECK_ERRNO(tcgetattr(slave, &t), EINVAL);
	CHECK_EQ(ioctl(slave, TIOCSETD, &tty), 0);
	CHECK_EQ(tcgetattr(slave, &t), 0);
	CHECK_EQ(write(master, "back\n", 5), 5);
	both("N_TTY again");
	pty_close();
}

TEST(various)
{
	unsigned device = 0;
	struct stat st;
	struct winsize size = { 0 };
	int value;

	pty_open();
	REQUIRE(fstat(slave, &st) == 0);
	CHECK_EQ(ioctl(slave, 0x80045432, &device), 0);
	CHECK_EQ(device, st.st_rdev);
	CHECK_EQ(ioctl(master, 0x80045432, &device), 0);
	CHECK_EQ(ioctl(slave, TIOCGWINSZ, &size), 0);
	CHECK_EQ(size.ws_row + size.ws_col, 0);
	CHECK_EQ(tcsendbreak(slave, 0), 0);
	CHECK_EQ(ioctl(slave, TIOCSBRK), 0);
	CHECK_EQ(ioctl(slave, TIOCCBRK), 0);
	CHECK_ERRNO(ioctl(slave, TIOCMGET, &value), ENOTTY);
	CHECK_ERRNO(ioctl(slave, TIOCLINUX, bytes), ENOTTY);
	CHECK_ERRNO(ioctl(slave, TIOCGPTN, &value), ENOTTY);
	CHECK_ERRNO(ioctl(slave, TIOCSPTLCK, &value), ENOTTY);
	CHECK_ERRNO(ioctl(master, TIOCSIG, SIGKILL), EINVAL);
	CHECK_EQ(ioctl(master, TIOCSIG, SIGINT), 0);
	CHECK_ERRNO(ioctl(slave, TIOCGPGRP, &value), ENOTTY);
	CHECK_ERRNO(ioctl(slave, TIOCGSID, &value), ENOTTY);
	CHECK_ERRNO(ioctl(master, TIOCGSID, &value), ENOTTY);
	CHECK_EQ(ioctl(master, TIOCGPGRP, &value), 0);
	CHECK_EQ(value, 0);
	CHECK_ERRNO(ioctl(slave, TIOCNOTTY), ENOTTY);
	value = getpgrp();
	CHECK_ERRNO(ioctl(slave, TIOCSPGRP, &value), ENOTTY);
	CHECK_ERRNO(ioctl(slave, TIOCSPGRP, BAD_PTR), EFAULT);
	value = -1;
	CHECK_ERRNO(ioctl(slave, TIOCSPGRP, &value), EINVAL);
	CHECK_ERRNO(ioctl(slave, 0x5499, &value), ENOTTY);
	/* As if typed, for root on any terminal. */
	CHECK_EQ(ioctl(slave, TIOCSTI, "k"), 0);
	CHECK_EQ(ioctl(slave, TIOCSTI, "\n"), 0);
	CHECK_ERRNO(ioctl(slave, TIOCSTI, BAD_PTR), EFAULT);
	both("typed");
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		CHECK_ERRNO(ioctl(slave, TIOCSTI, "k"), EPERM);
		CHECK_ERRNO(ioctl(slave, TIOCVHANGUP), EPERM);
		CHECK_ERRNO(ioctl(slave, TIOCCONS), EPERM);
	}), 0);
	pty_close();
}

TEST(hangup)
{
	char name[64];
	struct pollfd poller;
	int fd;

	pty_open();
	REQUIRE(ptsname_r(master, name, sizeof(name)) == 0);
	CHECK_EQ(ioctl(slave, TIOCVHANGUP), 0);
	CHECK_EQ(read(slave, bytes, 1), 0);
	CHECK_ERRNO(write(slave, bytes, 1), EIO);
	CHECK_ERRNO(ioctl(slave, TIOCGPGRP, &fd), EIO);
	CHECK_ERRNO(ioctl(slave, TIOCSPGRP, &fd), ENOTTY);
	poller = (struct pollfd){ .fd = slave, .events = POLLIN | POLLOUT };
	CHECK_EQ(poll(&poller, 1, 0), 1);
	CHECK_EQ(poller.revents, POLLIN | POLLOUT | POLLERR | POLLHUP);
	pty_close();
	fd = open(name, O_RDWR | O_NOCTTY);
	CHECK_EQ(fd, -1);
}

TEST_MAIN
