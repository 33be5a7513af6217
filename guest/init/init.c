/* The runner inside the guest: process 1 of a test boot. It runs the programs named in /tests.list, one after
 * another, and reports on the console what each wrote and how it ended; the host tool reads that. It asks little of
 * the kernel, so that a kernel that can barely run a program can already be tested: fork, execve, wait4, pipe, dup2,
 * open, read, write, mkdir, chdir; alarm, mount and setsid are used where they work.
 *
 * A line of /tests.list:  NAME SECONDS
 * On the console:         \1BEGIN NAME
 *                         \1| what the test wrote, a line each; bytes that are no printable ASCII as \xNN
 *                         \1\ the same, for a last line without its newline
 *                         \1END NAME exit N | signal N | timeout
 *                         \1DONE
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t timed_out;
static volatile pid_t running;

static void put(const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(1, s, n);

		if (w <= 0 && errno != EINTR && errno != EAGAIN)
			return;
		if (w > 0) {
			s += w;
			n -= (size_t)w;
		}
	}
}

/* One write a line: kernel messages then stand between lines, not in them. */
static void say(const char *a, const char *b, const char *c)
{
	char line[512];
	int n = snprintf(line, sizeof line, "\1%s%s%s\n", a, b, c);

	put(line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}

struct out {
	char line[2048];
	size_t length;
};

static void end_line(struct out *o, char mark)
{
	o->line[0] = '\1';
	o->line[1] = mark;
	o->line[o->length++] = '\n';
	put(o->line, o->length);
	o->length = 2;
}

static void emit(struct out *o, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '\n') {
		end_line(o, '|');
		return;
	}
	if (o->length > sizeof o->line - 8)
		end_line(o, '\\');
	if ((c < 32 && c != '\t') || c > 126 || c == '\\') {
		o->line[o->length++] = '\\';
		o->line[o->length++] = 'x';
		o->line[o->length++] = hex[c >> 4];
		o->line[o->length++] = hex[c & 15];
	} else {
		o->line[o->length++] = (char)c;
	}
}

static void on_alarm(int sig)
{
	(void)sig;
	timed_out = 1;
	if (running > 0) {
		kill(-running, SIGKILL);
		kill(running, SIGKILL);
	}
}

static void child(const char *name, int out)
{
	char path[256], tmpdir[256], *argv[] = { path, NULL };
	char *envp[] = { "PATH=/bin:/usr/bin", "HOME=/", "LC_ALL=C", tmpdir, NULL };
	int null = open("/dev/null", O_RDONLY);

	snprintf(path, sizeof path, "/tests/%s", name);
	snprintf(tmpdir, sizeof tmpdir, "TMPDIR=/tmp/%s", name);
	setsid();
	mkdir(tmpdir + 7, 0755);
	if (chdir(tmpdir + 7) < 0)
		say("| chdir failed: ", tmpdir + 7, "");
	if (null >= 0)
		dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (null > 2)
		close(null);
	if (out > 2)
		close(out);
	execve(path, argv, envp);
	dprintf(2, "execve %s: %s\n", path, strerror(errno));
	_exit(127);
}

/* Everything that the test writes, until it and its children have closed the pipe. */
static void relay(int from)
{
	static struct out o;
	static char buf[4096];

	o.length = 2;
	for (;;) {
		ssize_t n = read(from, buf, sizeof buf);

		if (n == 0 || (n < 0 && (errno != EINTR || timed_out)))
			break;
		for (ssize_t i = 0; i < n; i++)
			emit(&o, (unsigned char)buf[i]);
	}
	if (o.length > 2)
		end_line(&o, '\\');
}

static void run(const char *name, unsigned seconds)
{
	int fds[2], status = 0, piped;
	char how[32];

	say("BEGIN ", name, "");
	timed_out = 0;
	piped = pipe2(fds, O_CLOEXEC) == 0;
	running = fork();
	if (running == 0)
		child(name, piped ? fds[1] : 1);
	if (piped)
		close(fds[1]);
	if (running < 0) {
		say("END ", name, " fork failed");
		if (piped)
			close(fds[0]);
		return;
	}
	alarm(seconds);
	if (piped) {
		relay(fds[0]);
		close(fds[0]);
	}
	while (waitpid(running, &status, 0) < 0 && errno == EINTR)
		;
	alarm(0);
	kill(-running, SIGKILL);
	running = 0;
	while (waitpid(-1, NULL, WNOHANG) > 0) /* orphans */
		;
	if (timed_out)
		snprintf(how, sizeof how, " timeout");
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof how, " signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof how, " exit %d", WEXITSTATUS(status));
	say("END ", name, how);
}

static void set_up(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	int console;

	mkdir("/dev", 0755);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/tmp", 01777);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
	mkdir("/dev/shm", 01777);
	mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777");
	umask(022);
	if (fcntl(1, F_GETFD) < 0 && (console = open("/dev/console", O_RDWR)) >= 0) {
		dup2(console, 0);
		dup2(console, 1);
		dup2(console, 2);
	}
	sigaction(SIGALRM, &sa, NULL); /* without SA_RESTART: a blocked read ends */
}

int main(void)
{
	static char list[1 << 16];
	char *line, *rest = list;
	ssize_t n;
	int fd;

	set_up();
	fd = open("/tests.list", O_RDONLY);
	n = fd < 0 ? -1 : read(fd, list, sizeof list - 1);
	if (n < 0)
		say("| no /tests.list", "", "");
	close(fd);
	while ((line = strsep(&rest, "\n"))) {
		char *name = strsep(&line, " ");

		if (name && *name)
			run(name, line ? (unsigned)atoi(line) : 10);
	}
	say("DONE", "", "");
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
