/* Everything at once, for so many seconds: `storm SECONDS SEED`. Workers of every kind run beside one another until the time is
 * over: processes, threads that map and unmap, pipes, futexes, signals and timers, files that are renamed and unlinked under
 * others' hands, pseudo-terminals, sockets, memory pressure. Each checks what it can of its results. */
/* test: cflags=-pthread */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static uint64_t end_ms;
static unsigned seed;
static const char *self;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int going(void) { return now_ms() < end_ms; }

static void fail(const char *what, int line)
{
	printf("storm: %s in line %d (%s)\n", what, line, strerrorname_np(errno));
	fflush(stdout);
	_exit(1);
}
#define MUST(expr) do { if (!(expr)) fail(#expr, __LINE__); } while (0)

static unsigned rnd(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

/* fork, exec, exit, wait */
static void processes(void)
{
	for (int n = 0; going(); n++) {
		pid_t pids[6];
		int status;

		for (int i = 0; i < 6; i++) {
			pids[i] = i & 1 ? vfork() : fork();
			if (pids[i] == 0) {
				if (i % 3 == 0)
					execl(self, self, "exit", "7", NULL);
				_exit(i);
			}
		}
		for (int i = 0; i < 6; i++)
			if (pids[i] > 0) {
				MUST(waitpid(pids[i], &status, 0) == pids[i]);
				MUST(WIFEXITED(status) && WEXITSTATUS(status) == (i % 3 ? i : 7));
			}
	}
}

/* threads that map, protect, touch, unmap */
static void *mapper(void *arg)
{
	unsigned state = (unsigned)(uintptr_t)arg;

	while (going()) {
		size_t size = 4096 * (1 + (state = state * 69069 + 1) % 64);
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			continue;
		memset(p, 1, size);
		MUST(mprotect(p, 4096, PROT_READ) == 0 && p[0] == 1);
		MUST(mprotect(p, size, PROT_READ | PROT_WRITE) == 0);
		MUST(madvise(p + size - 4096, 4096, MADV_DONTNEED) == 0 && p[size - 1] == 0);
		if (state % 8 == 0) {
			char *q = mremap(p, size, 2 * size, MREMAP_MAYMOVE);

			MUST(q != MAP_FAILED && q[0] == (size > 4096));
			MUST(munmap(q, 2 * size) == 0);
		} else {
			MUST(munmap(p, size) == 0);
		}
	}
	return NULL;
}

static void threads(void)
{
	while (going()) {
		pthread_t t[4];
		int n = 0;

		for (; n < 4; n++)
			if (pthread_create(&t[n], NULL, mapper, (void *)(uintptr_t)(n + rnd(1000))))
				break;
		if (fork() == 0) /* beside the others' faults */
			_exit(0);
		wait(NULL);
		while (n--)
			pthread_join(t[n], NULL);
	}
}

/* a ring of pipes, with a checksum */
static void pipes(void)
{
	while (going()) {
		int a[2], b[2];
		char out[5000], in[5000];

		MUST(pipe(a) == 0 && pipe(b) == 0);
		pid_t pid = fork();

		if (pid == 0) {
			ssize_t n;

			close(a[1]), close(b[0]);
			while ((n = read(a[0], in, sizeof in)) > 0)
				for (ssize_t done = 0; done < n;)
					done += write(b[1], in + done, (size_t)(n - done));
			_exit(0);
		}
		close(a[0]), close(b[1]);
		for (int i = 0; pid > 0 && i < 20; i++) {
			size_t size = 1 + rnd(sizeof out), got = 0;

			memset(out, i, size);
			MUST(write(a[1], out, size) == (ssize_t)size);
			while (got < size) {
				ssize_t n = read(b[0], in + got, size - got);

				MUST(n > 0);
				got += (size_t)n;
			}
			MUST(memcmp(in, out, size) == 0);
		}
		int file = open("/tmp/spliced", O_RDWR | O_CREAT, 0644);

		MUST(pid < 0 || (write(a[1], out, 100) == 100 && splice(b[0], NULL, file, NULL, 100, 0) > 0));
		close(file);
		close(a[1]), close(b[0]);
		wait(NULL);
	}
}

/* a lock of futexes that processes share */
static void futexes(void)
{
	_Atomic uint32_t *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile uint32_t *count = (volatile uint32_t *)word + 1;
	_Atomic uint32_t *sum = word + 2;

	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			while (going()) {
				uint32_t free = 0;

				while (!atomic_compare_exchange_strong(word, &free, 1)) {
					struct timespec t = { 0, 5000000 };

					syscall(SYS_futex, word, FUTEX_WAIT, 1, &t, NULL, 0);
					free = 0;
				}
				++*count;
				atomic_store(word, 0);
				syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
				atomic_fetch_add(sum, 1);
			}
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	MUST(*count == *sum);
}

static volatile sig_atomic_t signals;
static void on_signal(int sig) { (void)sig; signals++; }

/* signals to and fro, stops, timers */
static void signalling(void)
{
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	timer_t timer;

	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = on_signal, .sa_flags = SA_RESTART }, NULL);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	sigaction(SIGRTMIN, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	MUST(timer_create(CLOCK_MONOTONIC, &(struct sigevent){ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN }, &timer) == 0);
	timer_settime(timer, 0, &(struct itimerspec){ { 0, 3000000 }, { 0, 3000000 } }, NULL);
	while (going()) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			for (;;)
				kill(getppid(), SIGUSR1), usleep(rnd(500));
		}
		if (pid < 0)
			continue;
		for (int i = 0; i < 10; i++) {
			usleep(rnd(1000));
			kill(pid, SIGUSR1);
			kill(pid, SIGSTOP);
			kill(pid, SIGCONT);
		}
		kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0)
			MUST(errno == EINTR);
		MUST(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	MUST(signals > 0);
}

