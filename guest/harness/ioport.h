/* What an I/O port says to a program: port 0x80 takes a byte and does nothing with it. */
#ifndef FERROGATE_IOPORT_H
#define FERROGATE_IOPORT_H

#include "test.h"
#include <linux/capability.h>

static sigjmp_buf ioport_back;
static volatile int ioport_code;

static void ioport_on_segv(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	ioport_code = info->si_code;
	siglongjmp(ioport_back, 1);
}

static void ioport_setup(void)
{
	struct sigaction action = { .sa_sigaction = ioport_on_segv, .sa_flags = SA_SIGINFO };

	REQUIRE(sigaction(SIGSEGV, &action, NULL) == 0);
}

/* 0, or si_code of the SIGSEGV that the instruction got. */
#define IOPORT_TRY(...)                                                                                                \
	({                                                                                                             \
		ioport_code = 0;                                                                                       \
		if (sigsetjmp(ioport_back, 1) == 0)                                                                    \
			__asm__ volatile(__VA_ARGS__);                                                                 \
		ioport_code;                                                                                           \
	})
#define OUTB(port) IOPORT_TRY("outb %%al, %w1" : : "a"(0), "Nd"(port))
#define OUTW(port) IOPORT_TRY("outw %%ax, %w1" : : "a"(0), "Nd"(port))

/* The calling thread loses all effective capabilities, and keeps them permitted. */
static void ioport_drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	REQUIRE(syscall(SYS_capget, &header, data) == 0);
	data[0].effective = data[1].effective = 0;
	REQUIRE(syscall(SYS_capset, &header, data) == 0);
}

/* A test runs itself again by execve, with an argument: whether port 0x80 is closed to it then. */
static int ioport_main(int argc)
{
	ioport_setup();
	return argc > 1 ? OUTB(0x80) != 0 : test_run_cases();
}

static int ioport_closed_after_execve(void)
{
	char *const arguments[] = { "/proc/self/exe", "again", NULL };

	return IN_CHILD({ execv(arguments[0], arguments); });
}
#endif
