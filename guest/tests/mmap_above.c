// Addresses beyond 47 bits: for who asks for them, where page tables have five levels; nobody gets them by accident.
/* test: timeout=30 64-only */
#include "test.h"
#include <linux/futex.h>

#define WINDOW ((1ul << 47) - 4096)
#define END ((1ul << 56) - 4096)
#define HIGH ((void *)(1ul << 52))
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static int five; /* levels of page tables, according to the processor's flags */

static void __attribute__((constructor)) look(void)
{
	char line[8192];
	FILE *f = fopen("/proc/cpuinfo", "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "flags", 5) && strstr(line, " la57"))
			five = 1;
	if (f)
		fclose(f);
}

static unsigned long map(void *hint, size_t len, int flags)
{
	return (unsigned long)mmap(hint, len, RW, ANON | flags, -1, 0);
}

TEST(hints)
{
	CHECK(map(NULL, 4096, 0) < WINDOW);
	CHECK(map((void *)(1ul << 40), 4096, 0) < WINDOW);
	CHECK(map((void *)WINDOW, 4096, 0) < WINDOW);
	/* Over the end of 47 bits: not there, and not beyond it. */
	CHECK(map((void *)(WINDOW - 4096), 8192, 0) < WINDOW - 4096);
	unsigned long p = map(HIGH, 4096, 0);
	CHECK(p != -1ul && (five ? p == (unsigned long)HIGH : p < WINDOW));
	p = map(HIGH, 4096, 0); /* taken: from the top down */
	CHECK(p != -1ul && (five ? p > 1ul << 55 && p < END : p < WINDOW));
	p = map((void *)-1ul, 8 << 20, 0);
	CHECK(p != -1ul && (five ? p > 1ul << 55 && p < END : p < WINDOW));
	p = map((void *)(WINDOW + 4096), 4096, 0);
	CHECK(p != -1ul && (five ? p == WINDOW + 4096 : p < WINDOW));
}

TEST(the_end)
{
	CHECK_ERRNO(map((void *)END, 4096, MAP_FIXED), ENOMEM);
	CHECK_ERRNO(map((void *)(END - 4096), 8192, MAP_FIXED), ENOMEM);
	CHECK_ERRNO(map((void *)(1ul << 57), 4096, MAP_FIXED), ENOMEM);
	CHECK_ERRNO(munmap((void *)END, 4096), EINVAL);
	if (!five) {
		CHECK_ERRNO(map(HIGH, 4096, MAP_FIXED), ENOMEM);
		CHECK_ERRNO(munmap(HIGH, 4096), EINVAL);
		CHECK_ERRNO(map((void *)WINDOW, 4096, MAP_FIXED), ENOMEM);
		return;
	}
	char *last = (char *)map((void *)(END - 4096), 4096, MAP_FIXED);
	REQUIRE(last == (char *)END - 4096);
	last[4095] = 7;
	CHECK_EQ(last[4095], 7);
	/* A system call in the last two bytes goes on where nothing can be. */
	last[4094] = 0x0f, last[4095] = 0x05;
	CHECK_OK(mprotect(last, 4096, PROT_READ | PROT_EXEC));
	CHECK_EQ(IN_CHILD(((void (*)(void))(last + 4094))()), SIGSEGV);
	/* A range that goes over both limits. */
	char *edge = (char *)map((void *)(WINDOW - 4096), 12288, MAP_FIXED);
	REQUIRE(edge == (char *)WINDOW - 4096);
	edge[0] = edge[4096] = edge[8192] = 1;
	CHECK_EQ(edge[0] + edge[4096] + edge[8192], 3);
	CHECK_OK(munmap(edge, 12288));
}

static volatile unsigned long seen, code;
static sigjmp_buf back;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	seen = (unsigned long)info->si_addr;
	code = info->si_code;
	siglongjmp(back, 1);
}

TEST(faults)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	sigaction(SIGSEGV, &action, NULL);
	if (!sigsetjmp(back, 1))
		*(volatile char *)(3ul << 50) = 1;
	CHECK(five ? seen == 3ul << 50 && code == SEGV_MAPERR : seen == 0 && code == SI_KERNEL);
	if (!sigsetjmp(back, 1))
		*(volatile char *)(1ul << 57) = 1;
	CHECK(seen == 0 && code == SI_KERNEL);
	CHECK_ERRNO(write(-1, (void *)(3ul << 50), 1), EBADF);
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	CHECK_ERRNO(write(fds[1], (void *)(3ul << 50), 1), EFAULT);
	CHECK_ERRNO(write(fds[1], (void *)END, 1), EFAULT);
	CHECK_ERRNO(write(fds[1], (void *)-4096ul, 1), EFAULT);
	signal(SIGSEGV, SIG_DFL);
}

TEST(memory_there)
{
	if (!five)
		return;
	char *p = mmap((void *)(1ul << 51), 4 << 20, RW | PROT_EXEC, ANON, -1, 0);
	REQUIRE(p == (char *)(1ul << 51));
	memset(p, 0x5a, 4 << 20);
	/* Copies on write, both ways. */
	CHECK_EQ(IN_CHILD({ p[0]++; CHECK_EQ(p[0] + p[(4 << 20) - 1], 0xb5); }), 0);
	CHECK_EQ(p[0], 0x5a);
	/* System calls with pointers to it. */
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(write(fds[1], p, 100), 100);
	p[200] = 1;
	CHECK_EQ(read(fds[0], p + 200, 100), 100);
	CHECK_EQ(p[200], 0x5a);
	CHECK_ERRNO(syscall(SYS_futex, p + 4096, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), EAGAIN);
	/* Code there calls the kernel and gets back: getppid. */
	memcpy(p, "\xb8\x6e\0\0\0\x0f\x05\xc3", 8);
	CHECK_EQ(((int (*)(void))p)(), getppid());
	/* Moved down and up again. */
	char *low = mremap(p, 4 << 20, 4 << 20, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(1ul << 44));
	REQUIRE(low == (char *)(1ul << 44));
	CHECK_EQ(low[(4 << 20) - 1], 0x5a);
	CHECK_EQ(IN_CHILD(p[0] = 1), SIGSEGV);
	p = mremap(low, 4 << 20, 4 << 20, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(1ul << 54));
	REQUIRE(p == (char *)(1ul << 54));
	CHECK_EQ(p[4096], 0x5a);
	CHECK_OK(mprotect(p, 4096, PROT_READ));
	CHECK_EQ(IN_CHILD(p[0] = 1), SIGSEGV);
	unsigned char there[2] = { 0 };
	CHECK_OK(mincore(p, 8192, there));
	CHECK_EQ(there[0] & there[1] & 1, 1);
	CHECK_OK(madvise(p, 8192, MADV_DONTNEED));
	CHECK_EQ(p[0] + p[4096], 0);
	CHECK_OK(munmap(p, 4 << 20));
	CHECK_EQ(IN_CHILD(p[8192] = 1), SIGSEGV);
}

static volatile int handled;

static void on_signal(int sig)
{
	handled = sig;
}

TEST(signals_there)
{
	if (!five)
		return;
	stack_t stack = { .ss_sp = (void *)map((void *)(5ul << 50), 65536, 0), .ss_size = 65536 };
	REQUIRE(stack.ss_sp == (void *)(5ul << 50));
	CHECK_OK(sigaltstack(&stack, NULL));
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	CHECK_EQ(handled, SIGUSR1);
	CHECK_EQ(IN_CHILD(raise(SIGUSR1)), 0);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
}

TEST_MAIN
