// All registers but rax, rcx and r11 survive every call; x87, SSE and AVX also switches, faults and signals.
/* test: slow timeout=60 */
#include "test.h"
#include <cpuid.h>

unsigned long in[16], out[16]; /* rbx rbp rdi rsi rdx r8 r9 r10 r12 r13 r14 r15, then rcx r11 rax */
static unsigned char vectors_in[16][32] __attribute__((aligned(64))), vectors_out[16][32] __attribute__((aligned(64)));
static int avx;
static unsigned long seed = 99;

static unsigned long next(void)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return seed ^ seed >> 29;
}

/* Loads the registers from `in`, calls `nr`, stores them to `out`. */
void call_with_registers(long nr);
asm(".globl call_with_registers; call_with_registers: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15;"
    "mov %rdi, %rax; mov in(%rip), %rbx; mov in+8(%rip), %rbp; mov in+16(%rip), %rdi; mov in+24(%rip), %rsi; mov in+32(%rip), %rdx;"
    "mov in+40(%rip), %r8; mov in+48(%rip), %r9; mov in+56(%rip), %r10; mov in+64(%rip), %r12; mov in+72(%rip), %r13;"
    "mov in+80(%rip), %r14; mov in+88(%rip), %r15; syscall;"
    "mov %rbx, out(%rip); mov %rbp, out+8(%rip); mov %rdi, out+16(%rip); mov %rsi, out+24(%rip); mov %rdx, out+32(%rip);"
    "mov %r8, out+40(%rip); mov %r9, out+48(%rip); mov %r10, out+56(%rip); mov %r12, out+64(%rip); mov %r13, out+72(%rip);"
    "mov %r14, out+80(%rip); mov %r15, out+88(%rip); mov %rcx, out+96(%rip); mov %r11, out+104(%rip); mov %rax, out+112(%rip);"
    "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret");

static void load_vectors(void)
{
#define LOAD(n) asm volatile("vmovdqa %0, %%ymm" #n : : "m"(vectors_in[n]))
#define LOADX(n) asm volatile("movdqa %0, %%xmm" #n : : "m"(vectors_in[n]))
	if (avx) {
		LOAD(0); LOAD(1); LOAD(2); LOAD(3); LOAD(4); LOAD(5); LOAD(6); LOAD(7);
		LOAD(8); LOAD(9); LOAD(10); LOAD(11); LOAD(12); LOAD(13); LOAD(14); LOAD(15);
	} else {
		LOADX(0); LOADX(1); LOADX(2); LOADX(3); LOADX(4); LOADX(5); LOADX(6); LOADX(7);
		LOADX(8); LOADX(9); LOADX(10); LOADX(11); LOADX(12); LOADX(13); LOADX(14); LOADX(15);
	}
}

static void store_vectors(void)
{
#define STORE(n) asm volatile("vmovdqa %%ymm" #n ", %0" : "=m"(vectors_out[n]))
#define STOREX(n) asm volatile("movdqa %%xmm" #n ", %0" : "=m"(vectors_out[n]))
	if (avx) {
		STORE(0); STORE(1); STORE(2); STORE(3); STORE(4); STORE(5); STORE(6); STORE(7);
		STORE(8); STORE(9); STORE(10); STORE(11); STORE(12); STORE(13); STORE(14); STORE(15);
	} else {
		STOREX(0); STOREX(1); STOREX(2); STOREX(3); STOREX(4); STOREX(5); STOREX(6); STOREX(7);
		STOREX(8); STOREX(9); STOREX(10); STOREX(11); STOREX(12); STOREX(13); STOREX(14); STOREX(15);
	}
}

static void randomize(void)
{
	for (size_t i = 0; i < sizeof vectors_in; i++)
		((unsigned char *)vectors_in)[i] = (unsigned char)next();
	memset(vectors_out, 0, sizeof vectors_out);
}

static int vectors_kept(void)
{
	for (int i = 0; i < 16; i++)
		if (memcmp(vectors_in[i], vectors_out[i], avx ? 32 : 16))
			return 0;
	return 1;
}

/* Calls that harm nobody with arguments like these: bad descriptors, kernel and non-canonical addresses. */
static const short calls[] = {
	SYS_read, SYS_write, SYS_open, SYS_close, SYS_stat, SYS_fstat, SYS_lstat, SYS_lseek, SYS_mmap, SYS_mprotect,
	SYS_rt_sigaction, SYS_ioctl, SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_access, SYS_pipe, SYS_sched_yield,
	SYS_mremap, SYS_msync, SYS_mincore, SYS_madvise, SYS_dup, SYS_dup2, SYS_nanosleep, SYS_getitimer, SYS_getpid, SYS_sendfile,
	SYS_execve, SYS_wait4, SYS_uname, SYS_fcntl, SYS_flock, SYS_truncate, SYS_ftruncate, SYS_getdents, SYS_getcwd, SYS_chdir,
	SYS_rename, SYS_mkdir, SYS_link, SYS_unlink, SYS_readlink, SYS_chmod, SYS_chown, SYS_gettimeofday, SYS_getrlimit,
	SYS_getrusage, SYS_times, SYS_getuid, SYS_getppid, SYS_sigaltstack, SYS_statfs, SYS_gettid, SYS_time, SYS_futex,
	SYS_getdents64, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_openat, SYS_newfstatat,
	SYS_utimensat, SYS_dup3, SYS_pipe2, SYS_preadv, SYS_prlimit64, SYS_getrandom, SYS_statx, SYS_openat2, 500, 1000,
};

