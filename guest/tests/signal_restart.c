// Which sleeping calls begin again after a signal's handler and which end with EINTR (signal(7)).
// test: timeout=60
#include "test.h"
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static struct shared {
	volatile int handled, done, ready;
	volatile long ret;
	volatile int err;
} *shared;

static const struct timespec long_time = { 100, 0 };
static int pipes[2], full[2];

static void on_usr1(int signal)
{
	(void)signal;
	shared->handled++;
}

/* ---- the calls ---- */

static long do_nanosleep(void) { return nanosleep(&long_time, NULL); }
static long do_clock_nanosleep(void) { return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &long_time, NULL); }
static long do_clock_nanosleep_abs(void)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 100;
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}
static long do_pause(void) { return pause(); }
static sigset_t none;
static long do_sigsuspend(void) { return sigsuspend(&none); }
static long do_sigtimedwait(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigtimedwait(&set, NULL, &long_time);
}
static long do_sigwaitinfo(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return sigwaitinfo(&set, NULL);
}
static long do_poll(void) { struct pollfd p = { pipes[0], POLLIN, 0 }; return poll(&p, 1, -1); }
static long do_poll_timeout(void) { struct pollfd p = { pipes[0], POLLIN, 0 }; return poll(&p, 1, 100000); }
static long do_ppoll(void)
{
	struct pollfd p = { pipes[0], POLLIN, 0 };
	struct timespec t = long_time;

	return ppoll(&p, 1, &t, &none);
}
static long do_select(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(pipes[0], &set);
	return select(pipes[0] + 1, &set, NULL, NULL, NULL);
}
static long do_pselect(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(pipes[0], &set);
	return pselect(pipes[0] + 1, &set, NULL, NULL, &long_time, &none);
}
static int epoll_set(void)
{
	int set = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN };

	epoll_ctl(set, EPOLL_CTL_ADD, pipes[0], &event);
	return set;
}
static long do_epoll_wait(void) { struct epoll_event e; return epoll_wait(epoll_set(), &e, 1, -1); }
static long do_epoll_pwait(void) { struct epoll_event e; return epoll_pwait(epoll_set(), &e, 1, 100000, &none); }
static int word;
static long do_futex(void) { return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0); }
static long do_futex_timeout(void) { return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &long_time, NULL, 0); }
static long do_futex_bitset(void)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, NULL, NULL, FUTEX_BITSET_MATCH_ANY);
}
static long do_futex_bitset_timeout(void)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 100;
	return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, &until, NULL, FUTEX_BITSET_MATCH_ANY);
}
static char byte;
static long do_read_pipe(void) { return read(pipes[0], &byte, 1); }
static long do_readv_pipe(void) { struct iovec v = { &byte, 1 }; return readv(pipes[0], &v, 1); }
static long do_write_pipe(void) { return write(full[1], &byte, 1); }
static long do_splice(void) { return splice(pipes[0], NULL, full[1], NULL, 1, 0); }
static long do_splice_full(void)
{
	int data[2];

	if (pipe(data) || write(data[1], "x", 1) != 1)
		return -2;
	return splice(data[0], NULL, full[1], NULL, 1, 0);
}
static long do_tee(void) { return tee(pipes[0], full[1], 1, 0); }
static long do_sendfile(void)
{
	int fd = open("data", O_RDONLY);

	return sendfile(full[1], fd, NULL, 1);
}
static long do_read_eventfd(void) { uint64_t v; return read(eventfd(0, 0), &v, 8); }
static long do_write_eventfd(void)
{
	int fd = eventfd(0, 0);
	uint64_t most = -2ULL;

	if (write(fd, &most, 8) != 8)
		return -2;
	return write(fd, &most, 8);
}
static long do_read_timerfd(void)
{
	uint64_t v;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec t = { .it_value = long_time };

	timerfd_settime(fd, 0, &t, NULL);
	return read(fd, &v, 8);
}
static long do_read_signalfd(void)
{
	sigset_t set;
	struct signalfd_siginfo info;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	return read(signalfd(-1, &set, 0), &info, sizeof info);
}
static long do_read_inotify(void)
{
	char buf[512];
	int fd = inotify_init();

	inotify_add_watch(fd, ".", IN_CREATE);
	return read(fd, buf, sizeof buf);
}
static long do_read_tty(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	if (master < 0 || grantpt(master) || unlockpt(master))
		return -2;
	return read(open(ptsname(master), O_RDWR | O_NOCTTY), &byte, 1);
}
static long do_open_fifo(void) { return open("fifo", O_RDONLY); }
static long do_open_fifo_write(void) { return open("fifo", O_WRONLY); }
static long in_child(long (*wait)(pid_t))
{
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGUSR1, SIG_DFL);
		for (;;)
			pause();
	}
	shared->ready = pid;
	return wait(pid);
}
static long wait4_for(pid_t pid) { return wait4(pid, NULL, 0, NULL); }
static long waitid_for(pid_t pid) { siginfo_t info; return waitid(P_PID, pid, &info, WEXITED); }
static long do_wait4(void) { return in_child(wait4_for); }
static long do_waitid(void) { return in_child(waitid_for); }
static long do_flock(void) { return flock(open("flocked", O_RDWR), LOCK_EX); }
static long do_setlkw(void)
{
	struct flock lock = { .l_type = F_WRLCK };

	return fcntl(open("locked", O_RDWR), F_SETLKW, &lock);
}
static long do_ofd_setlkw(void)
{
	struct flock lock = { .l_type = F_WRLCK };

	return fcntl(open("ofd", O_RDWR), F_OFD_SETLKW, &lock);
}

