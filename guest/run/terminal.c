/* The terminal: a virtio console that the host tool connects to its own terminal. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int terminal = -1;

/* The modes of the host's terminal, but the line's speed and framing stay. */
static void set_modes(void)
{
	const tcflag_t line = HUPCL | CREAD | CLOCAL;
	struct termios modes;

	if (tcgetattr(terminal, &modes) < 0)
		return;
	modes.c_iflag = run.modes[0];
	modes.c_oflag = run.modes[1];
	modes.c_cflag = (modes.c_cflag & ~line) | (run.modes[2] & line);
	modes.c_lflag = run.modes[3];
	memcpy(modes.c_cc, run.special, sizeof run.special);
	tcsetattr(terminal, TCSANOW, &modes);
}

void open_terminal(void)
{
	struct winsize size = { run.size[0], run.size[1], run.size[2], run.size[3] };

	for (int tries = 0; tries < 5000 && terminal < 0; tries++) {
		terminal = open("/dev/hvc0", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (terminal < 0)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	if (terminal < 0)
		fail(CANNOT_RUN, "the guest cannot open its terminal: %s", strerror(errno));
	set_modes();
	ioctl(terminal, TIOCSWINSZ, &size);
	if (ioctl(terminal, TIOCSCTTY, 0) < 0)
		fail(CANNOT_RUN, "the guest cannot take its terminal: %s", strerror(errno));
	if (fchown(terminal, run.uid, 5) < 0 || fchmod(terminal, 0620) < 0)
		fail(CANNOT_RUN, "the guest cannot give away its terminal: %s", strerror(errno));
}

int terminal_fd(void)
{
	return terminal;
}

void resize_terminal(const unsigned char *body)
{
	struct winsize size;

	memcpy(&size, body, sizeof size);
	if (terminal >= 0)
		ioctl(terminal, TIOCSWINSZ, &size);
}

void give_terminal_to(pid_t group)
{
	if (terminal >= 0)
		tcsetpgrp(terminal, group);
}

bool keys_make_signals(void)
{
	struct termios modes;

	return terminal >= 0 && tcgetattr(terminal, &modes) == 0 && modes.c_lflag & ISIG;
}

/* All that the program wrote comes before the cookie; whatever it did to the terminal must not hold that back. */
void end_terminal(void)
{
	struct termios modes;

	if (terminal < 0)
		return;
	tcflow(terminal, TCOOFF);
	tcflow(terminal, TCOON);
	if (tcgetattr(terminal, &modes) == 0) {
		cfmakeraw(&modes);
		tcsetattr(terminal, TCSANOW, &modes);
	}
	write_all(terminal, run.cookie, strlen(run.cookie));
	tcdrain(terminal);
}
