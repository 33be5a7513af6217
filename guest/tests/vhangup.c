// vhangup(2): the caller's terminal is hung up for whoever has it open; a new open works again.
// test: guest-only timeout=20, mounts devpts
#include "test.h"
#include "pty.h"

static volatile sig_atomic_t hups, conts;

static void note(int signal)
{
	if (signal == SIGHUP)
		hups++;
	else
		conts++;
}

static int leader(const char *name)
{
	char byte;
	int tty, fresh;

	setsid();
	tty = open(name, O_RDWR);
	if (tty < 0 || tcgetsid(tty) != getpid())
		return 1;
	signal(SIGHUP, note);
	signal(SIGCONT, note);
	CHECK_EQ(syscall(SYS_vhangup), 0);
	CHECK_EQ(hups, 1);
	CHECK_EQ(conts, 1);
	CHECK_EQ(read(tty, &byte, 1), 0);
	CHECK_ERRNO(write(tty, "x", 1), EIO);
	CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
	/* The terminal itself lives, and can control the session again. */
	fresh = open(name, O_RDWR);
	CHECK(fresh >= 0);
	CHECK_EQ(write(fresh, "fresh", 5), 5);
	CHECK_EQ(tcgetsid(fresh), getpid());
	CHECK_ERRNO(write(tty, "x", 1), EIO);
	return test_failures != 0;
}

TEST(terminal)
{
	char name[64], bytes[16];

	pty_setup();
	pty_open();
	REQUIRE(ptsname_r(master, name, sizeof(name)) == 0);
	/* This open file is dead afterwards, too; the master is not. */
	CHECK_EQ(IN_CHILD(close(slave); exit(leader(name))), 0);
	CHECK_EQ(read(slave, bytes, 1), 0);
	CHECK_EQ(read(master, bytes, sizeof(bytes)), 5);
	CHECK_EQ(memcmp(bytes, "fresh", 5), 0);
	pty_close();
}

TEST(without)
{
	CHECK_EQ(IN_CHILD({
		setsid();
		CHECK_EQ(syscall(SYS_vhangup), 0);
		REQUIRE(setresuid(1234, 1234, 1234) == 0);
		CHECK_ERRNO(syscall(SYS_vhangup), EPERM);
	}), 0);
}

TEST_MAIN
