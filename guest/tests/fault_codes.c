// What a program learns of its faults: signal, si_code, si_addr, trap number and error code (sigaction(2)).
// Left out is what QEMU gets wrong: a stack pointer that is not canonical, int1, the error code of int $N, SSE's exceptions.
#include "test.h"
#include <sys/ucontext.h>

static sigjmp_buf back;
static volatile int signo, code, trap, err;
static void *volatile addr;
static volatile unsigned long ip;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	signo = signal;
	code = info->si_code;
	addr = info->si_addr;
	trap = uc->uc_mcontext.gregs[REG_TRAPNO];
	err = uc->uc_mcontext.gregs[REG_ERR];
	ip = uc->uc_mcontext.gregs[REG_RIP];
	siglongjmp(back, 1);
}

static void report(const char *name, void *where)
{
	const char *at = addr == where ? "as expected" : addr == (void *)ip ? "the instruction" : addr ? "elsewhere" : "0";

	printf("%s: SIG%s code %d, address %s, trap %d, error %x\n", name, sigabbrev_np(signo), code, at, trap, err);
}

#define FAULT(name, where, ...)                                                \
	do {                                                                   \
		signo = code = trap = err = 0;                                 \
		addr = NULL;                                                   \
		if (!sigsetjmp(back, 1)) {                                     \
			__VA_ARGS__;                                           \
			printf("%s: nothing\n", name);                         \
		} else                                                         \
			report(name, where);                                   \
	} while (0)

static void read_at(volatile char *at)
{
	(void)*at;
}

static void write_at(volatile char *at)
{
	*at = 1;
}

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	static char alternate[65536];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
	int fd = make_file("file", "x");
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *gone = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *untouched = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *copy = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	char *kernel = (char *)0xffffffff81000000, *bent = (char *)0x4141414141414141, *edge = (char *)0x7ffffffff000;

	sigaltstack(&stack, NULL);
	for (int i = 0; i < 5; i++)
		sigaction(signals[i], &sa, NULL);
	munmap(gone, 4096);
	memset(data, 0xc3, 4096);

	FAULT("read of nothing", gone, read_at(gone));
	FAULT("write to nothing", gone, write_at(gone));
	FAULT("jump to nothing", gone, ((void (*)(void))gone)());
	FAULT("read of address 5", (void *)5, read_at((char *)5));
	FAULT("read of PROT_NONE", none + 7, read_at(none + 7));
	FAULT("write to PROT_READ", read_only, write_at(read_only));
	read_at(read_only);
	FAULT("write to PROT_READ, present", read_only, write_at(read_only));
	FAULT("execution of data", data, ((void (*)(void))data)());
	FAULT("execution of untouched data", untouched, ((void (*)(void))untouched)());
	FAULT("read of the kernel", kernel, read_at(kernel));
	FAULT("write to the kernel", kernel, write_at(kernel));
	FAULT("read past the end of user space", edge, read_at(edge));
	FAULT("read of a bent address", bent, read_at(bent));
	FAULT("jump to a bent address", bent, ((void (*)(void))bent)());
	FAULT("read beyond the file", file + 4096, read_at(file + 4096));
	FAULT("write beyond the file", file + 4097, write_at(file + 4097));
	FAULT("write beyond the file's copy", copy + 4096, write_at(copy + 4096));
	REQUIRE(ftruncate(fd, 0) == 0);
	FAULT("read of a truncated file", file, read_at(file));

	FAULT("division by zero", NULL, __asm__ volatile("xor %%ecx, %%ecx; div %%ecx" ::: "rax", "rcx", "rdx"));
	FAULT("quotient too large", NULL,
	      __asm__ volatile("mov $0x80000000, %%eax; cdq; mov $-1, %%ecx; idiv %%ecx" ::: "rax", "rcx", "rdx"));
	FAULT("ud2", NULL, __asm__ volatile("ud2"));
	FAULT("int3", NULL, __asm__ volatile("int3"));
	FAULT("single step", NULL, __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop" ::: "memory"));
	__asm__ volatile("pushfq; andl $~0x100, (%%rsp); popfq" ::: "memory");
	FAULT("hlt", NULL, __asm__ volatile("hlt"));
	FAULT("cli", NULL, __asm__ volatile("cli"));
	FAULT("a bad selector", NULL, __asm__ volatile("mov %0, %%ds" :: "r"(0x1234)));

	/* x87 tells of an exception at the next instruction. */
	FAULT("x87 division by zero", NULL,
	      unsigned short cw = 0x37f & ~4; __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" :: "m"(cw)));
	FAULT("x87 invalid", NULL,
	      unsigned short cw = 0x37f & ~1; __asm__ volatile("fninit; fldcw %0; fldz; fldz; fdivp; fwait" :: "m"(cw)));
	__asm__ volatile("fninit");
	return test_done();
}
