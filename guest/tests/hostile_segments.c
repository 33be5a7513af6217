// Selectors of every kind in every segment register, wild FS and GS bases, and what of it survives what.
/* test: slow timeout=60 */
#include "test.h"
#include <asm/prctl.h>
#include <sys/auxv.h>
#include <sys/ucontext.h>

static const char *self;

/* Selectors whose loading goes through, as ranges. A TLS or processor-number segment may be there or not. */
static void list(const char *name, int (*load)(unsigned))
{
	int start = -1;

	printf("%s:", name);
	for (int selector = 0; selector <= 0x100; selector++) {
		int skip = selector >= 0x60 && selector < 0x80;
		int good = !skip && selector < 0x100 && load((unsigned)selector);

		if (good && start < 0)
			start = selector;
		if (!good && start >= 0 && !skip) {
			printf(" %x-%x", start, selector - 1);
			start = -1;
		}
	}
	printf("\n");
}

static sigjmp_buf back;
static volatile int last_signal, last_code, last_trap, last_error;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	last_signal = signal;
	last_code = info->si_code;
	last_trap = (int)uc->uc_mcontext.gregs[REG_TRAPNO];
	last_error = (int)uc->uc_mcontext.gregs[REG_ERR];
	siglongjmp(back, 1);
}

#define LOADER(reg)                                                            \
	static int load_##reg(unsigned selector)                               \
	{                                                                      \
		unsigned old;                                                  \
		if (sigsetjmp(back, 1))                                        \
			return 0;                                              \
		asm volatile("mov %%" #reg ", %0" : "=r"(old));                \
		asm volatile("mov %0, %%" #reg "; mov %1, %%" #reg : : "r"(selector), "r"(old)); \
		return 1;                                                      \
	}
LOADER(ds)
LOADER(es)
LOADER(gs)
LOADER(ss)

/* FS holds the thread pointer: its base has to come back before C code runs. */
static int load_fs(unsigned selector)
{
	pid_t pid = test_fork();

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		asm volatile("mov %0, %%fs; mov $60, %%eax; xor %%edi, %%edi; syscall" : : "r"(selector));
	}
	return test_wait(pid) == 0;
}

#define QUERY(insn)                                                            \
	static int do_##insn(unsigned selector)                                \
	{                                                                      \
		unsigned char good;                                            \
		if (sigsetjmp(back, 1))                                        \
			return 0;                                              \
		asm volatile(#insn " %1, %%eax; sete %0" : "=r"(good) : "r"(selector) : "eax", "cc"); \
		return good;                                                   \
	}
#define VERIFY(insn)                                                           \
	static int do_##insn(unsigned selector)                                \
	{                                                                      \
		unsigned char good;                                            \
		asm volatile(#insn " %w1; sete %0" : "=r"(good) : "r"(selector) : "cc"); \
		return good;                                                   \
	}
QUERY(lar)
QUERY(lsl)
VERIFY(verr)
VERIFY(verw)

static void catch(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	sigaction(SIGTRAP, &sa, NULL);
}

TEST(selectors)
{
	catch(on_fault);
	list("ds", load_ds);
	list("es", load_es);
	list("fs", load_fs);
	list("gs", load_gs);
	list("ss", load_ss);
	list("lar", do_lar);
	list("lsl", do_lsl);
	list("verr", do_verr);
	list("verw", do_verw);
}

/* The local table is empty, whatever is mapped at low addresses. */
TEST(local_table)
{
	for (unsigned selector = 4; selector < 0x10000; selector = selector * 2 + 5)
		for (unsigned rpl = 0; rpl < 4; rpl++)
			CHECK_EQ(load_es((selector & ~3u) | 4 | rpl), 0);
	CHECK_EQ(last_signal, SIGSEGV);
	CHECK_EQ(last_trap, 13);
	/* descriptors of a call gate and of data, as far down as a program may map */
	uint64_t *low = mmap((void *)0x10000 - 4096, 8192, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (low == MAP_FAILED)
		low = mmap((void *)0x10000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	else
		for (int i = 0; i < 1024; i++)
			low[i] = 0x00cff3000000ffff;
	for (unsigned selector = 0xf007; selector < 0x10000; selector += 8)
		CHECK_EQ(load_es(selector), 0);
}

static void spin(long ms)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
}

static unsigned ds(void) { unsigned v; asm volatile("mov %%ds, %0" : "=r"(v)); return v; }
static unsigned es(void) { unsigned v; asm volatile("mov %%es, %0" : "=r"(v)); return v; }
static unsigned gs(void) { unsigned v; asm volatile("mov %%gs, %0" : "=r"(v)); return v; }

static void load_all(unsigned selector)
{
	asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%gs" : : "r"(selector));
}

/* Three processes with different selectors, on fewer processors. */
TEST(switches)
{
	static const unsigned selectors[] = { 0, 0x2b, 0x2a, 0, 0x2b, 0x29 };
	pid_t pids[6];

	for (int i = 0; i < 6; i++) {
		pids[i] = test_fork();
		if (pids[i] == 0) {
			load_all(selectors[i]);
			for (int k = 0; k < 8; k++) {
				spin(5);
				syscall(SYS_sched_yield);
				if (ds() != selectors[i] || es() != selectors[i] || gs() != selectors[i])
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 6; i++)
		CHECK_EQ(test_wait(pids[i]), 0);
}

TEST(fork_and_exec)
{
	load_all(0x2b);
	CHECK_EQ(IN_CHILD({ CHECK_EQ(ds(), 0x2b); CHECK_EQ(es(), 0x2b); CHECK_EQ(gs(), 0x2b); }), 0);
	CHECK_EQ(IN_CHILD(execl(self, self, "selectors", NULL)), 0);
	load_all(0);
}

static unsigned handler_ds, handler_es, handler_gs;
static void on_usr1(int signal) { (void)signal; handler_ds = ds(), handler_es = es(), handler_gs = gs(); load_all(0); }

TEST(handlers)
{
	signal(SIGUSR1, on_usr1);
	load_all(0x2b);
	raise(SIGUSR1);
	printf("in the handler %x %x %x, after it %x %x %x\n", handler_ds, handler_es, handler_gs, ds(), es(), gs());
	load_all(0);
}

static unsigned long rdgs(void) { unsigned long v; asm volatile("rdgsbase %0" : "=r"(v)); return v; }
static void wrgs(unsigned long v) { asm volatile("wrgsbase %0" : : "r"(v)); }

static volatile int got;
static void on_count(int signal) { (void)signal; got++; }

TEST(wild_gs_base)
{
	static const unsigned long bases[] = {
		0, 1, 0x7fffffffffff, 0x7ffffffff000, 0xffff800000000000, 0xffff888000000000, 0xffffffff80000000,
		0xffffffff81000000, 0xfffffffffffff000, -1UL,
	};

	if (!(getauxval(AT_HWCAP2) & 2))
		SKIP("no FSGSBASE");
	signal(SIGALRM, on_count);
	signal(SIGUSR1, on_count);
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		wrgs(bases[i]);
		/* system calls, timer interrupts, page faults, signals, a switch, a debug trap */
		setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 2000 }, { 0, 2000 } }, NULL);
		spin(12);
		setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
		raise(SIGUSR1);
		char *page = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		memset(page, 1, 65536);
		munmap(page, 65536);
		syscall(SYS_sched_yield);
		unsigned long now = rdgs(), told = 1;
		syscall(SYS_arch_prctl, ARCH_GET_GS, &told);
		CHECK_EQ(now, bases[i]);
		CHECK_EQ(told, bases[i]);
		CHECK_EQ(IN_CHILD(CHECK_EQ(rdgs(), bases[i])), 0);
	}
	CHECK(got > 10);
	wrgs(0);
	CHECK_ERRNO(syscall(SYS_arch_prctl, ARCH_SET_GS, 0xffff888000000000), EPERM);
	CHECK_ERRNO(syscall(SYS_arch_prctl, ARCH_SET_FS, 0x4141414141414141), EPERM);
}

/* With a single step from one instruction to the next: the debug trap has a stack of its own. */
static volatile int traps;
static void on_trap(int signal) { (void)signal; traps++; }

TEST(wild_gs_base_in_single_steps)
{
	if (!(getauxval(AT_HWCAP2) & 2))
		SKIP("no FSGSBASE");
	signal(SIGTRAP, on_trap);
	asm volatile("wrgsbase %0; pushfq; orq $0x100, (%%rsp); popfq; nop; mov $39, %%eax; syscall; nop;"
		     "pushfq; andq $~0x100, (%%rsp); popfq; nop" : : "r"(0xffffffff81000000) : "rax", "rcx", "r11", "cc", "memory");
	printf("%d traps, base %lx\n", traps, rdgs());
	wrgs(0);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		unsigned fs;
		asm volatile("mov %%fs, %0" : "=r"(fs));
		return ds() || es() || gs() || fs;
	}
	self = "/proc/self/exe";
	return test_run_cases();
}
