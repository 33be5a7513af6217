// clone(2): what is shared and what is copied, the words it writes, what it refuses.
#include "test.h"
#include <sched.h>

#define STACK 65536

static char *stack;
static volatile int x, ctid = 1, ptid;

static int set_x(void *arg)
{
	x = 42;
	return (int)(long)arg;
}

static int thread_fn(void *arg)
{
	(void)arg;
	x = syscall(SYS_gettid) != getpid() ? 1 : 2;
	syscall(SYS_exit, 0);
	return 0;
}

static pid_t start(int (*fn)(void *), int flags, void *arg)
{
	return clone(fn, stack + STACK, flags, arg, &ptid, NULL, &ctid);
}

/* The raw call, on the caller's stack. */
static long raw(unsigned long flags)
{
	return syscall(SYS_clone, flags, 0, 0, 0, 0);
}

TEST(memory)
{
	int status;
	stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t p = start(set_x, CLONE_VM | SIGCHLD, (void *)9);
	CHECK_EQ(waitpid(p, &status, 0), p);
	CHECK_EQ(WEXITSTATUS(status), 9);
	CHECK_EQ(x, 42);
	x = 0;
	p = start(set_x, SIGCHLD, NULL);
	CHECK_EQ(waitpid(p, &status, 0), p);
	CHECK_EQ(x, 0);
}

/* Its number is stored, and cleared and woken at its end; nobody waits for a thread. */
TEST(thread)
{
	int status;
	x = 0;
	ctid = 1;
	pid_t p = start(thread_fn, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, NULL);
	CHECK(p > 0);
	CHECK_EQ(ptid, p);
	while (ctid)
		syscall(SYS_futex, &ctid, 0 /* FUTEX_WAIT */, 1, 0, 0, 0);
	CHECK_EQ(x, 1);
	CHECK_ERRNO(waitpid(p, &status, __WALL), ECHILD);
}

TEST(refused)
{
	CHECK_ERRNO(raw(CLONE_THREAD | SIGCHLD), EINVAL);
	CHECK_ERRNO(raw(CLONE_THREAD | CLONE_VM | SIGCHLD), EINVAL);
	CHECK_ERRNO(raw(CLONE_SIGHAND | SIGCHLD), EINVAL);
	CHECK_ERRNO(raw(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD), EINVAL); /* one place for two */
	CHECK_ERRNO(raw(CLONE_PIDFD | 0x400000 /* CLONE_DETACHED */ | SIGCHLD), EINVAL);
	CHECK_ERRNO(raw(CLONE_NEWNS | CLONE_FS | SIGCHLD), EINVAL);
	CHECK_ERRNO(raw(CLONE_NEWUSER | CLONE_FS | SIGCHLD), EINVAL);
	CHECK_ERRNO(raw(CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM), EINVAL);
	CHECK_ERRNO(syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, 1ul << 63), EPERM);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(CLONE_NEWNS | SIGCHLD), EPERM);
		CHECK_ERRNO(raw(CLONE_NEWPID | SIGCHLD), EPERM);
		CHECK_ERRNO(raw(CLONE_NEWUTS | SIGCHLD), EPERM);
	}), 0);
}

TEST(words)
{
	volatile int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t p = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &shared[0], &shared[1], 0);
	if (p == 0)
		_exit(shared[0] != getpid() || shared[1] != getpid());
	CHECK_EQ(test_wait(p), 0);
	CHECK(shared[0] == p && shared[1] == p);
	/* Bad addresses don't matter. */
	p = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, BAD_PTR, BAD_PTR, 0);
	if (p == 0)
		_exit(0);
	CHECK_EQ(test_wait(p), 0);
	/* The word isn't cleared where the memory isn't shared with anybody who would look. */
	shared[0] = 5;
	p = syscall(SYS_clone, CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, &shared[0], 0);
	if (p == 0)
		_exit(0);
	CHECK_EQ(test_wait(p), 0);
	CHECK_EQ(shared[0], 5);
}

TEST(files)
{
	int fd = dup(0);
	pid_t p = raw(SIGCHLD);
	if (p == 0)
		_exit(close(fd));
	CHECK_EQ(test_wait(p), 0);
	CHECK_OK(fcntl(fd, F_GETFD)); /* a copy of the table */
	p = raw(CLONE_FILES | SIGCHLD);
	if (p == 0)
		_exit(close(fd));
	CHECK_EQ(test_wait(p), 0);
	CHECK_ERRNO(fcntl(fd, F_GETFD), EBADF);
}

TEST(fs)
{
	CHECK_OK(mkdir("sub", 0755));
	umask(022);
	pid_t p = raw(SIGCHLD);
	if (p == 0)
		_exit(chdir("sub") || umask(077) != 022);
	CHECK_EQ(test_wait(p), 0);
	CHECK_OK(access("sub", F_OK));
	p = raw(CLONE_FS | SIGCHLD);
	if (p == 0)
		_exit(chdir("sub") || umask(077) != 022);
	CHECK_EQ(test_wait(p), 0);
	CHECK_OK(access("../sub", F_OK));
	CHECK_EQ(umask(022), 077);
	CHECK_OK(chdir(".."));
}

