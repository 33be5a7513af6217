// System calls with every flag set and any stack pointer, and at the very end of user space.
#include "test.h"
#include <sys/ucontext.h>

#define CF 0x1
#define TF 0x100
#define DF 0x400
#define OF 0x800
#define NT 0x4000
#define RF 0x10000
#define AC 0x40000
#define ID 0x200000

static volatile int traps, last_signal, last_code;
static volatile unsigned long first_ip, last_ip, handler_flags;
static sigjmp_buf back;
extern char after_call[], stepped[];

static unsigned long flags(void)
{
	unsigned long value;

	asm volatile("pushfq; popq %0" : "=r"(value));
	return value;
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
	unsigned long ip = (unsigned long)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

	(void)signal;
	if (!traps++)
		first_ip = ip;
	last_ip = ip;
	last_code = info->si_code;
	handler_flags = flags();
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)context;
	last_signal = signal;
	last_code = info->si_code;
	siglongjmp(back, 1);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *))
{
	static char stack[65536];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&alt, NULL);
	sigaction(signal, &sa, NULL);
}

static unsigned long with_flags(unsigned long set, long nr)
{
	unsigned long after, before;

	asm volatile("pushfq; popq %1; push %2; popfq; syscall; pushfq; popq %0; push %1; popfq; cld"
		     : "=&r"(after), "=&r"(before) : "r"(0x202 | set), "a"(nr), "D"(0), "S"(0), "d"(0)
		     : "rcx", "r11", "memory", "cc");
	return after;
}

TEST(flags_survive_a_call)
{
	static const unsigned long sets[] = { 0, DF, AC, NT, ID, OF | CF, DF | AC | NT | ID | OF | 0xd5, 0x3000, 0x20000, 0x180000 };

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		printf("%lx: %lx %lx %lx\n", sets[i], with_flags(sets[i], SYS_getpid), with_flags(sets[i], 1000000),
		       with_flags(sets[i], SYS_sched_yield));
}

static unsigned long spin_with_flags(unsigned long set)
{
	unsigned long after;

	asm volatile("push %1; popfq; mov $30000000, %%rcx; 1: lea -1(%%rcx), %%rcx; jrcxz 2f; jmp 1b; 2: pushfq; popq %0; push $0x202; popfq"
		     : "=&r"(after) : "r"(0x202 | set) : "rcx", "memory", "cc");
	return after;
}

TEST(flags_survive_interrupts)
{
	printf("%lx\n", spin_with_flags(DF | AC | NT | ID | OF | 0xd5));
}

TEST(flags_survive_faults)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long after;

	asm volatile("push %1; popfq; movb $1, (%2); movb $1, 4096(%2); pushfq; popq %0; push $0x202; popfq"
		     : "=&r"(after) : "r"(0x202UL | DF | AC | NT | ID), "r"(page) : "memory", "cc");
	printf("%lx\n", after);
	/* and to a handler and back */
	handle(SIGTRAP, on_trap);
	asm volatile("push %1; popfq; int3; pushfq; popq %0; push $0x202; popfq"
		     : "=&r"(after) : "r"(0x202UL | DF | AC | NT | ID) : "memory", "cc");
	printf("%lx, in the handler %lx\n", after, handler_flags & (DF | AC | NT | ID | TF));
}

TEST(alignment_check)
{
	char *volatile buffer = (char *)malloc(64);

	handle(SIGBUS, on_fault);
	if (!sigsetjmp(back, 1)) {
		asm volatile("push %0; popfq; movl (%1), %%eax; push $0x202; popfq" : : "r"(0x202UL | AC), "r"(buffer + 1) : "rax", "memory", "cc");
	} else { /* the emulator does not check */
		asm volatile("push $0x202; popfq" ::: "cc");
		CHECK_EQ(last_signal, SIGBUS);
		CHECK_EQ(last_code, BUS_ADRALN);
	}
}