static const struct call {
	const char *name;
	long (*run)(void);
} calls[] = {
#define CALL(name) { #name, do_##name }
	CALL(nanosleep), CALL(clock_nanosleep), CALL(clock_nanosleep_abs), CALL(pause), CALL(sigsuspend),
	CALL(sigtimedwait), CALL(sigwaitinfo), CALL(poll), CALL(poll_timeout), CALL(ppoll), CALL(select), CALL(pselect),
	CALL(epoll_wait), CALL(epoll_pwait), CALL(futex), CALL(futex_timeout), CALL(futex_bitset),
	CALL(futex_bitset_timeout), CALL(read_pipe), CALL(readv_pipe), CALL(write_pipe), CALL(splice), CALL(splice_full),
	CALL(tee), CALL(sendfile), CALL(read_eventfd), CALL(write_eventfd), CALL(read_timerfd), CALL(read_signalfd),
	CALL(read_inotify), CALL(read_tty), CALL(open_fifo), CALL(open_fifo_write), CALL(wait4), CALL(waitid),
	CALL(flock), CALL(setlkw), CALL(ofd_setlkw),
};

static char state_of(pid_t pid)
{
	char path[64], text[512] = "";
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	char *end = strrchr(text, ')');
	return end ? end[2] : 0;
}

/* Interrupts the call; 1 if it sleeps again, 0 if it ended. */
static int interrupt(const struct call *call, int flags)
{
	struct sigaction sa = { .sa_handler = on_usr1, .sa_flags = flags };
	int again;

	memset(shared, 0, sizeof *shared);
	pid_t pid = test_fork();
	if (pid == 0) {
		sigaction(SIGUSR1, &sa, NULL);
		shared->ret = call->run();
		shared->err = errno;
		shared->done = 1;
		_exit(0);
	}
	while (state_of(pid) != 'S' && !shared->done)
		usleep(500);
	kill(pid, SIGUSR1);
	while (!shared->handled && !shared->done)
		usleep(500);
	do {
		usleep(500);
		again = state_of(pid) == 'S';
	} while (!again && !shared->done);
	again = again && !shared->done;
	kill(pid, SIGKILL);
	if (shared->ready)
		kill(shared->ready, SIGKILL);
	test_wait(pid);
	return again;
}

int main(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	static char block[65536];

	mount("proc", "/proc", "proc", 0, NULL);
	mkdir("/dev/pts", 0755);
	if (access("/dev/pts/ptmx", F_OK))
		mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666");
	if (access("/dev/ptmx", F_OK) && symlink("pts/ptmx", "/dev/ptmx"))
		test_fail(__LINE__, "no /dev/ptmx");
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigemptyset(&none);
	REQUIRE(shared != MAP_FAILED && pipe(pipes) == 0 && pipe(full) == 0);
	REQUIRE(write(full[1], block, sizeof block) == sizeof block);
	close(make_file("data", "data"));
	REQUIRE(mkfifo("fifo", 0600) == 0);
	int flocked = make_file("flocked", ""), locked = make_file("locked", ""), ofd = make_file("ofd", "");
	REQUIRE(flock(flocked, LOCK_EX) == 0 && fcntl(locked, F_SETLK, &lock) == 0 && fcntl(ofd, F_OFD_SETLK, &lock) == 0);

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		const char *text[2];

		for (int restart = 0; restart < 2; restart++) {
			int again = interrupt(&calls[i], restart ? SA_RESTART : 0);

			if (again)
				text[restart] = "begins again";
			else if (shared->ret == -1)
				text[restart] = test_errno(shared->err);
			else
				text[restart] = "returned";
		}
		printf("%s: %s, with SA_RESTART %s\n", calls[i].name, text[0], text[1]);
	}
	return test_done();
}
