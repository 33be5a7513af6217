// Line editing, echo and mapping of characters (termios(3)): settings and keys at random, compared with Linux.
// test: guest-only timeout=60, mounts devpts
#include "test.h"
#include "pty.h"

static uint64_t state = 88172645463325252u;

static unsigned random_below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

/* Each of these bits with a chance of one in `n`. */
static unsigned some(const unsigned *bits, unsigned n)
{
	unsigned sum = 0;

	for (; *bits; bits++)
		if (random_below(n) == 0)
			sum |= *bits;
	return sum;
}

static const unsigned iflags[] = { ISTRIP, INLCR, IGNCR, ICRNL, IUCLC, IXON, IXANY, IUTF8, PARMRK, IMAXBEL, IGNBRK, 0 };
static const unsigned oflags[] = { OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, XTABS, OFILL, 0 };
static const unsigned lflags[] = { ECHOE, ECHOK, ECHONL, ECHOCTL, ECHOKE, NOFLSH, XCASE, 0 };

static void settings(struct termios *t)
{
	t->c_iflag = some(iflags, 3);
	t->c_oflag = some(oflags, 3) | (random_below(8) ? OPOST : 0);
	t->c_lflag = some(lflags, 2) | (random_below(6) ? ICANON : 0) | (random_below(6) ? ECHO : 0) |
		     (random_below(3) ? IEXTEN : 0) | (random_below(3) ? ISIG : 0) | (random_below(6) ? 0 : ECHOPRT) |
		     (random_below(30) ? 0 : EXTPROC);
	/* With the start key it depends on a worker's speed what of the echo is out before a signal takes it back. */
	if (!(t->c_lflag & NOFLSH))
		t->c_iflag &= ~IXON;
	if (random_below(4) == 0)
		t->c_cc[VEOL] = 'e';
	if (random_below(4) == 0)
		t->c_cc[VEOL2] = 'f';
	if (random_below(8) == 0)
		t->c_cc[VERASE] = '#';
	if (random_below(8) == 0)
		t->c_cc[VEOF] = 0;
	if (!(t->c_lflag & ICANON))
		t->c_cc[VMIN] = random_below(4);
}

static size_t keys(char *to)
{
	static const char *const pieces[] = {
		"a", "b c", "e", "f", "g_9", "\t", "\r", "\n", "\177", "\177", "\177", "\27", "\27", "\25", "\26", "\22",
		"\4", "\3", "\34", "\32", "\23", "\21", "\b", "\33", "\1", "Z", "word two", "#", "\303\244", "\342\202\254",
		"\377", "\200", "\306\222", "=;", "\t\177", "\26\3",
	};
	size_t n = 0;

	for (unsigned count = 1 + random_below(12); count; count--) {
		const char *piece = pieces[random_below(sizeof(pieces) / sizeof(*pieces))];

		memcpy(to + n, piece, strlen(piece));
		n += strlen(piece);
	}
	return n;
}

int main(void)
{
	struct termios old, t;
	char text[256];
	int i, j;

	pty_setup();
	for (i = 0; i < 400; i++) {
		pty_open();
		REQUIRE(tcgetattr(slave, &old) == 0);
		t = old;
		settings(&t);
		CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
		printf("%d: %x %x %x\n", i, t.c_iflag, t.c_oflag, t.c_lflag);
		for (j = 0; j < 3; j++)
			pty_type(text, keys(text));
		/* What remains, in the other mode, and with output. */
		t.c_lflag ^= ICANON;
		t.c_iflag &= ~IXON;
		t.c_cc[VMIN] = 1;
		CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
		pty_nonblock(slave, 1);
		CHECK_EQ(write(slave, "x\ty\r\nZ", 6), 6);
		pty_type("q\n", 2);
		pty_close();
	}
	return test_done();
}
