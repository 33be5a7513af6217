/* What goes to and fro while the program runs: its streams, its signals, its end. One loop that sleeps in ppoll(2). */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 65536, HEADER = 4 };
/* After the program's end the processes that it left behind have so many milliseconds to die. */
enum { KILL_TRIES = 3000 };

/* A stream between a port and the end of a pipe whose other end the program has. -1: not, or no longer. */
struct stream {
	int port;
	int pipe;
	size_t start, end; /* what is in the buffer */
	uint32_t frame;    /* bytes that are still to come of an incoming frame */
	bool finished;     /* the end of the stream is in the buffer or gone out */
	unsigned char buffer[HEADER + BUFFER];
};

static struct stream in, out[2];
static uint64_t stdin_written;
static int stdin_rest = -1; /* to see what of it is unread when our end is closed */
static pid_t program;
static bool program_stopped, program_ended;
static int program_status;

static void nothing(int signal_number)
{
	(void)signal_number;
}

/* A pipe for one of the streams; returns the program's end. Only our end doesn't block. */
static int make_pipe(struct stream *s, const char *port, bool to_program)
{
	int ends[2];

	s->port = open_port(port);
	if (pipe2(ends, O_CLOEXEC) < 0)
		fail(CANNOT_RUN, "the guest cannot make a pipe: %s", strerror(errno));
	s->pipe = ends[to_program];
	fcntl(s->pipe, F_SETFL, O_NONBLOCK | (to_program ? O_WRONLY : O_RDONLY));
	return ends[!to_program];
}

/* A device that is the same on every machine. */
static int open_device(char minor, int flags)
{
	static const char *const names[] = { ['3'] = "null", ['5'] = "zero", ['7'] = "full", ['8'] = "random",
					     ['9'] = "urandom" };
	char path[32];
	int fd;

	snprintf(path, sizeof path, "/dev/%s", minor >= '3' && minor <= '9' && names[(int)minor] ? names[(int)minor] : "?");
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fail(CANNOT_RUN, "the guest cannot open %s: %s", path, strerror(errno));
	return fd;
}

void make_streams(int fds[3])
{
	static const char *const ports[] = { "ferrogate.stdin", "ferrogate.stdout", "ferrogate.stderr" };

	in.port = in.pipe = out[0].port = out[0].pipe = out[1].port = out[1].pipe = -1;
	for (int i = 0; i < 3; i++)
		switch (run.kinds[i]) {
		case CLOSED: fds[i] = -1; break;
		case PORT: fds[i] = make_pipe(i == STDIN ? &in : &out[i - 1], ports[i], i == STDIN); break;
		case LIKE_STDOUT: fds[i] = fds[STDOUT]; break;
		case TERMINAL: fds[i] = -1; break; /* it is not open yet */
		default: fds[i] = open_device(run.kinds[i], i == STDIN ? O_RDONLY : O_WRONLY);
		}
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Sends what is in the buffer, as far as the port takes it; true if it is empty then. */
static bool send_rest(struct stream *s)
{
	while (s->start < s->end) {
		ssize_t n = write(s->port, s->buffer + s->start, s->end - s->start);

		if (n <= 0)
			return false;
		s->start += (size_t)n;
	}
	s->start = s->end = 0;
	return true;
}

/* From the program to the host. Without a writer that could come, an empty pipe is at its end. */
static void carry_out(struct stream *s, bool no_more_writers)
{
	while (s->port >= 0 && !s->finished && send_rest(s)) {
		ssize_t n = s->pipe < 0 ? 0 : read(s->pipe, s->buffer + HEADER, BUFFER);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && !no_more_writers)
			return;
		n = n < 0 ? 0 : n;
		put_u32(s->buffer, (uint32_t)n);
		s->end = HEADER + (size_t)n;
		if (n == 0) {
			s->finished = true;
			close_fd(&s->pipe);
		}
	}
	if (s->port >= 0)
		send_rest(s);
}

/* The host tells by a byte that nobody reads any more: the program is to see that at its next write. */
static void hear_back(struct stream *s)
{
	unsigned char byte;

	if (read(s->port, &byte, 1) == 1)
		close_fd(&s->pipe);
}

/* The host has no more. The reader's side, opened now that we shall write no more, tells later what is left unread. */
static void end_stdin(void)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", in.pipe);
	stdin_rest = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	close_fd(&in.pipe);
}

/* What nobody has read of the pipe was not read from the host's stdin either. */
static void forget_unread(int fd)
{
	int unread = 0;

	if (fd >= 0 && ioctl(fd, FIONREAD, &unread) == 0)
		stdin_written -= (uint64_t)unread;
}

/* The program and its children read no more. */
static void give_up_stdin(void)
{
	forget_unread(in.pipe);
	close_fd(&in.pipe);
	tell(STDIN_CLOSED, NULL, 0);
}

/* Hands the bytes of a frame on; false if the pipe takes no more now. */
static bool fill_pipe(void)
{
	while (in.start < in.end && in.frame) {
		size_t rest = in.end - in.start;
		ssize_t n = write(in.pipe, in.buffer + in.start, rest < in.frame ? rest : in.frame);

		if (n < 0 && errno == EPIPE)
			give_up_stdin();
		if (n < 0)
			return false;
		in.start += (size_t)n;
		in.frame -= (uint32_t)n;
		stdin_written += (uint64_t)n;
	}
	return true;
}

