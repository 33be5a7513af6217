/* Process 1 of a run, parent of all orphans, and the leader of the program's session: see run.h. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint32_t get_u32(const unsigned char *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

void put_u32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

bool write_all(int fd, const void *data, size_t length)
{
	const char *at = data;

	while (length) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		length -= (size_t)n;
	}
	return true;
}

/* 0, 1 and 2 are the console, or, without one, the null device: nothing of ours must stand there. */
static void fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	close(fd);
}

static struct timespec hello_at;
static bool clock_is_set;

/* The hardware clock knows whole seconds only; files that the host writes must not seem to be of the future. */
static void set_clock(enum to_guest type, const unsigned char *body, size_t length)
{
	struct timespec now, time;

	if (type != TIME || length != 12)
		return;
	clock_is_set = true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	time.tv_sec = (time_t)(get_u32(body) | (uint64_t)get_u32(body + 4) << 32) + now.tv_sec - hello_at.tv_sec;
	time.tv_nsec = (long)get_u32(body + 8) + now.tv_nsec - hello_at.tv_nsec;
	while (time.tv_nsec < 0 || time.tv_nsec >= 1000000000) {
		int step = time.tv_nsec < 0 ? 1 : -1;

		time.tv_nsec += step * 1000000000L;
		time.tv_sec -= step;
	}
	if (clock_settime(CLOCK_REALTIME, &time) < 0)
		warn_host("the guest cannot set its clock: %s", strerror(errno));
}

/* Its children could never be stopped: a process group whose members' parents are process 1 or outside of the session
 * counts as an orphan, which nobody would continue. So it is a child that leads the session and starts the program. */
static _Noreturn void lead(int fds[3])
{
	setsid();
	if (run.has_terminal)
		open_terminal();
	for (int i = 0; i < 3; i++)
		if (run.kinds[i] == TERMINAL)
			fds[i] = terminal_fd();
	relay(start_program(fds));
	for (;;)
		pause(); /* the host ends the machine */
}

int main(void)
{
	int fds[3];
	pid_t leader, pid;

	/* What the program does to the terminal and to its pipes must not end the leader. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	umask(0);
	mkdir("/dev", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	fill_standard();
	load_modules();
	open_control();
	read_description("/run.description");
	clock_gettime(CLOCK_MONOTONIC, &hello_at);
	tell(HELLO, NULL, 0);
	make_streams(fds);
	make_root();
	while (!clock_is_set)
		hear(set_clock);
	leader = fork();
	if (leader < 0)
		fail(CANNOT_RUN, "the guest cannot start a process: %s", strerror(errno));
	if (leader == 0)
		lead(fds);
	/* Pipes end only when nobody has them any more. */
	close_range(3, ~0U, 0);
	do
		pid = waitpid(-1, NULL, 0);
	while (pid != leader && (pid > 0 || errno == EINTR));
	return 1; /* which stops the machine */
}
