/* pidfds of threads (PIDFD_THREAD), what signals reach through them, PIDFD_GET_INFO.
 * test: skip-oracle cflags=-pthread, that is newer than Debian's kernel */
#include "test.h"
#include <pthread.h>
#include <sys/epoll.h>

#define PIDFD_THREAD O_EXCL
#define SIGNAL_THREAD 1
#define SIGNAL_THREAD_GROUP 2
#define SIGNAL_PROCESS_GROUP 4
#define SELF_THREAD -10000
#define SELF_THREAD_GROUP -10001

struct info {
	uint64_t mask, cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
	uint32_t coredump[2];
};
#define GET_INFO(size) (0xc000ff0b | (size) << 16)

static int pidfd(pid_t pid, unsigned flags)
{
	return syscall(SYS_pidfd_open, pid, flags);
}

static long send(int fd, int sig, siginfo_t *info, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

static int ready[2], go[2];
static volatile pid_t thread_tid;

static void *waits(void *unused)
{
	char c;
	thread_tid = syscall(SYS_gettid);
	write(ready[1], "x", 1);
	read(go[0], &c, 1);
	return unused;
}

static pthread_t start(void)
{
	pthread_t thread;
	char c;
	REQUIRE(pipe(ready) == 0 && pipe(go) == 0);
	REQUIRE(pthread_create(&thread, NULL, waits, NULL) == 0);
	CHECK_EQ(read(ready[0], &c, 1), 1);
	return thread;
}

static int events(int fd, int timeout)
{
	struct pollfd p = { fd, POLLIN, 0 };
	return poll(&p, 1, timeout) < 0 ? -1 : p.revents;
}

TEST(thread)
{
	pthread_t thread = start();
	siginfo_t si;
	CHECK_ERRNO(pidfd(thread_tid, 0), ENOENT); /* leads no process */
	int fd = pidfd(thread_tid, PIDFD_THREAD);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_EXCL | O_NONBLOCK | O_ACCMODE), O_EXCL | O_RDWR);
	CHECK_EQ(events(fd, 0), 0);
	CHECK_ERRNO(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
	int ep = epoll_create1(0);
	struct epoll_event ev = { EPOLLIN, { .u32 = 7 } };
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 0);
	CHECK_EQ(write(go[1], "x", 1), 1);
	CHECK_EQ(events(fd, -1) & POLLIN, POLLIN);
	pthread_join(thread, NULL);
	while (events(fd, 0) != (POLLIN | POLLHUP))
		sched_yield();
	CHECK_EQ(epoll_wait(ep, &ev, 1, -1), 1);
	CHECK_EQ(ev.data.u32, 7);
	CHECK_ERRNO(send(fd, 0, NULL, 0), ESRCH);
	close(fd);
	close(ep);
}

