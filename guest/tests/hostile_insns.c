// Every privileged instruction, and every other that a program may not execute, ends in the signal that Linux sends.
/* test: slow timeout=120 */
#include "test.h"
#include <sys/prctl.h>
#include <sys/ucontext.h>

/* The signal that ended a child, in memory that it shares. */
struct taken {
	int signal, code, trap, error;
	long address, ip;
};
static volatile struct taken *taken;
static unsigned char *page; /* rwx; the code stands at its start */

static void on_signal(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	taken->signal = signal;
	taken->code = info->si_code;
	taken->address = (long)info->si_addr;
	taken->trap = (int)uc->uc_mcontext.gregs[REG_TRAPNO];
	taken->error = (int)uc->uc_mcontext.gregs[REG_ERR];
	taken->ip = uc->uc_mcontext.gregs[REG_RIP];
	_exit(3);
}

static void catch_all(void)
{
	static char stack[65536];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&alt, NULL);
	for (int signal = 1; signal < 32; signal++)
		sigaction(signal, &sa, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_usec = 300000 }, NULL);
}

/* rax, rbx, rcx, rdx and rsi hold the address of the page's second half, rdi 0, r15 the address of the code. */
static void run(const unsigned char *code, size_t n)
{
	memset(page, 0x90, 64);
	memcpy(page, code, n);
	memcpy(page + n, "\x0f\x05", 2); /* then exit(0), by rax and rdi as the code's end finds them */
	asm volatile("mov %0, %%r15; mov %1, %%rax; mov %%rax, %%rbx; mov %%rax, %%rcx; mov %%rax, %%rdx; mov %%rax, %%rsi;"
		     "xor %%edi, %%edi; jmp *%%r15"
		     :
		     : "r"(page), "r"(page + 2048)
		     : "memory");
	__builtin_unreachable();
}

struct insn {
	const char *name;
	const char *code;
	size_t n;
	int any; /* processors and emulators differ: only the kernel has to survive */
};
#define I(name, code) { name, code, sizeof code - 1, 0 }
#define ANY(name, code) { name, code, sizeof code - 1, 1 }

