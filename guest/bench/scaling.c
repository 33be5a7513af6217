/* What an operation costs on processor 0 while processor 1 is idle, and while it does the same.
 *
 * Process 1 of a machine of its own; `./ferrogate bench --scaling` starts it. For each operation it prints
 *	SCALING name busy operations nanoseconds
 * for each batch. Around a batch stand marks, at which guest/bench/count.c counts processor 0's instructions. The
 * partner on processor 1 begins before the first batch and ends after the last one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MARK() __asm__ volatile("xchg %%r13, %%r13" ::: "memory")
enum { BATCHES = 15, PAGES = 64 };

static int who; /* The processor that this process is on. */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Pages of anonymous memory, each touched for the first time. */
static void fault(long n)
{
	for (; n > 0; n -= PAGES) {
		char *area = mmap(0, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (area == MAP_FAILED)
			die("mmap");
		for (int i = 0; i < PAGES; i++)
			area[i * 4096] = 1;
		munmap(area, PAGES * 4096);
	}
}

static void fork_exit_wait(long n)
{
	while (n-- > 0) {
		pid_t pid = fork();
		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, 0, 0) != pid)
			die("fork");
	}
}

/* There and back through two pipes, between two processes on one processor. */
static int to_echo[2], from_echo[2];
static void start_echo(void)
{
	char c;
	if (pipe(to_echo) || pipe(from_echo))
		die("pipe");
	if (fork() == 0) {
		close(to_echo[1]);
		close(from_echo[0]);
		while (read(to_echo[0], &c, 1) == 1 && write(from_echo[1], &c, 1) == 1)
			;
		_exit(0);
	}
	close(to_echo[0]);
	close(from_echo[1]);
}
static void stop_echo(void)
{
	close(to_echo[1]);
	close(from_echo[0]);
	wait(0);
}
static void pipe_rt(long n)
{
	char c = 0;
	while (n-- > 0)
		if (write(to_echo[1], &c, 1) != 1 || read(from_echo[0], &c, 1) != 1)
			die("pipe");
}

/* There and back by two words, between two threads on one processor. */
static int ping, pong;
static pthread_t echo_thread;
static void wait_for(int *word, int value)
{
	int seen;
	while ((seen = __atomic_load_n(word, __ATOMIC_SEQ_CST)) != value)
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, 0, 0, 0);
}
static void tell(int *word, int value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}
static void *futex_echo(void *unused)
{
	(void)unused;
	for (int i = 1;; i++) {
		wait_for(&ping, i);
		tell(&pong, i);
	}
	return 0;
}
static void start_futex(void)
{
	if (pthread_create(&echo_thread, 0, futex_echo, 0))
		die("pthread_create");
}
static void futex_rt(long n)
{
	while (n-- > 0) {
		int next = ping + 1;
		tell(&ping, next);
		wait_for(&pong, next);
	}
}

static void open_stat(long n)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof path, "/tmp/%d/directory/file", who);
	while (n-- > 0) {
		int fd = open(path, O_RDONLY);
		if (fd < 0 || close(fd) || stat(path, &st))
			die("open");
	}
}
static void start_open(void)
{
	char path[64];
	snprintf(path, sizeof path, "/tmp/%d", who);
	mkdir(path, 0755);
	strcat(path, "/directory");
	mkdir(path, 0755);
	strcat(path, "/file");
	close(open(path, O_WRONLY | O_CREAT, 0644));
}

/* The pages of one file, which both processors map: each is faulted in alone. */
static volatile char *file_area;
static void file_fault(long n)
{
	for (; n > 0; n -= PAGES) {
		for (int i = 0; i < PAGES; i++)
			(void)file_area[i * 4096];
		if (madvise((void *)file_area, PAGES * 4096, MADV_DONTNEED))
			die("madvise");
	}
}
static int shared_file;
static void start_file(void)
{
	static char page[4096];
	shared_file = open("/tmp/shared", O_RDWR | O_CREAT, 0644);
	for (int i = 0; i < PAGES; i++)
		if (pwrite(shared_file, page, sizeof page, i * sizeof page) != sizeof page)
			die("pwrite");
	file_area = mmap(0, PAGES * 4096, PROT_READ, MAP_SHARED, shared_file, 0);
	if (file_area == MAP_FAILED || madvise((void *)file_area, PAGES * 4096, MADV_RANDOM))
		die("mmap");
}
static void file_read(long n)
{
	char byte;
	while (n-- > 0)
		if (pread(shared_file, &byte, 1, n % PAGES * 4096) != 1)
			die("pread");
}

static const struct operation {
	const char *name;
	long count;
	void (*run)(long);
	void (*before)(void), (*after)(void);
} operations[] = {
	{ "fault", 640, fault, 0, 0 },
	{ "fork", 10, fork_exit_wait, 0, 0 },
	{ "pipe", 200, pipe_rt, start_echo, stop_echo },
	{ "futex", 200, futex_rt, start_futex, 0 },
	{ "open_stat", 400, open_stat, start_open, 0 },
	{ "file_fault", 640, file_fault, start_file, 0 },
	{ "file_read", 1000, file_read, start_file, 0 },
};

static void move_to(int processor)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	who = processor;
	if (sched_setaffinity(0, sizeof set, &set))
		die("sched_setaffinity");
}

static long long now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct meeting {
	volatile int partner_runs, over;
};

static void partner(const struct operation *op, struct meeting *meeting)
{
	move_to(1);
	if (op->before)
		op->before();
	op->run(op->count);
	meeting->partner_runs = 1;
	while (!meeting->over)
		op->run(op->count / 4 ? op->count / 4 : 1);
	if (op->after)
		op->after();
	_exit(0);
}

static void measure(const struct operation *op, int busy, struct meeting *meeting)
{
	long long ns[BATCHES];
	pid_t pid = 0;

	meeting->partner_runs = meeting->over = 0;
	if (busy == 2) {
		pid = fork();
		if (!pid)
			partner(op, meeting);
		while (!meeting->partner_runs)
			usleep(1000);
	}
	if (op->before)
		op->before();
	op->run(op->count);
	for (int i = 0; i < BATCHES; i++) {
		long long began = now_ns();
		MARK();
		op->run(op->count);
		MARK();
		ns[i] = now_ns() - began;
	}
	if (op->after)
		op->after();
	meeting->over = 1;
	if (pid)
		waitpid(pid, 0, 0);
	for (int i = 0; i < BATCHES; i++)
		printf("SCALING %s %d %ld %lld\n", op->name, busy, op->count, ns[i]);
	fflush(stdout);
}

static int wanted(const char *names, const char *name)
{
	return !*names || strstr(names, name);
}

int main(void)
{
	char names[256] = "";
	int console, fd = open("/args", O_RDONLY);
	struct meeting *meeting = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (fd >= 0)
		read(fd, names, sizeof names - 1);
	mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
	mount("tmpfs", "/tmp", "tmpfs", 0, 0);
	if ((console = open("/dev/console", O_RDWR)) >= 0) {
		dup2(console, 1);
		dup2(console, 2);
	}
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		for (int busy = 1; busy <= 2 && wanted(names, operations[i].name); busy++) {
			/* In a process of its own, so that nothing stays from the one before. */
			pid_t pid = fork();
			if (!pid) {
				move_to(0);
				measure(&operations[i], busy, meeting);
				_exit(0);
			}
			waitpid(pid, 0, 0);
		}
	puts("SCALING done");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
