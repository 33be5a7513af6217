// Frames that rt_sigreturn must not trust: selectors, addresses, flags and extended state of every bad kind.
/* test: slow timeout=60 */
#include "test.h"
#include <sys/ucontext.h>

struct outcome {
	int signal, code, trap, returned;
	unsigned long flags;
	unsigned mxcsr;
};
static volatile struct outcome *outcome;
static void (*change)(ucontext_t *);
static char alternate[65536];

#define GREG(uc, reg) ((uc)->uc_mcontext.gregs[reg])
#define FP(uc) ((unsigned char *)(uc)->uc_mcontext.fpregs)

static void put32(unsigned char *at, unsigned value) { memcpy(at, &value, 4); }
static void put64(unsigned char *at, unsigned long value) { memcpy(at, &value, 8); }
static void set_cs(ucontext_t *uc, unsigned short cs) { memcpy(&GREG(uc, REG_CSGSFS), &cs, 2); }
static void set_ss(ucontext_t *uc, unsigned short ss) { memcpy((char *)&GREG(uc, REG_CSGSFS) + 6, &ss, 2); }

static void on_usr1(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)info;
	change(context);
}

static void on_other(int signal, siginfo_t *info, void *context)
{
	outcome->signal = signal;
	outcome->code = info->si_code;
	outcome->trap = (int)GREG((ucontext_t *)context, REG_TRAPNO);
	_exit(3);
}

/* `any`: the emulator is laxer than processors are; only the kernel has to survive. */
static void try(const char *name, void (*what)(ucontext_t *), int any)
{
	memset((void *)outcome, 0, sizeof *outcome);
	change = what;
	int status = IN_CHILD({
		struct sigaction sa = { .sa_sigaction = on_other, .sa_flags = SA_SIGINFO | SA_ONSTACK };
		stack_t alt = { .ss_sp = alternate, .ss_size = sizeof alternate };
		sigaltstack(&alt, NULL);
		for (int signal = 1; signal < 32; signal++)
			sigaction(signal, &sa, NULL);
		sa.sa_sigaction = on_usr1;
		sa.sa_flags = SA_SIGINFO;
		sigaction(SIGUSR1, &sa, NULL);
		setitimer(ITIMER_REAL, &(struct itimerval){ .it_value.tv_sec = 1 }, NULL);
		raise(SIGUSR1);
		outcome->returned = 1;
		unsigned long flags;
		unsigned mxcsr;
		asm volatile("pushfq; popq %0; stmxcsr %1; push $0x202; popfq" : "=r"(flags), "=m"(mxcsr));
		outcome->flags = flags;
		outcome->mxcsr = mxcsr;
	});
	if (any)
		return;
	if (outcome->returned)
		printf("%s: returned, status %x, flags %lx, mxcsr %x\n", name, status, outcome->flags & 0x3f7700, outcome->mxcsr);
	else
		printf("%s: status %x signal %d code %d trap %d\n", name, status, outcome->signal, outcome->code, outcome->trap);
}

