/* The table of system calls, from abi/tables. */
struct call {
	int nr;
	const char *name;
	int count;
	const char *args[12]; /* type and name of each */
};

#define SYSCALL_ARGS(nr, name, count, ...) { nr, #name, count, { __VA_ARGS__ } },
static const struct call calls[] = {
#include "syscall_args_64.h"
};
#undef SYSCALL_ARGS
#define CALL_COUNT (sizeof calls / sizeof *calls)

/* What ends the whole machine, or its console, and what would be a job for an emulator of devices. */
static const int never[] = { SYS_reboot, SYS_kexec_load, SYS_kexec_file_load, SYS_iopl, SYS_ioperm, SYS_init_module,
			     SYS_finit_module, SYS_swapon, SYS_swapoff, SYS_vhangup };

/* What all workers have counted, by call. */
struct counters {
	unsigned calls[512], good[512], absent[512];
	unsigned total;
};
static struct counters *counters;
