// Advice about another process's memory, by its descriptor.
#include "test.h"

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#define MADV_COLLAPSE_ 25

static long advise(int pidfd, struct iovec *vec, size_t count, int advice, unsigned flags)
{
	return syscall(SYS_process_madvise, pidfd, vec, count, advice, flags);
}

static int self_fd(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0);
}

TEST(own_memory)
{
	char *p = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = self_fd();
	REQUIRE(p != MAP_FAILED && fd >= 0);
	memset(p, 5, 16384);
	struct iovec vec[3] = { { p, 4096 }, { p + 8192, 0 }, { p + 8192, 8192 } };
	CHECK_EQ(advise(fd, vec, 3, MADV_COLD, 0), 12288);
	CHECK_EQ(advise(fd, vec, 3, MADV_PAGEOUT, 0), 12288);
	CHECK_EQ(advise(fd, vec, 1, MADV_WILLNEED, 0), 4096);
	CHECK_EQ(advise(fd, vec, 0, MADV_COLD, 0), 0);
	CHECK(p[0] == 5 && p[8192] == 5);
	CHECK_OK(close(fd));
	CHECK_OK(munmap(p, 16384));
}

TEST(errors)
{
	char *p = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = self_fd();
	REQUIRE(p != MAP_FAILED && fd >= 0);
	struct iovec vec[2] = { { p, 4096 }, { p + 8192, 4096 } };
	CHECK_ERRNO(advise(fd, vec, 2, MADV_COLD, 1), EINVAL);
	CHECK_ERRNO(advise(-1, vec, 2, MADV_COLD, 0), EBADF);
	CHECK_ERRNO(advise(0, vec, 2, MADV_COLD, 0), EBADF);
	CHECK_ERRNO(advise(fd, vec, 1025, MADV_COLD, 0), EINVAL);
	CHECK_ERRNO(advise(fd, BAD_PTR, 1, MADV_COLD, 0), EFAULT);
	/* The list is read before the descriptor is looked at. */
	CHECK_ERRNO(advise(-1, BAD_PTR, 1, MADV_COLD, 0), EFAULT);
	CHECK_ERRNO(advise(fd, vec, 1, 9999, 0), EINVAL);
	vec[0].iov_base = p + 1;
	CHECK_ERRNO(advise(fd, vec, 2, MADV_COLD, 0), EINVAL);
	/* What was advised before an error counts. */
	vec[0].iov_base = p;
	CHECK_OK(munmap(p + 8192, 4096));
	CHECK_EQ(advise(fd, vec, 2, MADV_COLD, 0), 4096);
	CHECK_ERRNO(advise(fd, vec + 1, 1, MADV_COLD, 0), ENOMEM);
	CHECK_OK(close(fd));
}

TEST(a_child)
{
	char *p = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fds[2];
	char c;
	REQUIRE(p != MAP_FAILED && pipe(fds) == 0);
	memset(p, 5, 16384);
	pid_t child = fork();
	if (child == 0) {
		close(fds[1]);
		/* Until the other end is closed. */
		while (read(fds[0], &c, 1) > 0)
			;
		_exit(p[0] == 5 && p[4096] == 5 ? 0 : 1);
	}
	close(fds[0]);
	int fd = syscall(SYS_pidfd_open, child, 0);
	REQUIRE(fd >= 0);
	struct iovec vec = { p, 8192 };
	CHECK_EQ(advise(fd, &vec, 1, MADV_COLD, 0), 8192);
	/* Nothing that would change what it sees. */
	CHECK_ERRNO(advise(fd, &vec, 1, MADV_DONTNEED, 0), EINVAL);
	CHECK_ERRNO(advise(fd, &vec, 1, MADV_FREE, 0), EINVAL);
	close(fds[1]);
	int status;
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_ERRNO(advise(fd, &vec, 1, MADV_COLD, 0), ESRCH);
	CHECK_OK(close(fd));
}

TEST(collapse)
{
	size_t m = 2UL << 20;
	char *p = mmap(0, 3 * m, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	REQUIRE(p != MAP_FAILED);
	char *whole = (char *)(((uintptr_t)p + m - 1) & ~(m - 1));
	CHECK_OK(madvise(p, 3 * m, MADV_NOHUGEPAGE));
	for (size_t at = 0; at < 3 * m; at += 8192)
		*(int *)(p + at) = at;
	CHECK_ERRNO(madvise(whole, m, MADV_COLLAPSE_), EINVAL);
	CHECK_OK(madvise(p, 3 * m, MADV_HUGEPAGE));
	CHECK_OK(madvise(whole, m, MADV_COLLAPSE_));
	for (size_t at = 0; at < 3 * m; at += 4096)
		REQUIRE(*(int *)(p + at) == (at % 8192 ? 0 : (int)at));
	whole[4096] = 1;
	CHECK_EQ(IN_CHILD({ whole[0] = 9; _exit(whole[4096] == 1 && whole[0] == 9 ? 0 : 1); }), 0);
	CHECK(whole[4096] == 1);
	CHECK_OK(madvise(whole, m, MADV_COLLAPSE_));
	CHECK(whole[4096] == 1);
	CHECK_ERRNO(madvise(whole, 4096, MADV_COLLAPSE_ + 1000), EINVAL);
	CHECK_OK(munmap(p, 3 * m));
}

TEST_MAIN
