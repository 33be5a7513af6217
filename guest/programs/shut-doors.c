/* What a 64-bit program finds at the doors of 32-bit and x32 calls, for `ia32=off` and `x32=off`:
 * shut-doors [fast] [PROGRAM ...] tries INT 0x80 from both kinds of code, with `fast` also the two instructions that only
 * the 32-bit vDSO can use, then calls with x32's bit, then to start each program. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf leave;

static void fault(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	printf("signal %d code %d addr %#lx trap %lld error %#llx\n", sig, info->si_code,
	       sig == SIGILL ? 0 : (long)info->si_addr, regs[REG_TRAPNO], regs[REG_ERR]);
	siglongjmp(leave, 1);
}

/* Goes to 32-bit code with a stack that it can reach, and comes back with eax. By a far jump: QEMU 7.2 takes the stack
 * accesses of a far return or an IRET for the kernel's. */
long enter32(void (*code)(void));
void int80_32(void), syscall_32(void), sysenter_32(void);
__asm__(".lcomm stack32, 65536\n"
	".lcomm saved, 8\n"
	".lcomm target, 8\n"
	".text\n"
	"enter32:	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, saved\n"
	"	mov %edi, target; movw $0x23, target + 4; mov $stack32 + 65536, %esp; ljmp *target\n"
	".code32\n"
	"int80_32:	mov $20, %eax; int $0x80; ljmp $0x33, $back\n"
	"syscall_32:	mov $20, %eax; syscall; ljmp $0x33, $back\n"
	"sysenter_32:	mov $20, %eax; mov %esp, %ebp; sysenter; ljmp $0x33, $back\n"
	".code64\n"
	"back:	mov saved, %rsp; movslq %eax, %rax\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n");

static void try_32(const char *what, void (*code)(void))
{
	printf("%s: ", what);
	if (!sigsetjmp(leave, 1)) {
		long answer = enter32(code);

		puts(answer == getpid() ? "answered" : answer == -ENOSYS ? "ENOSYS" : "something else");
	}
}

static void try_int80(void)
{
	long answer;

	printf("INT 0x80 of 64-bit code: ");
	if (!sigsetjmp(leave, 1)) {
		__asm__ volatile("int $0x80" : "=a"(answer) : "0"(20) : "memory", "r8", "r9", "r10", "r11");
		puts(answer == getpid() ? "answered" : "something else");
	}
}

static void try_x32(long number)
{
	errno = 0;
	printf("x32 call %ld: ", number);
	puts(syscall(0x40000000 + number) == getpid() ? "answered" : strerrorname_np(errno));
}

static void try_program(char *path)
{
	int status = 0;

	printf("%s: ", path);
	fflush(NULL);
	if (fork() == 0) {
		execv(path, (char *[]){ path, NULL });
		puts(strerrorname_np(errno));
		fflush(NULL);
		_exit(1);
	}
	wait(&status);
	printf("status %#x\n", status);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO };
	int fast = argc > 1 && !strcmp(argv[1], "fast");

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	try_int80();
	try_32("INT 0x80 of 32-bit code", int80_32);
	if (fast) {
		try_32("SYSCALL of 32-bit code", syscall_32);
		try_32("SYSENTER", sysenter_32);
	}
	try_x32(39);
	try_x32(520);
	try_x32(1000);
	for (int i = 1 + fast; i < argc; i++)
		try_program(argv[i]);
	return 0;
}
