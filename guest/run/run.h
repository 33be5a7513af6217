/* The first program inside a machine that `./ferrogate run` starts. It makes the root of what the host shares, starts
 * the one program that the user asked for and carries its standard streams, its end and the terminal's changes to the
 * host tool and back. Only interfaces of Linux are used: it works the same on a Linux kernel.
 *
 * To the host there are virtio ports: `ferrogate.control`, and one for each stream that is no terminal:
 * `ferrogate.stdin`, `ferrogate.stdout`, `ferrogate.stderr`. A terminal is /dev/hvc0. What is to be run stands in
 * /run.description of the initial file system. cli/src/run/ has the other side.
 *
 * A stream's port carries frames: a length (4 bytes, little endian) and so many bytes; the length 0 is the end of the
 * stream. In the other direction a single byte says that nobody reads it any more.
 *
 * The control port carries messages: a type, a length (4 bytes each, little endian), then the body:
 *   to the host    HELLO; STARTED; WARNING text; FAILED code, text; STOPPED signal; STDIN_CLOSED;
 *                  KEYS 0 or 1: whether the terminal's keys make signals;
 *                  EXITED kind (0 code, 1 signal), value, bytes of stdin that were read (8 bytes)
 *   to the guest   TIME seconds (8 bytes), nanoseconds (4), once, as the answer to HELLO;
 *                  SIZE rows, columns, width, height (2 bytes each); SIGNAL number; CONTINUE in the foreground 0 or 1;
 *                  ASK_KEYS
 */
#ifndef FERROGATE_RUN_H
#define FERROGATE_RUN_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum to_host {
	HELLO = 1,
	STARTED,
	WARNING,
	FAILED,
	STOPPED,
	STDIN_CLOSED,
	KEYS,
	EXITED,
};

enum to_guest {
	SIZE = 1,
	SIGNAL,
	CONTINUE,
	ASK_KEYS,
	TIME,
};

/* Exit codes of the tool that are decided here. */
enum {
	CANNOT_RUN = 125,
	NOT_EXECUTABLE = 126,
	NOT_FOUND = 127,
};

enum { STDIN, STDOUT, STDERR };

/* What a standard stream of the program is; a digit is the minor number of a device like /dev/null. */
enum stream_kind {
	CLOSED = 'c',
	PORT = 'p',
	TERMINAL = 't',
	LIKE_STDOUT = 'o', /* stderr alone: the same file as stdout */
};

/* A directory of the host that writes reach. */
struct share {
	const char *tag;
	const char *path;
};

enum { MAX_SHARES = 32 };

/* What is to be run; see description.c. */
struct description {
	char **argv;
	char **envp;
	const char *cwd;
	const char *hostname;
	const char *shown; /* a directory of the host below one that is the guest's own, or NULL */
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t group_count;
	mode_t umask;
	char kinds[3];
	bool has_terminal;
	bool foreground;
	uint16_t size[4];
	uint32_t modes[4]; /* input, output, control, local */
	unsigned char special[19];
	const char *cookie; /* ends what the terminal shows */
	struct share shares[MAX_SHARES];
	size_t share_count;
};

extern struct description run;

/* description.c */
void read_description(const char *path);

/* ports.c */
void load_modules(void);
int open_port(const char *name);
void open_control(void);
int control_fd(void);
void tell(enum to_host type, const void *body, size_t length);
void warn_host(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Takes in what the host says; calls back for each whole message. */
void hear(void (*message)(enum to_guest type, const unsigned char *body, size_t length));

/* mounts.c */
void make_root(void);

/* terminal.c */
void open_terminal(void);
int terminal_fd(void);
void resize_terminal(const unsigned char *body);
void give_terminal_to(pid_t group);
bool keys_make_signals(void);
void end_terminal(void);

/* program.c */
pid_t start_program(const int fds[3]);

/* relay.c */
void make_streams(int fds[3]);
void relay(pid_t program);

uint32_t get_u32(const unsigned char *from);
void put_u32(unsigned char *to, uint32_t value);
bool write_all(int fd, const void *data, size_t length);

#endif