TEST(single_step_over_a_call)
{
	handle(SIGTRAP, on_trap);
	traps = 0;
	asm volatile("pushfq; orq $0x100, (%%rsp); popfq; mov $39, %%eax; syscall; .globl after_call; after_call: nop;"
		     "pushfq; andq $~0x100, (%%rsp); popfq; .globl stepped; stepped: nop" ::: "rax", "rcx", "r11", "memory", "cc");
	printf("%d traps, code %d\n", traps, last_code);
	/* a call that is not there, one that sleeps, one with RF in its frame */
	traps = 0;
	asm volatile("pushfq; orq $0x100, (%%rsp); popfq; mov $1000000, %%eax; syscall; nop; mov $24, %%eax; syscall;"
		     "pushfq; andq $~0x100, (%%rsp); popfq; nop" ::: "rax", "rcx", "r11", "memory", "cc");
	printf("%d traps, code %d\n", traps, last_code);
}

TEST(step_into_a_fault)
{
	handle(SIGTRAP, on_trap);
	handle(SIGSEGV, on_fault);
	traps = 0;
	if (!sigsetjmp(back, 1))
		asm volatile("pushfq; orq $0x100, (%%rsp); popfq; xor %%eax, %%eax; movb (%%rax), %%al; nop" ::: "rax", "memory", "cc");
	printf("%d traps, signal %d code %d, flags %lx\n", traps, last_signal, last_code, flags() & TF);
}

/* Blocked, it comes as a default action that cannot be blocked. */
TEST(blocked_trap)
{
	printf("%x\n", IN_CHILD({
		sigset_t set;
		handle(SIGTRAP, on_trap);
		sigfillset(&set);
		sigprocmask(SIG_BLOCK, &set, NULL);
		asm volatile("int3");
	}));
	printf("%x\n", IN_CHILD({ signal(SIGSEGV, SIG_IGN); *(volatile int *)BAD_PTR = 1; }));
}

TEST(any_stack_pointer)
{
	static const unsigned long stacks[] = {
		0, 1, 7, 0x10000, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 0x4141414141414141, 0xffff7fffffffffff,
		0xffff888000000000, 0xffffffff80000000, 0xfffffffffffffff8, -1UL,
	};

	for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
		long pid, none;
		unsigned long kept;
		asm volatile("mov %%rsp, %%r12; mov %3, %%rsp; mov $39, %%eax; syscall; mov %%rax, %0; mov $1000000, %%eax; syscall;"
			     "mov %%rax, %1; mov $24, %%eax; syscall; mov %%rsp, %2; mov %%r12, %%rsp"
			     : "=&r"(pid), "=&r"(none), "=&r"(kept) : "r"(stacks[i]) : "rax", "rcx", "r11", "r12", "memory");
		CHECK_EQ(pid, getpid());
		CHECK_EQ(none, -ENOSYS);
		CHECK_EQ(kept, stacks[i]);
		/* a signal finds no stack: that is the end */
		int status = IN_CHILD({
			signal(SIGSEGV, SIG_DFL);
			signal(SIGUSR1, (void (*)(int))on_trap);
			asm volatile("mov %0, %%rsp; mov $39, %%eax; syscall; mov %%eax, %%edi; mov $10, %%esi; mov $62, %%eax; syscall;"
				     "mov $60, %%eax; xor %%edi, %%edi; syscall" : : "r"(stacks[i]) : "memory");
		});
		printf("%lx: %x\n", stacks[i], status);
	}
}

/* The address after the last instruction of user space is not one that SYSRET may be given on some processors. */
TEST(call_at_the_end_of_user_space)
{
	char *last = mmap((void *)0x7fffffffe000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (last == MAP_FAILED) {
		printf("not mapped: %s\n", strerrorname_np(errno));
		return;
	}
	memcpy(last + 4094, "\x0f\x05", 2);
	handle(SIGSEGV, on_fault);
	for (int i = 0; i < 3; i++) {
		last_signal = 0;
		if (!sigsetjmp(back, 1))
			asm volatile("mov %1, %%eax; jmp *%0" : : "r"(last + 4094), "r"(i ? 1000000 * i : 39) : "rax", "rcx", "r11", "memory");
		printf("signal %d code %d\n", last_signal, last_code);
	}
	munmap(last, 4096);
}

TEST_MAIN