TEST(leader)
{
	int fd = pidfd(getpid(), PIDFD_THREAD | O_NONBLOCK);
	siginfo_t si;
	REQUIRE(fd >= 0);
	CHECK_EQ(events(fd, 0), 0);
	CHECK_ERRNO(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
	CHECK_OK(send(fd, 0, NULL, 0));
	close(fd);
	CHECK_ERRNO(pidfd(getpid(), 1), EINVAL);
	CHECK_ERRNO(pidfd(1 << 30, PIDFD_THREAD), ESRCH);
}

static int pending(void)
{
	sigset_t set;
	sigpending(&set);
	return sigismember(&set, SIGUSR1);
}

static int taken(siginfo_t *info)
{
	sigset_t set;
	struct timespec none = { 0, 0 };
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return syscall(SYS_rt_sigtimedwait, &set, info, &none, 8); /* glibc hides SI_TKILL */
}

TEST(signals)
{
	sigset_t set;
	siginfo_t info;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pthread_t thread = start();
	int other = pidfd(thread_tid, PIDFD_THREAD), me = pidfd(getpid(), 0);
	CHECK_OK(send(other, SIGUSR1, NULL, 0)); /* to that thread alone */
	CHECK(!pending());
	CHECK_OK(send(other, SIGUSR1, NULL, SIGNAL_THREAD_GROUP));
	CHECK(pending());
	CHECK_EQ(taken(&info), SIGUSR1);
	CHECK_EQ(info.si_code, SI_USER);
	CHECK_EQ(info.si_pid, getpid());
	CHECK_OK(send(me, SIGUSR1, NULL, SIGNAL_THREAD));
	CHECK_EQ(taken(&info), SIGUSR1);
	CHECK_EQ(info.si_code, SI_TKILL);
	CHECK_ERRNO(send(me, SIGUSR1, NULL, SIGNAL_THREAD | SIGNAL_THREAD_GROUP), EINVAL);
	CHECK_ERRNO(send(me, SIGUSR1, NULL, 8), EINVAL);
	CHECK_OK(send(SELF_THREAD, SIGUSR1, NULL, 0));
	CHECK_EQ(taken(&info), SIGUSR1);
	CHECK_EQ(info.si_code, SI_TKILL);
	CHECK_OK(send(SELF_THREAD_GROUP, SIGUSR1, NULL, 0));
	CHECK_EQ(taken(&info), SIGUSR1);
	CHECK_EQ(info.si_code, SI_USER);
	write(go[1], "x", 1);
	pthread_join(thread, NULL);
	close(me);
	close(other);
}

TEST(process_group)
{
	int status = IN_CHILD({
		sigset_t set;
		siginfo_t info;
		setpgid(0, 0);
		sigemptyset(&set);
		sigprocmask(SIG_SETMASK, &set, NULL);
		int me = pidfd(getpid(), 0);
		pid_t child = test_fork();
		if (child == 0) {
			pause();
			_exit(0);
		}
		int fd = pidfd(child, 0);
		CHECK_ERRNO(send(fd, 0, NULL, SIGNAL_PROCESS_GROUP), ESRCH); /* leads none */
		sigaddset(&set, SIGUSR1);
		sigprocmask(SIG_BLOCK, &set, NULL);
		CHECK_OK(send(me, SIGUSR1, NULL, SIGNAL_PROCESS_GROUP));
		CHECK_EQ(taken(&info), SIGUSR1);
		CHECK_EQ(info.si_code, SI_USER);
		memset(&info, 0, sizeof info);
		info.si_signo = SIGUSR1;
		info.si_code = SI_USER;
		CHECK_ERRNO(send(me, SIGUSR1, &info, SIGNAL_PROCESS_GROUP), EPERM);
		CHECK_EQ(WTERMSIG(test_wait(child)), SIGUSR1);
	});
	CHECK_EQ(status, 0);
}

TEST(info)
{
	struct info info;
	struct {
		struct info info;
		uint64_t more[2];
	} big;
	int me = pidfd(getpid(), 0);
	memset(&info, 0xff, sizeof info);
	info.mask = 1;
	CHECK_OK(ioctl(me, GET_INFO(64), &info));
	CHECK_EQ(info.mask & 3, 3);
	CHECK_EQ(info.pid, getpid());
	CHECK_EQ(info.tgid, getpid());
	CHECK_EQ(info.ppid, getppid());
	CHECK_EQ(info.euid, geteuid());
	CHECK_EQ(info.fsgid, getegid());
	CHECK_EQ(info.coredump[0], 0xffffffff);
	memset(&big, 0xff, sizeof big);
	big.info.mask = 0;
	CHECK_OK(ioctl(me, GET_INFO(sizeof big), &big));
	CHECK_EQ(big.more[1], 0);
	CHECK_ERRNO(ioctl(me, GET_INFO(56), &info), ENOTTY);
	CHECK_ERRNO(ioctl(me, GET_INFO(64), NULL), EINVAL);
	CHECK_ERRNO(ioctl(me, GET_INFO(64), BAD_PTR), EFAULT);
	CHECK_ERRNO(ioctl(me, 0xff00 + 99, 0), ENOTTY);
	pid_t child = test_fork();
	if (child == 0)
		_exit(7);
	int fd = pidfd(child, 0);
	siginfo_t si;
	CHECK_OK(waitid(P_PIDFD, fd, &si, WEXITED | WNOWAIT));
	info.mask = 8;
	CHECK_OK(ioctl(fd, GET_INFO(64), &info));
	CHECK_EQ(info.mask & 8, 0); /* not before it is reaped */
	CHECK_EQ(info.pid, child);
	CHECK_EQ(test_wait(child), 7 << 8);
	info.mask = 0;
	CHECK_ERRNO(ioctl(fd, GET_INFO(64), &info), ESRCH);
	info.mask = 8;
	CHECK_OK(ioctl(fd, GET_INFO(64), &info));
	CHECK_EQ(info.mask & 11, 8);
	CHECK_EQ(info.exit_code, 7 << 8);
	CHECK_EQ(info.pid, 0);
	close(fd);
	close(me);
}

static int read_fdinfo(int fd, char *buf, int size)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
	int info = open(name, O_RDONLY), n = read(info, buf, size - 1);
	close(info);
	buf[n > 0 ? n : 0] = 0;
	return n;
}

TEST(fdinfo)
{
	char buf[512], want[64];
	pid_t child = test_fork();
	if (child == 0)
		pause();
	int fd = pidfd(child, 0);
	REQUIRE(read_fdinfo(fd, buf, sizeof buf) > 0);
	snprintf(want, sizeof want, "Pid:\t%d\nNSpid:\t%d", child, child);
	CHECK(strstr(buf, want) != NULL);
	kill(child, SIGKILL);
	test_wait(child);
	REQUIRE(read_fdinfo(fd, buf, sizeof buf) > 0);
	CHECK(strstr(buf, "Pid:\t-1\nNSpid:\t-1") != NULL);
	close(fd);
}

TEST(same_process_same_inode)
{
	/* One process, one file: the numbers of the inodes say so. */
	struct stat one, two, other;
	int a = pidfd(getpid(), 0), b = pidfd(getpid(), 0), c = pidfd(getppid(), 0);
	CHECK_OK(fstat(a, &one));
	CHECK_OK(fstat(b, &two));
	CHECK_OK(fstat(c, &other));
	CHECK(one.st_ino == two.st_ino);
	CHECK(one.st_ino != other.st_ino);
	close(a);
	close(b);
	close(c);
}

struct clone3 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* CLONE_PIDFD with CLONE_THREAD makes a pidfd of the thread. */
TEST(clone3_thread)
{
	static char stack[65536] __attribute__((aligned(16)));
	static volatile int fd = -1;
	struct clone3 args = { .flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_PIDFD,
			       .pidfd = (long)&fd, .stack = (long)stack, .stack_size = sizeof stack };
	siginfo_t si;
	long tid;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "mov $60, %%eax\n\t"
			 "xor %%edi, %%edi\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(tid)
			 : "a"(SYS_clone3), "D"(&args), "S"(sizeof args)
			 : "rcx", "r11", "memory");
	REQUIRE(tid > 0 && fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_EXCL, O_EXCL);
	CHECK_EQ(events(fd, -1), POLLIN | POLLHUP);
	CHECK_ERRNO(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
	close(fd);
}

TEST_MAIN