static void on_signal(int sig)
{
	x = sig;
}

static int change_actions(void *arg)
{
	(void)arg;
	signal(SIGUSR1, SIG_IGN);
	sigset_t set;
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return 0;
}

TEST(sighand)
{
	struct sigaction now;
	sigset_t mask;
	signal(SIGUSR1, on_signal);
	CHECK_EQ(test_wait(start(change_actions, CLONE_VM | SIGCHLD, NULL)), 0);
	sigaction(SIGUSR1, NULL, &now);
	CHECK(now.sa_handler == on_signal);
	CHECK_EQ(test_wait(start(change_actions, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL)), 0);
	sigaction(SIGUSR1, NULL, &now);
	CHECK(now.sa_handler == SIG_IGN);
	sigprocmask(SIG_BLOCK, NULL, &mask); /* masks are each one's own */
	CHECK(!sigismember(&mask, SIGUSR1));
}

TEST(vfork)
{
	x = 0;
	CHECK(start(set_x, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL) > 0);
	CHECK_EQ(x, 42); /* it has ended already */
	CHECK(wait(NULL) > 0);
}

TEST(exit_signal)
{
	int status;
	/* Children whose end is told by another signal, or by none, are waited for with __WCLONE or __WALL. */
	signal(SIGUSR2, on_signal);
	x = 0;
	pid_t p = raw(SIGUSR2);
	if (p == 0)
		_exit(3);
	while (x != SIGUSR2)
		usleep(1000);
	CHECK_ERRNO(waitpid(p, &status, 0), ECHILD);
	CHECK_ERRNO(waitpid(-1, &status, WNOHANG), ECHILD);
	CHECK_EQ(waitpid(p, &status, __WCLONE), p);
	CHECK_EQ(WEXITSTATUS(status), 3);
	p = raw(0);
	if (p == 0)
		_exit(4);
	CHECK_EQ(waitpid(-1, &status, __WALL), p);
	p = raw(SIGCHLD);
	if (p == 0)
		_exit(5);
	CHECK_ERRNO(waitpid(p, &status, __WCLONE), ECHILD);
	CHECK_EQ(waitpid(p, &status, 0), p);
	/* A number that is no signal is taken: then there is no signal. */
	p = raw(255);
	if (p == 0)
		_exit(8);
	CHECK_EQ(waitpid(p, &status, __WALL), p);
	CHECK_EQ(WEXITSTATUS(status), 8);
}

TEST(parent)
{
	int status;
	pid_t me = getpid();
	pid_t p = test_fork();
	if (p == 0) {
		pid_t sibling = raw(CLONE_PARENT | SIGCHLD);
		if (sibling == 0)
			_exit(getppid() == me ? 6 : 7);
		_exit(waitpid(sibling, NULL, 0) == -1 && errno == ECHILD ? 0 : 1);
	}
	CHECK_EQ(test_wait(p), 0);
	CHECK(wait(&status) > 0);
	CHECK_EQ(WEXITSTATUS(status), 6);
}

static __thread int local = 1;

static int see_tls(void *where)
{
	unsigned long base;
	__asm__("rdfsbase %0" : "=r"(base));
	*(volatile unsigned long *)where = base;
	syscall(SYS_exit, 0);
	return 0;
}

TEST(tls)
{
	static unsigned long block[64];
	static volatile unsigned long seen;
	block[0] = (unsigned long)block;
	ctid = 1;
	CHECK_EQ(local, 1);
	pid_t p = clone(see_tls, stack + STACK, CLONE_VM | CLONE_SETTLS | CLONE_CHILD_CLEARTID | SIGCHLD, (void *)&seen, NULL,
			block, &ctid);
	CHECK_EQ(test_wait(p), 0);
	CHECK_EQ(seen, (unsigned long)block);
	CHECK_EQ(ctid, 0);
}

/* Old bits that mean nothing any more are taken. */
TEST(ignored_flags)
{
	pid_t p = raw(0x400000 /* CLONE_DETACHED */ | CLONE_UNTRACED | CLONE_SYSVSEM | CLONE_IO | SIGCHLD);
	if (p == 0)
		_exit(0);
	CHECK_EQ(test_wait(p), 0);
}

/* The old call writes the pidfd where the parent's number would go. */
TEST(pidfd)
{
	int fd = -1;
	siginfo_t si;
	pid_t p = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, &fd, NULL, 0);
	if (p == 0)
		_exit(4);
	REQUIRE(p > 0 && fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_OK(waitid(P_PIDFD, fd, &si, WEXITED));
	CHECK_EQ(si.si_pid, p);
	CHECK_EQ(si.si_status, 4);
	close(fd);
	CHECK_ERRNO(syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, NULL, BAD_PTR, NULL, 0), EFAULT);
	CHECK_ERRNO(wait(NULL), ECHILD);
}

TEST_MAIN
