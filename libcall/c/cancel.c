/* Cancellation: see libcall.h, and door.S for the two labels. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

#include "libcall.h"

#if defined(__i386__)
enum { PC = REG_EIP, RESULT = REG_EAX };
#else
enum { PC = REG_RIP, RESULT = REG_RAX };
#endif

extern char __libcall_cancel_begin[], __libcall_cancel_end[], __libcall_cancel_exit[];

void __libcall_cancel_from(void *ucontext)
{
	greg_t *registers = ((ucontext_t *)ucontext)->uc_mcontext.gregs;
	uintptr_t pc = (uintptr_t)registers[PC];
	int before = pc >= (uintptr_t)__libcall_cancel_begin && pc < (uintptr_t)__libcall_cancel_end;
	int interrupted = pc == (uintptr_t)__libcall_cancel_end && (int)registers[RESULT] == -EINTR;

	__libcall_cancelled = 1;
	if (before || interrupted)
		registers[PC] = (greg_t)(uintptr_t)__libcall_cancel_exit;
}
