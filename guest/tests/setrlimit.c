// setrlimit(2): who may raise what, and what the limits do.
/* test: timeout=40 */
#include "test.h"
#include <sys/resource.h>

static int set(int resource, rlim_t cur, rlim_t max)
{
	struct rlimit limit = { cur, max };

	return syscall(SYS_setrlimit, resource, &limit);
}

static volatile sig_atomic_t got;

static void note(int sig)
{
	got = sig;
}

TEST(arguments)
{
	CHECK_ERRNO(set(RLIMIT_CORE, 2, 1), EINVAL);
	CHECK_ERRNO(set(16, 1, 1), EINVAL);
	CHECK_ERRNO(set(-1, 1, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_setrlimit, 16, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_setrlimit, RLIMIT_CORE, NULL), EFAULT);
	CHECK_ERRNO(set(RLIMIT_NOFILE, 1, RLIM_INFINITY), EPERM); /* beyond fs.nr_open, even for root */
}

TEST(hard_limit)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(RLIMIT_CORE, 10, 20));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(set(RLIMIT_CORE, 20, 20));
		CHECK_ERRNO(set(RLIMIT_CORE, 20, 21), EPERM);
		CHECK_ERRNO(set(RLIMIT_CORE, 22, 21), EINVAL); /* before the right to do it */
		CHECK_OK(set(RLIMIT_CORE, 5, 10));
		CHECK_ERRNO(set(RLIMIT_CORE, 5, 20), EPERM);
	}), 0);
}

TEST(nofile)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(RLIMIT_NOFILE, 10, 10));
		int top = dup(0);
		while (top >= 0 && top < 9)
			top = dup(0);
		CHECK_EQ(top, 9);
		CHECK_ERRNO(dup(0), EMFILE);
		CHECK_ERRNO(open("/dev/null", O_RDONLY), EMFILE);
		CHECK_ERRNO(dup2(0, 10), EBADF);
		CHECK_ERRNO(fcntl(0, F_DUPFD, 10), EINVAL);
		int fds[2];
		CHECK_ERRNO(pipe(fds), EMFILE);
		/* What is open beyond a new limit stays usable. */
		CHECK_OK(set(RLIMIT_NOFILE, 4, 10));
		CHECK_OK(fcntl(9, F_GETFD));
	}), 0);
}

TEST(fsize)
{
	CHECK_EQ(IN_CHILD({
		int fd = make_file("f", "");
		signal(SIGXFSZ, note);
		CHECK_OK(set(RLIMIT_FSIZE, 100, 200));
		char data[150];
		memset(data, 'x', sizeof data);
		CHECK_EQ(write(fd, data, 150), 100); /* as much as fits */
		CHECK_EQ(got, 0);
		CHECK_ERRNO(write(fd, data, 1), EFBIG);
		CHECK_EQ(got, SIGXFSZ);
		got = 0;
		CHECK_ERRNO(ftruncate(fd, 101), EFBIG);
		CHECK_EQ(got, SIGXFSZ);
		CHECK_OK(ftruncate(fd, 100));
		CHECK_OK(ftruncate(fd, 0));
		CHECK_ERRNO(pwrite(fd, data, 1, 100), EFBIG);
		CHECK_EQ(pwrite(fd, data, 5, 98), 2);
		CHECK_ERRNO(fallocate(fd, 0, 0, 101), EFBIG);
		int fds[2];
		CHECK_OK(pipe(fds));
		CHECK_EQ(write(fds[1], data, 150), 150); /* files only */
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(RLIMIT_CORE, 0, 0));
		int fd = make_file("g", "");
		CHECK_OK(set(RLIMIT_FSIZE, 0, 0));
		CHECK(write(fd, "x", 1) == 99);
	}), SIGXFSZ);
}

TEST(address_space)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(RLIMIT_AS, 64 << 20, RLIM_INFINITY));
		CHECK(mmap(0, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
		void *p = mmap(0, 16 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(p != MAP_FAILED);
		CHECK(mremap(p, 16 << 20, 128 << 20, MREMAP_MAYMOVE) == MAP_FAILED && errno == ENOMEM);
		CHECK_ERRNO(syscall(SYS_brk, 0) == syscall(SYS_brk, (char *)sbrk(0) + (128 << 20)) ? -1 : 0, 0);
	}), 0);
}

TEST(data)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(RLIMIT_DATA, 16 << 20, RLIM_INFINITY));
		CHECK(mmap(0, 32 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
		CHECK_EQ(errno, ENOMEM);
		/* Only private writable memory counts. */
		CHECK(mmap(0, 32 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
		CHECK(mmap(0, 32 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
		char *end = sbrk(0);
		CHECK(sbrk(32 << 20) == (void *)-1);
		CHECK(sbrk(0) == end);
	}), 0);
}

static int deep(int n)
{
	volatile char frame[4096];

	memset((char *)frame, n, sizeof frame);
	return n ? deep(n - 1) + frame[7] : frame[9];
}

TEST(stack)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(RLIMIT_CORE, 0, 0));
		CHECK_OK(set(RLIMIT_STACK, 256 << 10, RLIM_INFINITY));
		deep(20);
		deep(1000);
	}), SIGSEGV);
}

TEST(memlock)
{
	char *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(RLIMIT_MEMLOCK, 64 << 10, 64 << 10));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(mlock(p, 64 << 10));
		CHECK_ERRNO(mlock(p, 128 << 10), ENOMEM);
		CHECK_OK(munlock(p, 64 << 10));
		CHECK_ERRNO(mlockall(MCL_CURRENT), ENOMEM);
		CHECK_OK(set(RLIMIT_MEMLOCK, 0, 0));
		CHECK_ERRNO(mlock(p, 4096), EPERM);
	}), 0);
}

TEST(nproc)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(4321, 4321, 4321));
		CHECK_OK(set(RLIMIT_NPROC, 1, 1));
		CHECK_ERRNO(fork(), EAGAIN);
		CHECK_OK(set(RLIMIT_NPROC, 0, 0));
		CHECK_ERRNO(vfork(), EAGAIN);
	}), 0);
}

TEST(sigpending)
{
	CHECK_EQ(IN_CHILD({
		union sigval value = { 0 };
		sigset_t all;
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		CHECK_OK(setresuid(4322, 4322, 4322));
		CHECK_OK(set(RLIMIT_SIGPENDING, 2, 2));
		CHECK_OK(sigqueue(getpid(), SIGRTMIN, value));
		CHECK_OK(sigqueue(getpid(), SIGRTMIN, value));
		CHECK_ERRNO(sigqueue(getpid(), SIGRTMIN, value), EAGAIN);
		CHECK_OK(kill(getpid(), SIGUSR1)); /* ordinary ones always arrive */
		sigpending(&all);
		CHECK(sigismember(&all, SIGUSR1));
	}), 0);
}

/* Processor time: SIGXCPU each second beyond the soft limit, SIGKILL at the hard one. */
TEST(cpu)
{
	CHECK_EQ(IN_CHILD({
		signal(SIGXCPU, note);
		CHECK_OK(set(RLIMIT_CPU, 1, 3));
		while (!got)
			;
		CHECK_EQ(got, SIGXCPU);
	}), 0);
	CHECK_EQ(IN_CHILD({
		signal(SIGXCPU, SIG_IGN);
		CHECK_OK(set(RLIMIT_CPU, 1, 1));
		for (;;)
			;
	}), SIGKILL);
}

TEST_MAIN
