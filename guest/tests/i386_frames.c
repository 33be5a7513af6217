/* Signal frames of 32-bit programs: what handlers find, and what going back restores.
 * test: cflags=-m32 cflags=-msse cflags=-fno-stack-protector */
#include "test.h"
#include <sys/ucontext.h>

/* As the kernel has them; libc's own calls always name a restorer and SA_SIGINFO's frame. */
struct kernel_sigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask[2];
};

struct sigcontext_32 {
	unsigned gs, fs, es, ds, di, si, bp, sp, bx, dx, cx, ax, trapno, err, ip, cs, flags, sp_at_signal, ss, fpstate;
	unsigned oldmask, cr2;
};

static void on(int signal, void *handler, unsigned long flags)
{
	struct kernel_sigaction act;
	memset(&act, 0, sizeof(act));
	act.handler = handler;
	act.flags = flags;
	REQUIRE(syscall(SYS_rt_sigaction, signal, &act, NULL, 8) == 0);
}

/* What lies behind a handler's argument, in the frame; the compiler is not to know. */
static struct sigcontext_32 *behind(int *signal)
{
	int *at = signal + 1;
	__asm__("" : "+r"(at));
	return (struct sigcontext_32 *)at;
}
#define CONTEXT(signal) volatile struct sigcontext_32 *sc = behind(&signal)

static volatile int count, got;
static volatile unsigned sp_in_handler, segments[3];

/* Without SA_SIGINFO: the context lies behind the argument. */
static void old_handler(int signal)
{
	unsigned *frame = (unsigned *)&signal;
	got = signal;
	sp_in_handler = (unsigned)frame - 4;
	__asm__("mov %%cs, %0; mov %%ds, %1; mov %%ss, %2" : "=r"(segments[0]), "=r"(segments[1]), "=r"(segments[2]));
	count++;
}

/* Raises SIGUSR1 by kill(2) with known registers, and says what they are afterwards. */
struct regs {
	unsigned ax, bx, cx, dx, si, di, bp;
};

static void kill_self(struct regs *out, int signal)
{
	pid_t pid = getpid();
	__asm__ volatile(
		"push %%ebp\n\t"
		"push %[out]\n\t"
		"mov %[pid], %%ebx\n\t"
		"mov %[sig], %%ecx\n\t"
		"mov $37, %%eax\n\t"
		"mov $0x11111111, %%edx\n\t"
		"mov $0x22222222, %%esi\n\t"
		"mov $0x33333333, %%edi\n\t"
		"mov $0x44444444, %%ebp\n\t"
		"int $0x80\n\t"
		"xchg %%ebp, (%%esp)\n\t"
		"mov %%eax, 0(%%ebp)\n\t"
		"mov %%ebx, 4(%%ebp)\n\t"
		"mov %%ecx, 8(%%ebp)\n\t"
		"mov %%edx, 12(%%ebp)\n\t"
		"mov %%esi, 16(%%ebp)\n\t"
		"mov %%edi, 20(%%ebp)\n\t"
		"pop %%eax\n\t"
		"mov %%eax, 24(%%ebp)\n\t"
		"pop %%ebp\n\t"
		:
		: [out] "a"(out), [pid] "c"(pid), [sig] "d"(signal)
		: "ebx", "esi", "edi", "memory", "cc");
}

TEST(sigreturn)
{
	struct regs r;
	on(SIGUSR1, old_handler, 0);
	count = 0;
	kill_self(&r, SIGUSR1);
	CHECK_EQ(count, 1);
	CHECK_EQ(got, SIGUSR1);
	CHECK_EQ(r.ax, 0);
	CHECK_EQ(r.bx - getpid(), 0);
	CHECK_EQ(r.cx, SIGUSR1);
	CHECK_EQ(r.dx, 0x11111111);
	CHECK_EQ(r.si, 0x22222222);
	CHECK_EQ(r.di, 0x33333333);
	CHECK_EQ(r.bp, 0x44444444);
	CHECK_EQ((sp_in_handler + 4) % 16, 0);
	CHECK_EQ(segments[0] & 0xffff, 0x23);
	CHECK_EQ(segments[1] & 0xffff, 0x2b);
	CHECK_EQ(segments[2] & 0xffff, 0x2b);
}

