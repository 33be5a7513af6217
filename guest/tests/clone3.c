// clone3(2): a structure that grows, checked more strictly than clone's arguments.
#include "test.h"
#include <linux/sched.h>

static long raw(void *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

static void plain(struct clone_args *args)
{
	memset(args, 0, sizeof *args);
	args->exit_signal = SIGCHLD;
}

/* A child that just ends. */
static int ends_with(struct clone_args *args, size_t size, int code)
{
	int status = -1;
	pid_t pid = raw(args, size);
	if (pid == 0)
		_exit(code);
	CHECK(pid > 0);
	CHECK_EQ(waitpid(pid, &status, __WALL), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

TEST(sizes)
{
	struct {
		struct clone_args args;
		unsigned long more;
	} big;
	struct clone_args args;
	plain(&args);
	CHECK(ends_with(&args, 64, 3));
	CHECK(ends_with(&args, 80, 4));
	CHECK(ends_with(&args, 88, 5));
	CHECK_ERRNO(raw(&args, 63), EINVAL);
	CHECK_ERRNO(raw(&args, 0), EINVAL);
	CHECK_ERRNO(raw(&args, 4097), E2BIG);
	memset(&big, 0, sizeof big);
	big.args.exit_signal = SIGCHLD;
	CHECK(ends_with(&big.args, sizeof big, 6)); /* zeros behind what is known */
	big.more = 1;
	CHECK_ERRNO(raw(&big, sizeof big), E2BIG);
	CHECK_ERRNO(raw(BAD_PTR, 64), EFAULT);
	CHECK_ERRNO(raw(NULL, 64), EFAULT);
}

#define REFUSED(field, value, error)                                           \
	do {                                                                   \
		plain(&args);                                                  \
		args.field = (value);                                          \
		CHECK_ERRNO(raw(&args, sizeof args), error);                   \
	} while (0)

TEST(refused)
{
	struct clone_args args;
	REFUSED(flags, 1ull << 40, EINVAL);
	REFUSED(flags, SIGCHLD, EINVAL); /* clone's place for the signal */
	REFUSED(flags, CLONE_DETACHED, EINVAL);
	REFUSED(exit_signal, 65, EINVAL);
	REFUSED(exit_signal, 256, EINVAL);
	REFUSED(exit_signal, 1ull << 32, EINVAL);
	REFUSED(flags, CLONE_SIGHAND, EINVAL);
	REFUSED(flags, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, EINVAL); /* with an exit signal */
	REFUSED(flags, CLONE_PARENT, EINVAL);
	REFUSED(flags, CLONE_VM | CLONE_SIGHAND | CLONE_CLEAR_SIGHAND, EINVAL);
	REFUSED(flags, CLONE_NEWNS | CLONE_FS, EINVAL);
	REFUSED(stack, 4096, EINVAL); /* without a size */
	REFUSED(stack_size, 4096, EINVAL);
	REFUSED(set_tid_size, 1, EINVAL);
	REFUSED(set_tid_size, 100, EINVAL);
	REFUSED(set_tid, 4096, EINVAL);
	plain(&args);
	args.stack = -4096ull;
	args.stack_size = 8192;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	plain(&args);
	args.flags = CLONE_THREAD | CLONE_VM;
	args.exit_signal = 0;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	CHECK_ERRNO(wait(NULL), ECHILD);
}

TEST(words)
{
	struct clone_args args;
	volatile int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	plain(&args);
	args.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;
	args.parent_tid = (long)&shared[0];
	args.child_tid = (long)&shared[1];
	pid_t pid = raw(&args, sizeof args);
	if (pid == 0)
		_exit(shared[1] != getpid() || shared[0] != getpid());
	CHECK_EQ(test_wait(pid), 0);
	CHECK_EQ(shared[0], pid);
	CHECK_EQ(shared[1], pid);
}

static volatile int seen;

/* On a stack of its own, lowest address and size: runs and ends there. */
TEST(stack)
{
	struct clone_args args;
	char *stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	plain(&args);
	args.flags = CLONE_VM | CLONE_VFORK;
	args.stack = (long)stack;
	args.stack_size = 65536;
	long pid;
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "mov %%rsp, %%rdi\n\t"
			 "sub %[stack], %%rdi\n\t"
			 "shr $12, %%rdi\n\t" /* 16: the top */
			 "mov $60, %%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(pid)
			 : "a"(SYS_clone3), "D"(&args), "S"(sizeof args), [stack] "r"(stack)
			 : "rcx", "r11", "memory");
	int status = 0;
	CHECK(pid > 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 16);
}

static void handler(int sig)
{
	seen = sig;
}

TEST(clear_sighand)
{
	struct clone_args args;
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	plain(&args);
	args.flags = CLONE_CLEAR_SIGHAND;
	pid_t pid = raw(&args, sizeof args);
	if (pid == 0) {
		struct sigaction one, two;
		sigaction(SIGUSR1, NULL, &one);
		sigaction(SIGUSR2, NULL, &two);
		_exit(!(one.sa_handler == SIG_DFL && two.sa_handler == SIG_IGN));
	}
	CHECK_EQ(test_wait(pid), 0);
}

TEST(exit_signal)
{
	struct clone_args args;
	int status;
	plain(&args);
	args.exit_signal = SIGUSR1;
	seen = 0;
	pid_t pid = raw(&args, sizeof args);
	if (pid == 0)
		_exit(0);
	CHECK_ERRNO(waitpid(pid, &status, 0) == -1 && errno == EINTR ? waitpid(pid, &status, 0) : -1, ECHILD);
	CHECK_EQ(waitpid(pid, &status, __WCLONE), pid);
	CHECK_EQ(seen, SIGUSR1);
	plain(&args);
	args.exit_signal = 0;
	pid = raw(&args, sizeof args);
	if (pid == 0)
		_exit(0);
	CHECK_EQ(waitpid(pid, &status, __WALL), pid);
}

/* The working directory and the descriptors, shared or not. */
TEST(sharing)
{
	struct clone_args args;
	int fd = dup(0);
	CHECK_OK(mkdir("sub", 0755));
	plain(&args);
	args.flags = CLONE_FILES | CLONE_FS;
	pid_t pid = raw(&args, sizeof args);
	if (pid == 0) {
		close(fd);
		_exit(chdir("sub") != 0);
	}
	CHECK_EQ(test_wait(pid), 0);
	CHECK_ERRNO(fcntl(fd, F_GETFD), EBADF);
	CHECK_OK(rmdir("../sub"));
}

TEST(pidfd)
{
	struct clone_args args;
	int fd = -1, other = -1;
	siginfo_t si;
	plain(&args);
	args.flags = CLONE_PIDFD;
	args.pidfd = (long)&fd;
	pid_t pid = raw(&args, sizeof args);
	if (pid == 0)
		_exit(fd != -1 && fcntl(fd, F_GETFD) != -1); /* not in the child */
	REQUIRE(pid > 0 && fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	CHECK_OK(waitid(P_PIDFD, fd, &si, WEXITED));
	CHECK_EQ(si.si_pid, pid);
	CHECK_EQ(si.si_status, 0);
	close(fd);
	/* A bad address is an error, and no child stays; the descriptor is free again. */
	plain(&args);
	args.flags = CLONE_PIDFD;
	args.pidfd = 1;
	CHECK_ERRNO(raw(&args, sizeof args), EFAULT);
	CHECK_ERRNO(wait(NULL), ECHILD);
	CHECK_EQ(dup(0), fd);
	close(fd);
	/* The same place for two numbers. */
	args.flags = CLONE_PIDFD | CLONE_PARENT_SETTID;
	args.pidfd = args.parent_tid = (long)&fd;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	args.parent_tid = (long)&other;
	pid = raw(&args, sizeof args);
	if (pid == 0)
		_exit(0);
	CHECK_EQ(other, pid);
	CHECK_EQ(test_wait(pid), 0);
	CHECK_OK(close(fd));
}

TEST(nonblocking_pidfd)
{
	struct clone_args args;
	int fd = -1, p[2];
	siginfo_t si;
	char c;
	REQUIRE(pipe(p) == 0);
	plain(&args);
	args.flags = CLONE_PIDFD;
	args.pidfd = (long)&fd;
	pid_t pid = raw(&args, sizeof args);
	if (pid == 0) {
		close(p[1]);
		read(p[0], &c, 1);
		_exit(3);
	}
	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(waitid(P_PIDFD, fd, &si, WEXITED), EAGAIN);
	CHECK_OK(waitid(P_PIDFD, fd, &si, WEXITED | WNOHANG));
	CHECK_EQ(si.si_pid, 0);
	close(p[1]);
	struct pollfd poller = { fd, POLLIN, 0 };
	CHECK_EQ(poll(&poller, 1, -1), 1);
	CHECK_OK(waitid(P_PIDFD, fd, &si, WEXITED));
	CHECK_EQ(si.si_status, 3);
	CHECK_ERRNO(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
	close(fd);
	close(p[0]);
}

TEST(set_tid)
{
	struct clone_args args;
	pid_t want[33], pid;
	if (geteuid() != 0)
		SKIP("needs root");
	/* A number that was free a moment ago. */
	pid = test_fork();
	if (pid == 0)
		_exit(0);
	test_wait(pid);
	want[0] = pid;
	plain(&args);
	args.set_tid = (long)want;
	args.set_tid_size = 1;
	pid_t child = raw(&args, sizeof args);
	if (child == 0)
		_exit(getpid() != want[0]);
	CHECK_EQ(child, want[0]);
	CHECK_EQ(test_wait(child), 0);
	want[0] = getpid();
	CHECK_ERRNO(raw(&args, sizeof args), EEXIST);
	want[0] = 1;
	CHECK_ERRNO(raw(&args, sizeof args), EEXIST);
	want[0] = 0;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	want[0] = -1;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	want[0] = 1 << 30;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	args.set_tid_size = 32; /* more levels than there are */
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	args.set_tid_size = 33;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	args.set_tid_size = 1;
	args.set_tid = 8;
	CHECK_ERRNO(raw(&args, sizeof args), EFAULT);
	CHECK_EQ(IN_CHILD(CHECK_OK(setresuid(1000, 1000, 1000)); args.set_tid = (long)want; want[0] = pid;
			  CHECK_ERRNO(raw(&args, sizeof args), EPERM); want[0] = getpid();
			  CHECK_ERRNO(raw(&args, sizeof args), EPERM); want[0] = 0;
			  CHECK_ERRNO(raw(&args, sizeof args), EINVAL)),
		 0);
	CHECK_ERRNO(wait(NULL), ECHILD);
}

TEST(into_cgroup)
{
	struct clone_args args;
	plain(&args);
	args.flags = CLONE_INTO_CGROUP;
	args.cgroup = 999;
	CHECK_ERRNO(raw(&args, sizeof args), EBADF);
	args.cgroup = 0; /* no control group */
	CHECK_ERRNO(raw(&args, sizeof args), EBADF);
	args.cgroup = 1ull << 31;
	CHECK_ERRNO(raw(&args, sizeof args), EINVAL);
	args.cgroup = 999;
	CHECK_ERRNO(raw(&args, 80), EINVAL); /* too short to say which */
	CHECK_ERRNO(wait(NULL), ECHILD);
}

/* What Linux lets pass without meaning anything here. */
TEST(without_effect)
{
	struct clone_args args;
	plain(&args);
	args.flags = CLONE_SYSVSEM | CLONE_IO | CLONE_UNTRACED;
	CHECK(ends_with(&args, sizeof args, 9));
}

TEST_MAIN