/* From the host to the program. */
static void carry_in(void)
{
	while (in.pipe >= 0 && fill_pipe()) {
		ssize_t n;

		if (!in.frame && in.end - in.start >= HEADER) {
			in.frame = get_u32(in.buffer + in.start);
			in.start += HEADER;
			if (!in.frame)
				end_stdin();
			continue;
		}
		memmove(in.buffer, in.buffer + in.start, in.end - in.start);
		in.end -= in.start;
		in.start = 0;
		n = read(in.port, in.buffer + in.end, BUFFER - in.end);
		if (n <= 0)
			return;
		in.end += (size_t)n;
	}
}

static void take_message(enum to_guest type, const unsigned char *body, size_t length)
{
	unsigned char answer[4];

	if (type == SIZE && length == 8)
		resize_terminal(body);
	if (type == SIGNAL && length == 4)
		kill(-program, (int)get_u32(body));
	if (type == CONTINUE && length == 4) {
		give_terminal_to(get_u32(body) ? program : getpgrp());
		program_stopped = false;
		kill(-program, SIGCONT);
	}
	if (type == ASK_KEYS) {
		put_u32(answer, keys_make_signals());
		tell(KEYS, answer, sizeof answer);
	}
}

/* The program's changes of state. */
static void reap(void)
{
	unsigned char body[4];
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != program)
			continue;
		if (!WIFSTOPPED(status)) {
			program_ended = true;
			program_status = status;
		} else if (!program_stopped) {
			program_stopped = true;
			put_u32(body, (uint32_t)WSTOPSIG(status));
			tell(STOPPED, body, sizeof body);
		}
	}
}

static void add(struct pollfd *list, nfds_t *count, int fd, short events)
{
	if (fd >= 0)
		list[(*count)++] = (struct pollfd){ .fd = fd, .events = events };
}

static bool ready(const struct pollfd *list, nfds_t count, int fd)
{
	for (nfds_t i = 0; fd >= 0 && i < count; i++)
		if (list[i].fd == fd && list[i].revents)
			return true;
	return false;
}

/* Sleeps until something can be done. SIGCHLD comes only in here. */
static void wait_for_work(void)
{
	struct pollfd list[8];
	nfds_t count = 0;
	sigset_t none;

	sigemptyset(&none);
	add(list, &count, control_fd(), POLLIN);
	if (in.pipe >= 0 && !program_ended) {
		bool full = in.frame && in.start < in.end;

		/* An error is reported in any case: the last reader is gone. */
		add(list, &count, in.pipe, full ? POLLOUT : 0);
		if (!full)
			add(list, &count, in.port, POLLIN);
	}
	for (int i = 0; i < 2; i++) {
		bool waiting = out[i].start < out[i].end;

		add(list, &count, out[i].port, (short)(POLLIN | (waiting ? POLLOUT : 0)));
		if (!waiting && !out[i].finished)
			add(list, &count, out[i].pipe, POLLIN);
	}
	if (ppoll(list, count, NULL, &none) <= 0)
		return;
	if (ready(list, count, control_fd()))
		hear(take_message);
	for (int i = 0; i < 2; i++)
		if (ready(list, count, out[i].port))
			hear_back(&out[i]);
	for (nfds_t i = 0; i < count; i++)
		if (in.pipe >= 0 && list[i].fd == in.pipe && list[i].revents & POLLERR)
			give_up_stdin();
}

/* Ends all other processes, so that nobody writes any more; one that can't die is left. Process 1 buries them. */
static void end_all_others(void)
{
	const struct timespec step = { .tv_nsec = 1000000 };

	for (int tries = 0; tries < KILL_TRIES && kill(-1, SIGKILL) == 0; tries++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		nanosleep(&step, NULL);
	}
}

static void report_end(void)
{
	unsigned char body[16];
	bool killed = WIFSIGNALED(program_status);

	forget_unread(in.pipe >= 0 ? in.pipe : stdin_rest);
	put_u32(body, killed);
	put_u32(body + 4, (uint32_t)(killed ? WTERMSIG(program_status) : WEXITSTATUS(program_status)));
	put_u32(body + 8, (uint32_t)stdin_written);
	put_u32(body + 12, (uint32_t)(stdin_written >> 32));
	tell(EXITED, body, sizeof body);
}

void relay(pid_t pid)
{
	struct sigaction on_child = { .sa_handler = nothing };
	sigset_t child;

	program = pid;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sigaction(SIGCHLD, &on_child, NULL);
	for (;;) {
		reap();
		if (program_ended)
			break;
		carry_in();
		carry_out(&out[0], false);
		carry_out(&out[1], false);
		wait_for_work();
	}
	end_all_others();
	for (;;) {
		carry_out(&out[0], true);
		carry_out(&out[1], true);
		if (out[0].start == out[0].end && out[1].start == out[1].end)
			break;
		wait_for_work();
	}
	end_terminal();
	if (run.share_count)
		sync();
	report_end();
}