static void look_at_context(int signal)
{
	CONTEXT(signal);
	CHECK_EQ(sc->ax, 0);
	CHECK_EQ(sc->dx, 0x11111111);
	CHECK_EQ(sc->si, 0x22222222);
	CHECK_EQ(sc->di, 0x33333333);
	CHECK_EQ(sc->bp, 0x44444444);
	CHECK_EQ(sc->cs, 0x23);
	CHECK_EQ(sc->ds, 0x2b);
	CHECK_EQ(sc->es, 0x2b);
	CHECK_EQ(sc->ss, 0x2b);
	CHECK_EQ(sc->sp - sc->sp_at_signal, 0);
	CHECK_EQ(sc->oldmask, 0);
	CHECK(sc->fpstate > (unsigned)&signal);
	CHECK_EQ((sc->fpstate + 112) % 64, 0);
	/* What the handler writes is what the program has afterwards. */
	sc->dx = 0x55555555;
	sc->ax = 77;
	sc->oldmask = 1u << (SIGUSR2 - 1);
	sc->flags |= 1;
	count++;
}

TEST(the_context_can_be_changed)
{
	struct regs r;
	on(SIGUSR1, look_at_context, 0);
	count = 0;
	kill_self(&r, SIGUSR1);
	CHECK_EQ(count, 1);
	CHECK_EQ(r.ax, 77);
	CHECK_EQ(r.dx, 0x55555555);
	sigset_t mask;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK_EQ(sigismember(&mask, SIGUSR2), 1);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void rt_handler(int signal, siginfo_t *info, void *uc_ptr)
{
	unsigned char *uc = uc_ptr;
	struct sigcontext_32 *sc = (struct sigcontext_32 *)(uc + 20);
	CHECK_EQ(signal, SIGUSR1);
	CHECK_EQ(info->si_signo, SIGUSR1);
	CHECK_EQ(info->si_code, SI_USER);
	CHECK_EQ(info->si_pid - getpid(), 0);
	CHECK_EQ(uc - (unsigned char *)info, 128);
	CHECK_EQ((char *)&signal + 12 - (char *)info, 0);
	CHECK_EQ(sc->dx, 0x11111111);
	CHECK_EQ(sc->bp, 0x44444444);
	sc->si = 0x66666666;
	*(uint64_t *)(uc + 108) |= 1ull << (SIGUSR2 - 1) | 1ull << 40;
	count++;
}

TEST(rt_sigreturn)
{
	struct regs r;
	on(SIGUSR1, rt_handler, SA_SIGINFO);
	count = 0;
	kill_self(&r, SIGUSR1);
	CHECK_EQ(count, 1);
	CHECK_EQ(r.ax, 0);
	CHECK_EQ(r.si, 0x66666666);
	CHECK_EQ(r.di, 0x33333333);
	sigset_t mask;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK_EQ(sigismember(&mask, SIGUSR2), 1);
	CHECK_EQ(sigismember(&mask, 41), 1);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

static void spoil_fpu(int signal)
{
	(void)signal;
	unsigned char junk[16];
	memset(junk, 0xee, sizeof(junk));
	__asm__ volatile("fninit; fldpi; fldpi; fldpi; movups %0, %%xmm1" : : "m"(junk) : "xmm1");
	count++;
}

TEST(floating_point_comes_back)
{
	on(SIGUSR1, spoil_fpu, 0);
	float four[4] = { 1.5f, 2.5f, 3.5f, 4.5f }, after[4];
	double x = 0;
	unsigned short cw = 0x27f, cw_after;
	pid_t pid = getpid();
	count = 0;
	__asm__ volatile("fldcw %3; fld1; movups %2, %%xmm1; int $0x80; movups %%xmm1, %1; fstpl %0; fnstcw %4"
		: "=m"(x), "=m"(after)
		: "m"(four), "m"(cw), "m"(cw_after), "a"(37), "b"(pid), "c"(SIGUSR1)
		: "xmm1", "memory");
	CHECK_EQ(count, 1);
	CHECK(x == 1.0);
	CHECK(memcmp(four, after, sizeof(four)) == 0);
	CHECK_EQ(cw_after, 0x27f);
	__asm__ volatile("fninit");
}

static void change_fpu(int signal)
{
	CONTEXT(signal);
	volatile unsigned char *fp = (unsigned char *)sc->fpstate;
	/* 2.0 in st(0), in the part that FSAVE has. */
	fp[28 + 8] = 0;
	fp[28 + 9] = 0x40;
	CHECK_EQ(*(volatile unsigned short *)(fp + 110), 0);
	CHECK_EQ(*(volatile unsigned *)fp & 0xffff0000, 0xffff0000);
	count++;
}

TEST(the_first_part_of_the_state_counts)
{
	on(SIGUSR1, change_fpu, 0);
	double x = 0;
	pid_t pid = getpid();
	count = 0;
	__asm__ volatile("fld1; int $0x80; fstpl %0" : "=m"(x) : "a"(37), "b"(pid), "c"(SIGUSR1) : "memory");
	CHECK_EQ(count, 1);
	CHECK(x == 2.0);
}

static char alt[65536] __attribute__((aligned(16)));

static void on_alt_stack(int signal)
{
	char *here = (char *)&signal;
	CHECK(here >= alt && here < alt + sizeof(alt));
	stack_t old;
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, SS_ONSTACK);
	count++;
}

TEST(the_alternate_stack)
{
	stack_t stack = { .ss_sp = alt, .ss_size = sizeof(alt) }, old;
	REQUIRE(sigaltstack(&stack, NULL) == 0);
	on(SIGUSR1, on_alt_stack, SA_ONSTACK | SA_SIGINFO);
	count = 0;
	raise(SIGUSR1);
	on(SIGUSR1, on_alt_stack, SA_ONSTACK);
	raise(SIGUSR1);
	CHECK_EQ(count, 2);
	CHECK_EQ(sigaltstack(NULL, &old), 0);
	CHECK_EQ(old.ss_flags, 0);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
}

static sigjmp_buf out;

static void on_fault(int signal, siginfo_t *info, void *uc_ptr)
{
	(void)uc_ptr;
	got = signal;
	CHECK_EQ((unsigned)info->si_addr, 0x10);
	CHECK_EQ(info->si_code, SEGV_MAPERR);
	siglongjmp(out, 1);
}

TEST(a_fault)
{
	on(SIGSEGV, on_fault, SA_SIGINFO);
	got = 0;
	if (sigsetjmp(out, 1) == 0)
		*(volatile int *)0x10 = 1;
	CHECK_EQ(got, SIGSEGV);
	on(SIGSEGV, NULL, 0);
}

/* Calls are begun again by INT 0x80, whatever door they came in by. */
static long vsyscall_read(int fd, void *buf, size_t len)
{
	long result;
	__asm__ volatile("call *%%gs:0x10" : "=a"(result) : "0"(3), "b"(fd), "c"(buf), "d"(len) : "memory");
	return result;
}

static int fds[2];

static void feed(int signal)
{
	(void)signal;
	count++;
	if (write(fds[1], "x", 1) != 1)
		_exit(1);
}

TEST(interrupted_calls)
{
	char c;
	REQUIRE(pipe(fds) == 0);
	struct itimerval soon = { .it_value = { .tv_usec = 20000 } };
	on(SIGALRM, feed, SA_RESTART);
	count = 0;
	REQUIRE(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	CHECK_EQ(vsyscall_read(fds[0], &c, 1), 1);
	CHECK_EQ(count, 1);
	long result;
	REQUIRE(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	__asm__ volatile("int $0x80" : "=a"(result) : "0"(3), "b"(fds[0]), "c"(&c), "d"(1) : "memory");
	CHECK_EQ(result, 1);
	CHECK_EQ(count, 2);
	on(SIGALRM, feed, 0);
	REQUIRE(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	CHECK_EQ(vsyscall_read(fds[0], &c, 1), -EINTR);
	CHECK_EQ(vsyscall_read(fds[0], &c, 1), 1);
}

/* A stop and a continuation: nanosleep goes on by restart_syscall. */
TEST(restart_syscall)
{
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		struct timespec span = { .tv_nsec = 200 * 1000 * 1000 };
		_exit(syscall(SYS_nanosleep, &span, NULL) == 0 ? 0 : 1);
	}
	int status;
	REQUIRE(kill(child, SIGSTOP) == 0);
	REQUIRE(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
	REQUIRE(kill(child, SIGCONT) == 0);
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
}

TEST_MAIN