/* names that others rename and unlink at the same time */
static void files(const char *dir)
{
	char a[100], b[100], text[3000], back[3000];

	while (going()) {
		snprintf(a, sizeof a, "%s/n%u", dir, rnd(12));
		snprintf(b, sizeof b, "%s/d%u/n%u", dir, rnd(3), rnd(12));
		int fd = open(a, O_RDWR | O_CREAT, 0644);

		if (fd >= 0) {
			size_t size = 1 + rnd(sizeof text);
			struct stat st;

			memset(text, 'a' + (int)rnd(26), size);
			if (rnd(4) == 0)
				MUST(ftruncate(fd, 0) == 0);
			MUST(write(fd, text, size) == (ssize_t)size || errno == ENOSPC);
			MUST(pread(fd, back, size, 0) >= 0 && fstat(fd, &st) == 0);
			if (rnd(6) == 0) {
				char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

				if (p != MAP_FAILED)
					munmap(p, 4096);
			}
			close(fd);
		}
		snprintf(back, sizeof back, "%s/d%u", dir, rnd(3));
		mkdir(back, 0755);
		rename(a, b);
		if (rnd(3) == 0)
			link(b, a);
		if (rnd(5) == 0)
			symlink(b, a);
		if (rnd(9) == 0)
			syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 2);
		unlink(rnd(2) ? a : b);
		rmdir(back);
	}
}

static void on_tmpfs(void) { mkdir("/tmp/storm", 0755); files("/tmp/storm"); }

static void on_overlay(void)
{
	for (const char *const *dir = (const char *[]){ "/tmp/ov", "/tmp/ov/l", "/tmp/ov/l/d0", "/tmp/ov/u", "/tmp/ov/w", "/tmp/ov/m", NULL }; *dir; dir++)
		mkdir(*dir, 0755);
	for (int i = 0; i < 12; i++) {
		char name[64];

		snprintf(name, sizeof name, "/tmp/ov/l/%sn%d", i & 1 ? "d0/" : "", i);
		close(open(name, O_WRONLY | O_CREAT, 0644));
	}
	MUST(mount("o", "/tmp/ov/m", "overlay", 0, "lowerdir=/tmp/ov/l,upperdir=/tmp/ov/u,workdir=/tmp/ov/w") == 0);
	if (fork() == 0)
		files("/tmp/ov/m"), _exit(0);
	files("/tmp/ov/m");
	wait(NULL);
	MUST(umount("/tmp/ov/m") == 0);
}

