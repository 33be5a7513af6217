/* madvise(2), MADV_GUARD_INSTALL and MADV_GUARD_REMOVE: pages that fault without areas of their own.
 * test: skip-oracle, since 6.13, for files since 6.15 */
#include "areas.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif
#define PAGE 4096

static sigjmp_buf back;
static volatile int code;
static void *volatile addr;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	code = info->si_code;
	addr = info->si_addr;
	siglongjmp(back, 1);
}

/* The code of the SIGSEGV that a read or write ends in; 0 for none. */
static int touch(volatile char *at, int write)
{
	code = 0;
	addr = NULL;
	if (!sigsetjmp(back, 1)) {
		if (write)
			*at = 7;
		else
			(void)*at;
		return 0;
	}
	return addr == at ? code : -1;
}
#define GUARDED(at) (touch(at, 0) == SEGV_MAPERR && touch(at, 1) == SEGV_MAPERR)
#define OPEN(at) (touch(at, 0) == 0 && touch(at, 1) == 0)

static char *pages(int count, int kind)
{
	return mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
}

TEST(guards)
{
	char *p = pages(8, MAP_PRIVATE);

	memset(p, 1, 4 * PAGE);
	CHECK_OK(madvise(p + PAGE, 2 * PAGE, MADV_GUARD_INSTALL));
	CHECK_OK(madvise(p + 6 * PAGE, PAGE, MADV_GUARD_INSTALL));
	CHECK_EQ(areas(p, p + 8 * PAGE), 1);
	CHECK_EQ(p[0], 1);
	CHECK_EQ(p[3 * PAGE], 1);
	CHECK(GUARDED(p + PAGE));
	CHECK(GUARDED(p + 3 * PAGE - 1));
	CHECK(GUARDED(p + 6 * PAGE));
	CHECK(OPEN(p + 5 * PAGE));
	CHECK(OPEN(p + 7 * PAGE));
	CHECK_OK(madvise(p, 4 * PAGE, MADV_GUARD_INSTALL));
	CHECK(GUARDED(p));
	CHECK_OK(madvise(p, 2 * PAGE, MADV_GUARD_REMOVE));
	CHECK_EQ(p[0], 0);
	CHECK_EQ(p[PAGE], 0);
	CHECK(GUARDED(p + 2 * PAGE));
	CHECK_OK(madvise(p, 8 * PAGE, MADV_GUARD_REMOVE));
	CHECK(OPEN(p + 2 * PAGE));
	CHECK(OPEN(p + 6 * PAGE));
	munmap(p, 8 * PAGE);
}

TEST(arguments)
{
	char *p = pages(4, MAP_PRIVATE);

	CHECK_ERRNO(madvise(p + 1, PAGE, MADV_GUARD_INSTALL), EINVAL);
	CHECK_OK(madvise(p, 0, MADV_GUARD_INSTALL));
	CHECK_OK(madvise(p, 1, MADV_GUARD_INSTALL));
	CHECK(GUARDED(p));
	munmap(p + PAGE, PAGE);
	CHECK_ERRNO(madvise(p, 3 * PAGE, MADV_GUARD_INSTALL), ENOMEM);
	CHECK(GUARDED(p + 2 * PAGE));
	CHECK_ERRNO(madvise(p, 3 * PAGE, MADV_GUARD_REMOVE), ENOMEM);
	CHECK(OPEN(p + 2 * PAGE));
	mlock(p + 2 * PAGE, PAGE);
	CHECK_ERRNO(madvise(p + 2 * PAGE, PAGE, MADV_GUARD_INSTALL), EINVAL);
	CHECK_OK(madvise(p + 2 * PAGE, PAGE, MADV_GUARD_REMOVE));
	munmap(p, 4 * PAGE);
}

