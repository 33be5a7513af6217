/* Takes all there is of something: `hog memory|mmap|fork|files|pipes|dirs|areas|tmpfs|stack|threads`. Says what it
 * could get, or is killed for it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *what, long n) { printf("%s: %s after %s\n", what, strerrorname_np(errno), n ? "some" : "none"); }

static void memory(void)
{
	for (;;) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return say("mmap", 1);
		memset(p, 1, 1 << 20);
	}
}

static void shared(void)
{
	char *p = mmap(NULL, 1L << 34, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (long i = 0; p != MAP_FAILED && i < 1L << 34; i += 4096)
		p[i] = 1;
	say("shared", 1);
}

static void forks(void)
{
	long n = 0;
	pid_t pid;
	setrlimit(RLIMIT_NPROC, &(struct rlimit){ 20000, 20000 });
	while ((pid = fork()) > 0)
		n++;
	if (pid == 0)
		pause();
	say("fork", n);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
}

static void files(void)
{
	long n = 0;
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1 << 20, 1 << 20 });
	while (open("/dev/null", O_RDONLY) >= 0)
		n++;
	say("open", n);
}

static void pipes(void)
{
	long n = 0;
	int fds[2];
	static char page[65536];
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 1 << 20, 1 << 20 });
	while (pipe2(fds, O_NONBLOCK) == 0 && write(fds[1], page, sizeof page) > 0)
		n++;
	say("pipe", n);
}

static void dirs(void)
{
	long n = 0;
	mkdir("/tmp/deep", 0755), chdir("/tmp/deep");
	while (n < 20000 && mkdir("d", 0755) == 0 && chdir("d") == 0)
		n++;
	char *cwd = getcwd(NULL, 0);
	say(cwd ? "getcwd" : "no getcwd", n);
}

static void areas(void)
{
	long n = 0;
	char *p = mmap(NULL, 1L << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (; n < 1 << 18 && mprotect(p + n * 4096, 4096, n & 1 ? PROT_READ | PROT_WRITE : PROT_NONE) == 0; n++)
		;
	say("mprotect", n);
}

static void tmpfs(void)
{
	static char block[65536];
	int fd = open("/tmp/full", O_WRONLY | O_CREAT, 0600);
	long n = 0;
	while (write(fd, block, sizeof block) > 0)
		n++;
	say("write", n);
	close(fd);
	unlink("/tmp/full");
}

static void many_files(void)
{
	char name[64];
	long n = 0;
	mkdir("/tmp/many", 0755), chdir("/tmp/many");
	for (;; n++) {
		sprintf(name, "file-with-a-name-that-is-somewhat-long-%ld", n);
		int fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	say("create", n);
}

/* Fills memory, lets go of it with `advice` unless that is 0, writes to some of it again, and takes as much as there is.
 * What was written again must be there, and some of the rest gone. */
static void give_back(const char *name, int kind, int advice)
{
	const long size = 24 << 20, more = 32 << 20;
	long kept = 0, broken = 0, gone = 0;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0), *q;

	if (p == MAP_FAILED)
		return say(name, 0);
	memset(p, 1, size);
	if (advice && madvise(p, size, advice) != 0)
		return say(name, 0);
	for (long i = 0; i < size; i += 4096)
		kept += p[i] == 1;
	for (long i = 0; advice && i < size; i += 16 * 4096)
		p[i] = 2;
	q = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q == MAP_FAILED)
		return say(name, 1);
	memset(q, 3, more);
	for (long i = 0; i < size; i += 4096) {
		if (advice && i % (16 * 4096) == 0)
			broken += p[i] != 2 || p[i + 100] != 1;
		else if (p[i] == 0)
			gone++;
		else
			broken += p[i] != 1 || p[i + 100] != 1;
	}
	for (long i = 0; i < more; i += 4096)
		broken += q[i] != 3;
	printf("%s: %s, %s, %s\n", name, kept == size / 4096 ? "kept" : "not kept", broken ? "broken" : "intact",
	       gone ? "some went" : "none went");
}

static void lazy(void) { give_back("lazy", MAP_PRIVATE, 8); }
static void droppable(void) { give_back("droppable", 8, 0); }

static int deep(int n) { volatile char page[4096]; page[0] = (char)n; return n == -1 ? 0 : deep(n + 1) + page[0]; }

int main(int argc, char **argv)
{
	static const struct { const char *name; void (*run)(void); } all[] = {
		{ "memory", memory }, { "shared", shared }, { "fork", forks }, { "files", files }, { "pipes", pipes }, { "dirs", dirs },
		{ "areas", areas }, { "tmpfs", tmpfs }, { "many", many_files },
		{ "lazy", lazy }, { "droppable", droppable },
	};
	if (argc > 1 && !strcmp(argv[1], "stack")) {
		setrlimit(RLIMIT_STACK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
		return deep(0);
	}
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (argc > 1 && !strcmp(argv[1], all[i].name))
			all[i].run();
	return 0;
}