static const struct insn insns[] = {
	I("hlt", "\xf4"), I("cli", "\xfa"), I("sti", "\xfb"),
	I("in al,dx", "\xec"), I("in eax,dx", "\xed"), I("in al,imm", "\xe4\x80"), I("in eax,imm", "\xe5\x80"),
	I("out dx,al", "\xee"), I("out dx,eax", "\xef"), I("out imm,al", "\xe6\x80"), I("out imm,eax", "\xe7\x80"),
	I("insb", "\x6c"), I("insd", "\x6d"), I("outsb", "\x6e"), I("outsd", "\x6f"), I("rep insb", "\xf3\x6c"),
	I("lgdt", "\x0f\x01\x10"), I("lidt", "\x0f\x01\x18"), I("lldt", "\x0f\x00\xd0"), I("ltr", "\x0f\x00\xd8"),
	I("lmsw", "\x0f\x01\xf0"), I("clts", "\x0f\x06"),
	I("mov rax,cr0", "\x0f\x20\xc0"), I("mov rax,cr2", "\x0f\x20\xd0"), I("mov rax,cr3", "\x0f\x20\xd8"),
	I("mov rax,cr4", "\x0f\x20\xe0"), I("mov rax,cr8", "\x44\x0f\x20\xc0"),
	I("mov cr0,rax", "\x0f\x22\xc0"), I("mov cr2,rax", "\x0f\x22\xd0"), I("mov cr3,rax", "\x0f\x22\xd8"),
	I("mov cr4,rax", "\x0f\x22\xe0"), I("mov cr8,rax", "\x44\x0f\x22\xc0"), ANY("mov rax,cr5", "\x0f\x20\xe8"),
	I("mov rax,dr0", "\x0f\x21\xc0"), I("mov rax,dr7", "\x0f\x21\xf8"),
	I("mov dr0,rax", "\x0f\x23\xc0"), I("mov dr7,rax", "\x0f\x23\xf8"),
	I("rdmsr", "\x0f\x32"), I("wrmsr", "\x0f\x30"),
	I("wrmsr lstar", "\xb9\x82\x00\x00\xc0\x0f\x30"), I("rdmsr efer", "\xb9\x80\x00\x00\xc0\x0f\x32"),
	I("rdpmc", "\x31\xc9\x0f\x33"),
	I("invlpg", "\x0f\x01\x38"), I("invd", "\x0f\x08"), I("wbinvd", "\x0f\x09"), I("swapgs", "\x0f\x01\xf8"),
	ANY("invpcid", "\x66\x0f\x38\x82\x08"),
	I("sysretq", "\x48\x0f\x07"), I("sysretl", "\x0f\x07"), ANY("sysexit", "\x0f\x35"), ANY("sysexitq", "\x48\x0f\x35"),
	ANY("sysenter", "\x0f\x34"), ANY("rsm", "\x0f\xaa"),
	ANY("vmcall", "\x0f\x01\xc1"), ANY("vmmcall", "\x0f\x01\xd9"), ANY("vmlaunch", "\x0f\x01\xc2"),
	ANY("vmresume", "\x0f\x01\xc3"), ANY("vmxoff", "\x0f\x01\xc4"), ANY("vmrun", "\x0f\x01\xd8"),
	ANY("vmload", "\x0f\x01\xda"), ANY("vmsave", "\x0f\x01\xdb"), ANY("stgi", "\x0f\x01\xdc"),
	ANY("clgi", "\x0f\x01\xdd"), ANY("skinit", "\x0f\x01\xde"), ANY("invlpga", "\x0f\x01\xdf"),
	ANY("vmptrld", "\x0f\xc7\x30"), ANY("vmclear", "\x66\x0f\xc7\x30"), ANY("vmxon", "\xf3\x0f\xc7\x30"),
	ANY("vmread", "\x0f\x78\xc0"), ANY("vmwrite", "\x0f\x79\xc0"), ANY("vmfunc", "\x0f\x01\xd4"),
	ANY("invept", "\x66\x0f\x38\x80\x08"), ANY("getsec", "\x0f\x37"), ANY("encls", "\x0f\x01\xcf"),
	ANY("monitor", "\x0f\x01\xc8"), ANY("mwait", "\x0f\x01\xc9"), ANY("xsetbv", "\x31\xc9\x0f\x01\xd1"),
	ANY("stac", "\x0f\x01\xcb"), ANY("clac", "\x0f\x01\xca"),
	ANY("xsaves", "\x0f\xc7\x28"), ANY("xrstors", "\x0f\xc7\x18"), ANY("wrpkru", "\x0f\x01\xef"),
	ANY("wrssq", "\x48\x0f\x38\xf6\x00"), ANY("setssbsy", "\xf3\x0f\x01\xe8"), ANY("clui", "\xf3\x0f\x01\xee"),
	ANY("senduipi", "\xf3\x0f\xc7\xf0"), ANY("enqcmds", "\xf3\x0f\x38\xf8\x00"), ANY("tpause", "\x66\x0f\xae\xf0"),
	ANY("sgdt", "\x0f\x01\x00"), ANY("sidt", "\x0f\x01\x08"), ANY("sldt", "\x0f\x00\xc0"), ANY("str", "\x0f\x00\xc8"),
	ANY("smsw", "\x0f\x01\xe0"),
	I("mov cs,eax", "\x8e\xc8"), I("lds", "\xc5\x00\x90\x90\x90"), I("into", "\xce"), I("bound", "\x62\x00\x90\x90\x90"),
	I("ud0", "\x0f\xff\xc0"), I("ud1", "\x0f\xb9\xc0"), I("ud2", "\x0f\x0b"), I("push es", "\x06"), I("aam", "\xd4\x0a"),
	ANY("lock mov", "\xf0\x89\xc0"), ANY("lock hlt", "\xf0\xf4"),
	I("int3", "\xcc"), I("int 3", "\xcd\x03"), ANY("int1", "\xf1"),
	I("idiv by 0", "\x31\xc9\xf7\xf9"), I("idiv overflow", "\xb8\x00\x00\x00\x80\x99\x83\xc9\xff\xf7\xf9"),
	ANY("iretq, all zero", "\x6a\x00\x6a\x00\x6a\x00\x6a\x00\x6a\x00\x48\xcf"),
	ANY("iretq to kernel cs", "\x6a\x18\x54\x9c\x6a\x10\x50\x48\xcf"),
	ANY("iretq, cs 0x13", "\x6a\x2b\x54\x9c\x6a\x13\x50\x48\xcf"),
	ANY("iretq, ss 0", "\x6a\x00\x54\x9c\x6a\x33\x50\x48\xcf"),
	ANY("iretq, ss 0x18", "\x6a\x18\x54\x9c\x6a\x33\x50\x48\xcf"),
	ANY("iretq, cs beyond the table", "\x6a\x2b\x54\x9c\x68\xfb\xff\x00\x00\x50\x48\xcf"),
	ANY("iretq, cs of data", "\x6a\x2b\x54\x9c\x6a\x2b\x50\x48\xcf"),
	ANY("iretd, all zero", "\x6a\x00\x6a\x00\x6a\x00\xcf"),
	ANY("far return, cs 0", "\x6a\x00\x50\x48\xcb"), ANY("far return, kernel cs", "\x6a\x10\x50\x48\xcb"),
	ANY("far return, tss", "\x6a\x40\x50\x48\xcb"), ANY("far return, ldt", "\x6a\x07\x50\x48\xcb"),
	I("far jump through 0", "\x31\xc0\x89\x03\x89\x43\x04\xff\x2b"),
	I("far call, kernel cs", "\xc7\x43\x04\x10\x00\x00\x00\xff\x1b"),
	I("jump to 0", "\x31\xc0\xff\xe0"),
	I("jump to the kernel", "\x48\xb8\x00\x00\x00\x81\xff\xff\xff\xff\xff\xe0"),
	I("jump to the direct map", "\x48\xb8\x00\x00\x00\x00\x80\x88\xff\xff\xff\xe0"),
	I("jump to the last byte", "\x48\x83\xc8\xff\xff\xe0"),
	ANY("jump above user space", "\x48\xb8\x00\xf0\xff\xff\xff\x7f\x00\x00\xff\xe0"),
	ANY("jump, not canonical", "\x48\xb8\x00\x00\x00\x00\x00\x80\x00\x00\xff\xe0"),
	ANY("jump, far from canonical", "\x48\xb8\x41\x41\x41\x41\x41\x41\x41\x41\xff\xe0"),
	ANY("ret, not canonical", "\x48\xb8\x41\x41\x41\x41\x41\x41\x41\x41\x50\xc3"),
	I("read the kernel", "\x48\xb8\x00\x00\x00\x81\xff\xff\xff\xff\x8b\x00"),
	I("write the kernel", "\x48\xb8\x00\x00\x00\x81\xff\xff\xff\xff\x89\x00"),
	I("read the direct map", "\x48\xb8\x00\x00\x00\x00\x80\x88\xff\xff\x8b\x00"),
	I("read the last bytes", "\x48\x83\xc8\xff\x8b\x40\xf0"),
	ANY("read, not canonical", "\x48\xb8\x00\x00\x00\x00\x00\x80\x00\x00\x8b\x00"),
	ANY("push, not canonical", "\x48\xbc\x00\x00\x00\x00\x00\x80\x00\x00\x50"),
	I("read 0", "\x31\xc0\x8b\x00"), I("write code of this page's neighbour", "\x48\x8d\x83\x00\x08\x00\x00\x89\x00"),
	I("movaps, not aligned", "\x0f\x28\x40\x01"),
	ANY("mxcsr, reserved bits", "\xc7\x00\xff\xff\xff\xff\x0f\xae\x10"),
	ANY("simd division by 0", "\xc7\x00\x80\x1d\x00\x00\x0f\xae\x10\x0f\x57\xc0\xf3\x0f\xc2\xc8\x00\xb9\x01\x00\x00\x00"
				"\xf3\x0f\x2a\xc9\xf3\x0f\x5e\xc8"),
	I("x87 division by 0", "\xc7\x00\x7b\x03\x00\x00\xd9\x28\xd9\xe8\xd9\xee\xde\xf9\x9b"),
};

