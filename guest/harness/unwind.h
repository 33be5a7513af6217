/* Single steps through code of the kernel's, at each of which an unwinder must find the caller. */
#ifndef FERROGATE_UNWIND_H
#define FERROGATE_UNWIND_H

#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

#ifdef __i386__
#define UNWIND_IP 14 /* REG_EIP */
#define UNWIND_STEP_ON() __asm__ volatile("pushfl; orl $0x100, (%%esp); popfl" ::: "memory", "cc")
#define UNWIND_STEP_OFF() __asm__ volatile("pushfl; andl $~0x100, (%%esp); popfl" ::: "memory", "cc")
#else
#define UNWIND_IP 16 /* REG_RIP */
#define UNWIND_STEP_ON() __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" ::: "memory", "cc")
#define UNWIND_STEP_OFF() __asm__ volatile("pushfq; andl $~0x100, (%%rsp); popfq" ::: "memory", "cc")
#endif

/* How many steps there were in the code, and at how many the caller was not found. */
static volatile sig_atomic_t unwind_steps, unwind_lost;
static uintptr_t unwind_code, unwind_size;
static void (*unwind_caller)(void);

static void unwind_step(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	void *frames[16];

	(void)sig, (void)info;
	if ((uintptr_t)uc->uc_mcontext.gregs[UNWIND_IP] - unwind_code >= unwind_size)
		return;
	unwind_steps++;
	int count = backtrace(frames, 16);
	for (int i = 0; i < count; i++)
		if ((uintptr_t)frames[i] - (uintptr_t)unwind_caller < 512)
			return;
	unwind_lost++;
}

/* Calls `caller`, a function of less than 512 bytes with UNWIND_STEP_ON() and UNWIND_STEP_OFF() around its calls. */
static void unwind_through(uintptr_t code, uintptr_t size, void (*caller)(void))
{
	void *warm[4];
	struct sigaction action = { .sa_sigaction = unwind_step, .sa_flags = SA_SIGINFO };

	/* The first one loads what it needs. */
	backtrace(warm, 4);
	unwind_code = code;
	unwind_size = size;
	unwind_caller = caller;
	sigaction(SIGTRAP, &action, NULL);
	caller();
}
#endif