TEST(what_they_outlive)
{
	char *p = pages(4, MAP_PRIVATE), *q;

	CHECK_OK(madvise(p + PAGE, PAGE, MADV_GUARD_INSTALL));
	CHECK_OK(madvise(p, 4 * PAGE, MADV_DONTNEED));
	CHECK(GUARDED(p + PAGE));
	CHECK_OK(madvise(p, 4 * PAGE, MADV_FREE));
	CHECK(GUARDED(p + PAGE));
	CHECK_OK(mprotect(p, 4 * PAGE, PROT_READ));
	CHECK_OK(mprotect(p, 4 * PAGE, PROT_READ | PROT_WRITE));
	CHECK(GUARDED(p + PAGE));
	CHECK_EQ(IN_CHILD({
		CHECK(GUARDED(p + PAGE));
		CHECK(OPEN(p + 2 * PAGE));
		CHECK_OK(madvise(p + PAGE, PAGE, MADV_GUARD_REMOVE));
		CHECK(OPEN(p + PAGE));
	}), 0);
	CHECK(GUARDED(p + PAGE));
	q = pages(8, MAP_PRIVATE);
	q = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q);
	REQUIRE(q != MAP_FAILED);
	CHECK(GUARDED(q + PAGE));
	CHECK(OPEN(q));
	CHECK(mmap(q, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == q);
	CHECK(OPEN(q + PAGE));
	munmap(q, 8 * PAGE);
}

TEST(the_kernel_s_copies)
{
	char *p = pages(4, MAP_PRIVATE), buf[8] = "";
	struct iovec local = { buf, 4 }, remote = { p, 4 };
	int fds[2], mem;

	REQUIRE(pipe(fds) == 0);
	CHECK_OK(madvise(p, PAGE, MADV_GUARD_INSTALL));
	CHECK_ERRNO(write(fds[1], p, 4), EFAULT);
	CHECK_EQ(write(fds[1], "abcd", 4), 4);
	CHECK_ERRNO(read(fds[0], p, 4), EFAULT);
	CHECK_ERRNO(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), EFAULT);
	mem = open("/proc/self/mem", O_RDWR);
	CHECK_ERRNO(pread(mem, buf, 4, (off_t)p), EIO);
	CHECK_ERRNO(pwrite(mem, buf, 4, (off_t)p), EIO);
	CHECK_ERRNO(madvise(p, 2 * PAGE, MADV_POPULATE_READ), EFAULT);
	CHECK_ERRNO(madvise(p, 2 * PAGE, MADV_POPULATE_WRITE), EFAULT);
	close(mem);
	munmap(p, 4 * PAGE);
}

TEST(large_areas)
{
	size_t size = 8 << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;

	at = (char *)(((unsigned long)p + (2 << 20) - 1) & -(2UL << 20));
	memset(p, 1, size);
	CHECK_OK(madvise(at + 5 * PAGE, PAGE, MADV_GUARD_INSTALL));
	CHECK(GUARDED(at + 5 * PAGE));
	CHECK_EQ(at[4 * PAGE], 1);
	CHECK_EQ(at[6 * PAGE], 1);
	CHECK_OK(madvise(p, size, MADV_GUARD_INSTALL));
	CHECK(GUARDED(p));
	CHECK(GUARDED(p + size - 1));
	CHECK_OK(madvise(p, size, MADV_GUARD_REMOVE));
	CHECK_EQ(at[4 * PAGE], 0);
	CHECK(OPEN(p + size - 1));
	munmap(p, size);
}

TEST(files_and_shared_memory)
{
	int fd = make_file("file", "x");
	char *p = pages(4, MAP_SHARED), *file, *private;

	REQUIRE(ftruncate(fd, 4 * PAGE) == 0);
	file = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	p[0] = 1;
	CHECK_OK(madvise(p, 2 * PAGE, MADV_GUARD_INSTALL));
	CHECK(GUARDED(p));
	CHECK_EQ(IN_CHILD(CHECK(GUARDED(p))), 0);
	CHECK_OK(madvise(p, 2 * PAGE, MADV_GUARD_REMOVE));
	CHECK_EQ(p[0], 1);
	CHECK_OK(madvise(file, PAGE, MADV_GUARD_INSTALL));
	CHECK(GUARDED(file));
	CHECK(OPEN(file + PAGE));
	CHECK_OK(madvise(file, PAGE, MADV_GUARD_REMOVE));
	CHECK_EQ(file[0], 'x');
	CHECK_OK(madvise(private, PAGE, MADV_GUARD_INSTALL));
	CHECK(GUARDED(private));
	CHECK_OK(madvise(private, PAGE, MADV_GUARD_REMOVE));
	CHECK_EQ(private[0], 'x');
	munmap(p, 4 * PAGE);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &sa, NULL);
	return test_run_cases();
}
