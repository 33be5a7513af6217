#include "test.h"

/* All registers and the floating-point state survive a handler; rt_sigreturn is how it ends. */
#include <ucontext.h>
static volatile double d;
static volatile int n;
static void on(int s, siginfo_t *si, void *u)
{
	(void)s; (void)si;
	d = 2.5;
	__asm__ volatile("xorps %%xmm7, %%xmm7\n\txor %%r15d, %%r15d\n\txor %%ebx, %%ebx" ::: "xmm7", "r15", "rbx");
	n++;
	((ucontext_t *)u)->uc_mcontext.gregs[REG_R14] = 0x1234;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on, .sa_flags = SA_SIGINFO };
	sigaction(SIGUSR1, &sa, 0);
	double x = 1.25, back;
	long r15, r14;
	pid_t pid = getpid();
	__asm__ volatile(
		"movsd %3, %%xmm7\n\tmov $0x5555, %%r15\n\tmov $0, %%r14\n\tmov $62, %%eax\n\t"
		"syscall\n\tmovsd %%xmm7, %0\n\tmov %%r15, %1\n\tmov %%r14, %2"
		: "=m"(back), "=m"(r15), "=m"(r14) : "m"(x), "D"((long)pid), "S"((long)SIGUSR1)
		: "rax", "rcx", "r11", "r14", "r15", "xmm7", "memory");
	CHECK_EQ(n, 1);
	CHECK(back == 1.25);
	CHECK_EQ(r15, 0x5555);
	CHECK_EQ(r14, 0x1234);
	/* A frame that can't be read back. */
	CHECK_EQ(IN_CHILD({
		__asm__ volatile("mov $8, %rsp\n\tmov $15, %eax\n\tsyscall");
	}), SIGSEGV);
	return test_done();
}