TEST(general_registers)
{
	for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
		for (int round = 0; round < 4; round++) {
			for (int i = 0; i < 12; i++)
				in[i] = next() | 1UL << 63; /* no address of a program, no small number */
			if (round == 3)
				in[2] = 0xffff888000000000, in[3] = 1UL << 47;
			call_with_registers(calls[k]);
			for (int i = 0; i < 12; i++)
				if (out[i] != in[i])
					test_fail(__LINE__, "call %d changes register %d", calls[k], i);
			if ((unsigned long)out[12] < (unsigned long)call_with_registers || (unsigned long)out[12] > (unsigned long)call_with_registers + 256)
				test_fail(__LINE__, "call %d: rcx is not the return address", calls[k]);
			CHECK_EQ(out[13] & 0x202, 0x202);
		}
}

TEST(vector_registers_over_calls)
{
	for (size_t k = 0; k < sizeof calls / sizeof *calls; k++) {
		randomize();
		for (int i = 0; i < 12; i++)
			in[i] = next() | 1UL << 63;
		load_vectors();
		call_with_registers(calls[k]);
		store_vectors();
		if (!vectors_kept())
			test_fail(__LINE__, "call %d changes vector registers", calls[k]);
	}
}

static volatile int handled;
static void on_alarm(int signal)
{
	(void)signal;
	handled++;
	/* The handler uses them all. */
	if (avx)
		asm volatile("vzeroall" ::: "memory");
	else
		asm volatile("pxor %%xmm0, %%xmm0; pxor %%xmm5, %%xmm5; pxor %%xmm15, %%xmm15" ::: "memory");
	asm volatile("fninit; fldpi");
}

static int spin_with_state(int ms)
{
	unsigned short control = 0x27f, control_after;
	unsigned mxcsr = 0x9fc0, mxcsr_after;
	double x = 1.0 / 3, x_after;
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		randomize();
		asm volatile("fldcw %0; ldmxcsr %1; fldl %2" : : "m"(control), "m"(mxcsr), "m"(x));
		load_vectors();
		asm volatile("mov $300000, %%rcx; 1: dec %%rcx; jnz 1b" ::: "rcx", "cc");
		store_vectors();
		asm volatile("fstpl %0; fnstcw %1; stmxcsr %2; fninit" : "=m"(x_after), "=m"(control_after), "=m"(mxcsr_after));
		mxcsr = 0x1f80;
		asm volatile("ldmxcsr %0" : : "m"(mxcsr));
		mxcsr = 0x9fc0;
		if (!vectors_kept() || x_after != x || control_after != control || mxcsr_after != 0x9fc0)
			return 1;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
	return 0;
}

TEST(state_over_switches)
{
	pid_t pids[5];

	for (int i = 0; i < 5; i++) {
		seed += (unsigned long)i * 1000;
		pids[i] = test_fork();
		if (pids[i] == 0)
			_exit(spin_with_state(80));
	}
	for (int i = 0; i < 5; i++)
		CHECK_EQ(test_wait(pids[i]), 0);
}

TEST(state_over_signals)
{
	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 1000 }, { 0, 1000 } }, NULL);
	CHECK_EQ(spin_with_state(100), 0);
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	CHECK(handled > 3);
}

/* A new program starts with nothing of the old one's. */
TEST(state_of_a_new_program)
{
	randomize();
	CHECK_EQ(IN_CHILD({ load_vectors(); execl("/proc/self/exe", "registers", "fresh", NULL); }), 0);
}

int main(int argc, char **argv)
{
	unsigned a, b, c, d;

	(void)argv;
	__cpuid(1, a, b, c, d);
	if (c & bit_OSXSAVE && c & bit_AVX) {
		unsigned low, high;
		asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
		avx = (low & 6) == 6;
	}
	if (argc > 1) {
		unsigned mxcsr;
		unsigned short control;
		asm volatile("stmxcsr %0; fnstcw %1" : "=m"(mxcsr), "=m"(control));
		return mxcsr != 0x1f80 || control != 0x37f;
	}
	return test_run_cases();
}
