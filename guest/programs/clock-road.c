/* Which functions of the vDSO go to the kernel: each is stepped through, and the instructions looked at. */
#define _GNU_SOURCE
#include "../harness/vdso.h"
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#ifdef __x86_64__
#define PC 16
#define FLAGS "pushfq; orl $0x100, (%%rsp); popfq"
#define NO_FLAGS "pushfq; andl $~0x100, (%%rsp); popfq"
#else
#define PC 14
#define FLAGS "pushfl; orl $0x100, (%%esp); popfl"
#define NO_FLAGS "pushfl; andl $~0x100, (%%esp); popfl"
#endif

static volatile sig_atomic_t calls, reads;

static void step(int sig, siginfo_t *info, void *context)
{
	uintptr_t pc = ((ucontext_t *)context)->uc_mcontext.gregs[PC], base = getauxval(AT_SYSINFO_EHDR);
	const unsigned char *code = (const unsigned char *)pc;

	(void)sig, (void)info;
	if (pc - base >= 8192)
		return;
	reads += code[0] == 0x0f && (code[1] == 0x31 || (code[1] == 1 && code[2] == 0xf9));
	calls += (code[0] == 0x0f && (code[1] == 0x05 || code[1] == 0x34)) || (code[0] == 0xcd && code[1] == 0x80);
}

static void show(const char *name, int answer)
{
	printf("%s: %s, %s, %d\n", name, reads ? "counter" : "no counter", calls ? "call" : "no call", answer);
	calls = reads = 0;
}

#define STEP(name, ...)                                             \
	do {                                                        \
		__asm__ volatile(FLAGS : : : "memory", "cc");       \
		answer = __VA_ARGS__;                               \
		__asm__ volatile(NO_FLAGS : : : "memory", "cc");    \
		show(name, answer);                                 \
	} while (0)

int main(void)
{
	struct sigaction action = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };
	int (*gettime)(clockid_t, struct timespec *) = vdso_symbol("__vdso_clock_gettime");
	int (*timeofday)(struct timeval *, struct timezone *) = vdso_symbol("__vdso_gettimeofday");
	int (*gettime64)(clockid_t, int64_t *) = vdso_symbol("__vdso_clock_gettime64");
	struct timespec t;
	struct timeval now;
	int64_t wide[2];
	int answer;

	sigaction(SIGTRAP, &action, NULL);
	STEP("realtime", gettime(CLOCK_REALTIME, &t));
	STEP("monotonic", gettime(CLOCK_MONOTONIC, &t));
	STEP("raw", gettime(CLOCK_MONOTONIC_RAW, &t));
	STEP("processor time", gettime(CLOCK_THREAD_CPUTIME_ID, &t));
	STEP("time of day", timeofday(&now, NULL));
	if (gettime64)
		STEP("64-bit monotonic", gettime64(CLOCK_MONOTONIC, wide));
	puts("seen");
	return 0;
}