#define CASE(function, ...) static void function(ucontext_t *uc) { __VA_ARGS__; }
CASE(nothing, (void)uc)
CASE(cs_0, set_cs(uc, 0)) CASE(cs_kernel, set_cs(uc, 0x10)) CASE(cs_13, set_cs(uc, 0x13)) CASE(cs_data, set_cs(uc, 0x2b))
CASE(cs_beyond, set_cs(uc, 0xfffb)) CASE(cs_ldt, set_cs(uc, 7)) CASE(cs_tss, set_cs(uc, 0x43)) CASE(cs_30, set_cs(uc, 0x30))
CASE(ss_0, set_ss(uc, 0)) CASE(ss_3, set_ss(uc, 3)) CASE(ss_kernel, set_ss(uc, 0x18)) CASE(ss_code, set_ss(uc, 0x33))
CASE(ss_beyond, set_ss(uc, 0xfffb)) CASE(ss_ldt, set_ss(uc, 7)) CASE(ss_tss, set_ss(uc, 0x40)) CASE(ss_28, set_ss(uc, 0x28))
CASE(ss_lax, uc->uc_flags &= ~6UL; set_ss(uc, 0))
CASE(ip_0, GREG(uc, REG_RIP) = 0) CASE(ip_kernel, GREG(uc, REG_RIP) = 0xffffffff81000000)
CASE(ip_bent, GREG(uc, REG_RIP) = 0x4141414141414141) CASE(ip_edge, GREG(uc, REG_RIP) = 0x7ffffffff000)
CASE(ip_minus, GREG(uc, REG_RIP) = -1)
CASE(sp_0, GREG(uc, REG_RSP) = 0) CASE(sp_bent, GREG(uc, REG_RSP) = 0x4141414141414141)
CASE(sp_kernel, GREG(uc, REG_RSP) = 0xffffffff81000000)
CASE(flags_all, GREG(uc, REG_EFL) = ~0x50500L) /* all but TF, DF, RF and AC */
CASE(flags_0, GREG(uc, REG_EFL) = 0) CASE(flags_iopl, GREG(uc, REG_EFL) |= 0x3000) CASE(flags_vm, GREG(uc, REG_EFL) |= 0x1a0000)
CASE(flags_nt, GREG(uc, REG_EFL) |= 0x4000) CASE(flags_rf, GREG(uc, REG_EFL) |= 0x10000) CASE(flags_ac, GREG(uc, REG_EFL) |= 0x40000)
CASE(flags_tf, GREG(uc, REG_EFL) |= 0x100) CASE(flags_high, GREG(uc, REG_EFL) |= 0xffffffff00000000)
CASE(fp_0, uc->uc_mcontext.fpregs = NULL) CASE(fp_1, uc->uc_mcontext.fpregs = (void *)1)
CASE(fp_kernel, uc->uc_mcontext.fpregs = (void *)0xffff888000000000) CASE(fp_bent, uc->uc_mcontext.fpregs = (void *)0x4141414141414140)
CASE(fp_unmapped, uc->uc_mcontext.fpregs = (void *)0x10000) CASE(fp_end, uc->uc_mcontext.fpregs = (void *)0x7fffffffefc0)
CASE(fp_odd, uc->uc_mcontext.fpregs = (void *)(FP(uc) + 8))
CASE(fp_mxcsr, put32(FP(uc) + 24, 0xffffffff)) CASE(fp_mxcsr_mask, put32(FP(uc) + 24, 0x1fff))
CASE(fp_magic, put32(FP(uc) + 464, 0)) CASE(fp_size_huge, put32(FP(uc) + 480, 0xffffffff)) CASE(fp_size_0, put32(FP(uc) + 480, 0))
CASE(fp_size_small, put32(FP(uc) + 480, 512)) CASE(fp_extended_0, put32(FP(uc) + 468, 0))
CASE(fp_features, put64(FP(uc) + 472, ~0UL)) CASE(fp_bv, put64(FP(uc) + 512, ~0UL)) CASE(fp_bv_0, put64(FP(uc) + 512, 0))
CASE(fp_compact, put64(FP(uc) + 520, 1UL << 63 | 7)) CASE(fp_reserved, put64(FP(uc) + 536, 1))
CASE(fp_reserved_last, put64(FP(uc) + 568, 1)) CASE(fp_bv_supervisor, put64(FP(uc) + 512, 0x103))
CASE(fp_magic2, put32(FP(uc) + *(unsigned *)(FP(uc) + 480), 0)) CASE(fp_garbage, memset(FP(uc) + 32, 0xa5, 400))
CASE(fp_fcw, memset(FP(uc), 0xff, 24))
CASE(uc_flags, uc->uc_flags = ~0UL) CASE(uc_link, uc->uc_link = (void *)-1)
CASE(stack_bad, uc->uc_stack.ss_sp = (void *)-1; uc->uc_stack.ss_size = -1)
CASE(mask_all, memset(&uc->uc_sigmask, 0xff, 8))

