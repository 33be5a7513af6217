/* exit(3) and abort(3). Nothing is buffered, and there is no atexit: what remains are destructors. */
#include "libcall.h"

extern void (*__fini_array_start[])(void), (*__fini_array_end[])(void);

__attribute__((noreturn)) void exit(int status)
{
	for (void (**each)(void) = __fini_array_end; each > __fini_array_start;)
		(*--each)();
	for (;;)
		__libcall_exit_group(status);
}

__attribute__((noreturn)) void abort(void)
{
	__libcall_kill((int)__libcall_getpid(), 6 /* SIGABRT */);
	for (;;)
		__libcall_exit_group(127);
}