/* pseudo-terminals, written to from both sides and hung up */
static void terminals(void)
{
	mkdir("/dev/pts", 0755);
	MUST(mount("devpts", "/dev/pts", "devpts", 0, "mode=620,ptmxmode=666") == 0);
	while (going()) {
		int master = posix_openpt(O_RDWR | O_NOCTTY), unlock = 0;
		char text[200];

		MUST(master >= 0 && ioctl(master, TIOCSPTLCK, &unlock) == 0);
		pid_t pid = fork();

		if (pid == 0) {
			int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);

			setsid();
			ioctl(slave, TIOCSCTTY, 0);
			close(master);
			while (read(slave, text, sizeof text) > 0)
				write(slave, "answer\n", 7);
			_exit(0);
		}
		fcntl(master, F_SETFL, O_NONBLOCK);
		for (int i = 0; i < 20; i++) {
			write(master, "a line\n", 7);
			if (rnd(10) == 0)
				write(master, "\3", 1);
			read(master, text, sizeof text);
			usleep(rnd(300));
		}
		close(master); /* hangs up */
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	umount2("/dev/pts", MNT_DETACH);
}

/* sockets that carry descriptors of themselves */
static void sockets(void)
{
	while (going()) {
		union { struct cmsghdr head; char space[CMSG_SPACE(8)]; } control = { .head = { CMSG_LEN(8), SOL_SOCKET, SCM_RIGHTS } };
		struct iovec iov = { "x", 1 };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
		int s[2];

		if (socketpair(AF_UNIX, rnd(2) ? SOCK_STREAM : SOCK_DGRAM, 0, s))
			return;
		memcpy(CMSG_DATA(&control.head), s, sizeof s);
		for (unsigned i = rnd(4); i; i--)
			sendmsg(s[rnd(2)], &m, MSG_DONTWAIT);
		if (rnd(2)) {
			char byte;

			iov = (struct iovec){ &byte, 1 };
			if (recvmsg(s[rnd(2)], &m, MSG_DONTWAIT) == 1 && m.msg_controllen >= CMSG_LEN(8))
				close(((int *)CMSG_DATA(&control.head))[0]), close(((int *)CMSG_DATA(&control.head))[1]);
		}
		close(s[0]), close(s[1]);
	}
}

/* more memory than there is for files' pages, and a process that takes and gives much */
static void pressure(void)
{
	while (going()) {
		size_t size = (size_t)(8 + rnd(40)) << 20;
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t at = 0; p != MAP_FAILED && at < size && going(); at += 4096)
			p[at] = 1;
		if (p != MAP_FAILED)
			munmap(p, size);
		int fd = open(self, O_RDONLY);

		while (read(fd, (char[4096]){ 0 }, 4096) == 4096)
			;
		close(fd);
	}
}

static void (*const kinds[])(void) = { processes, threads, pipes, futexes, signalling, on_tmpfs, on_tmpfs, on_overlay, terminals, sockets, pressure };
static const char *const names[] = { "processes", "threads", "pipes", "futexes", "signalling", "tmpfs", "tmpfs", "overlay", "terminals",
				     "sockets", "pressure" };
#define KINDS (sizeof kinds / sizeof *kinds)

int main(int argc, char **argv)
{
	pid_t pids[KINDS];
	int status, failed = 0;

	self = "/proc/self/exe";
	if (argc > 2 && !strcmp(argv[1], "exit"))
		return atoi(argv[2]);
	if (argc < 3)
		return 2;
	end_ms = now_ms() + 1000 * (uint64_t)atoi(argv[1]);
	for (unsigned i = 0; i < KINDS; i++)
		if ((pids[i] = fork()) == 0) {
			seed = (unsigned)atoi(argv[2]) * 100 + i;
			prctl(PR_SET_NAME, names[i]);
			kinds[i]();
			_exit(0);
		}
	for (unsigned i = 0; i < KINDS; i++)
		if (waitpid(pids[i], &status, 0) < 0 || status)
			failed++, printf("storm: %s ended with %#x\n", names[i], status);
	printf("storm: %s\n", failed ? "FAILED" : "ok");
	return failed;
}