TEST(frames)
{
#define TRY(function) try(#function, function, 0)
#define ANY(function) try(#function, function, 1)
	TRY(nothing); TRY(cs_0); TRY(cs_kernel); TRY(cs_13); TRY(cs_data); TRY(cs_beyond); TRY(cs_ldt); TRY(cs_tss); TRY(cs_30);
	TRY(ss_0); TRY(ss_3); TRY(ss_kernel); TRY(ss_code); TRY(ss_beyond); TRY(ss_ldt); TRY(ss_tss); TRY(ss_28); TRY(ss_lax);
	TRY(ip_0); TRY(ip_kernel); TRY(ip_bent); TRY(ip_edge); TRY(ip_minus); TRY(sp_0); ANY(sp_bent); TRY(sp_kernel);
	TRY(flags_all); TRY(flags_0); TRY(flags_iopl); TRY(flags_vm); TRY(flags_nt); TRY(flags_rf); TRY(flags_ac); TRY(flags_tf);
	TRY(flags_high); TRY(fp_0); TRY(fp_1); TRY(fp_kernel); TRY(fp_bent); TRY(fp_unmapped); TRY(fp_end); TRY(fp_odd);
	ANY(fp_mxcsr); TRY(fp_mxcsr_mask); TRY(fp_magic); TRY(fp_size_huge); TRY(fp_size_0); TRY(fp_size_small); TRY(fp_extended_0);
	TRY(fp_features); TRY(fp_bv); TRY(fp_bv_0); TRY(fp_compact); TRY(fp_reserved); TRY(fp_reserved_last); TRY(fp_bv_supervisor);
	TRY(fp_magic2); TRY(fp_garbage); TRY(fp_fcw); TRY(uc_flags); TRY(uc_link); TRY(stack_bad); TRY(mask_all);
}

/* rt_sigreturn out of nothing, with the stack pointer anywhere. */
TEST(no_frame)
{
	static const unsigned long stacks[] = {
		0, 1, 8, 0x10000, 0x7fffffffefff, 0x7fffffffeff8, 0x7ffffffff000, 0x800000000000, 0x4141414141414141,
		0xffff888000000000, 0xffffffff81000000, 0xfffffffffffffff8, -1UL,
	};
	for (size_t i = 0; i < sizeof stacks / sizeof *stacks; i++) {
		int status = IN_CHILD(
			asm volatile("mov %0, %%rsp; mov $15, %%eax; syscall; mov $9, %%edi; mov $231, %%eax; syscall"
				     : : "r"(stacks[i]) : "memory"));
		printf("rsp %lx: status %x\n", stacks[i], status);
	}
	/* and a frame of zeros, at the start of a page of zeros */
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = IN_CHILD(asm volatile("mov %0, %%rsp; mov $15, %%eax; syscall" : : "r"(page + 8) : "memory"));
	printf("zeros: status %x\n", status);
	/* random frames */
	unsigned long seed = 77;
	for (int i = 0; i < 60; i++) {
		for (int k = 0; k < 8192; k++) {
			seed = seed * 6364136223846793005UL + 1442695040888963407UL;
			page[k] = (char)(seed >> 40);
		}
		if (i & 1) { /* sound selectors, so that more of the rest is looked at */
			put64((unsigned char *)page + 8 + 184, 0x002b000000000033);
			put64((unsigned char *)page + 8 + 224, (unsigned long)page + 1024);
			put32((unsigned char *)page + 1024 + 24, 0x1f80);
		}
		IN_CHILD(signal(SIGALRM, SIG_DFL); alarm(1);
			 asm volatile("mov %0, %%rsp; mov $15, %%eax; syscall" : : "r"(page + 8) : "memory"));
	}
}

int main(void)
{
	outcome = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return test_run_cases();
}