static const char *outcome(int status, int error)
{
	static char text[160];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		snprintf(text, sizeof text, "signal %d code %d trap %d error %d address %s", taken->signal, taken->code,
			 taken->trap, error ? taken->error : -1,
			 !taken->address ? "0" :
			 taken->address == taken->ip ? "of the instruction" :
			 taken->address == (long)page + 4096 ? "of the next page" : "other");
	else
		snprintf(text, sizeof text, "status %x", status);
	return text;
}

static int run_child(const unsigned char *code, size_t n)
{
	pid_t pid = test_fork();

	if (pid == 0) {
		catch_all();
		run(code, n);
	}
	return test_wait(pid);
}

TEST(instructions)
{
	for (size_t i = 0; i < sizeof insns / sizeof *insns; i++) {
		const struct insn *insn = &insns[i];
		memset((void *)taken, 0, sizeof *taken);
		int status = run_child((const unsigned char *)insn->code, insn->n);

		if (WIFEXITED(status) && WEXITSTATUS(status) == 3 && taken->signal == SIGALRM)
			test_fail(__LINE__, "%s never ends", insn->name);
		if (!insn->any)
			printf("%s: %s\n", insn->name, outcome(status, 1));
	}
}

/* The emulator multiplies the vector wrongly in the error code: that is not compared. */
TEST(interrupts)
{
	for (int vector = 0; vector < 256; vector++) {
		unsigned char code[] = { 0xcd, (unsigned char)vector };

		if (vector == 0x80)
			continue;
		memset((void *)taken, 0, sizeof *taken);
		printf("int %d: %s\n", vector, outcome(run_child(code, 2), 0));
	}
}

/* No bytes at all may hurt the kernel. */
TEST(random_bytes)
{
	unsigned long seed = 20240611;

	for (int i = 0; i < 200; i++) {
		unsigned char code[24];

		for (size_t k = 0; k < sizeof code; k++) {
			seed = seed * 6364136223846793005UL + 1442695040888963407UL;
			code[k] = (unsigned char)(seed >> 33);
		}
		/* half of them from the page of two-byte instructions, where the privileged ones are */
		if (i & 1)
			code[0] = 0x0f;
		/* a system call by chance may do harm where this runs: none */
		for (size_t k = 0; k + 1 < sizeof code; k++)
			if ((code[k] == 0x0f && (code[k + 1] == 5 || code[k + 1] == 0x34)) ||
			    (code[k] == 0xcd && code[k + 1] == 0x80))
				code[k] = 0x90;
		run_child(code, sizeof code);
	}
}

int main(void)
{
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	taken = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mprotect(page + 4096, 4096, PROT_READ);
	prctl(PR_SET_DUMPABLE, 0);
	return test_run_cases();
}
