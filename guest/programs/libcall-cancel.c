/* libcall's cancellation: a call that waits in the kernel, one that has not begun, and one that is no cancellation
 * point. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libcall.h"

enum { SIGUSR1_ = 10, SIGALRM_ = 14, SA_SIGINFO_ = 4, SA_RESTORER_ = 0x04000000, SA_RESTART_ = 0x10000000 };

/* As the kernel has it: handler, flags, restorer, mask. */
struct action {
	void (*handler)(int, void *, void *);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long long mask;
};

void restore(void);
#if defined(__i386__)
__asm__("restore: mov $173, %eax\n int $0x80\n");
#elif defined(__ILP32__)
__asm__("restore: mov $0x40000201, %eax\n syscall\n");
#else
__asm__("restore: mov $15, %eax\n syscall\n");
#endif

static volatile int signals;

static void cancel(int signal, void *info, void *context)
{
	(void)signal, (void)info;
	signals++;
	__libcall_cancel_from(context);
}

static void handle(int signal, int restart)
{
	struct action action = { cancel, SA_SIGINFO_ | SA_RESTORER_ | (restart ? SA_RESTART_ : 0), restore, 0 };

	if (__libcall_rt_sigaction(signal, (void *)&action, NULL, 8))
		perror("rt_sigaction");
}

static void show(const char *what, long value)
{
	printf("%s: %ld, %s, %d signals\n", what, value, value < 0 ? strerror(errno) : "well", signals);
	__libcall_cancelled = 0;
}

static void waiting(const char *what, int from, int restart)
{
	char byte;

	handle(SIGALRM_, restart);
	/* The kernel's longs: an interval of none, and the first after 50 ms. */
#if defined(__i386__)
	int times[] = { 0, 0, 0, 50000 };
#else
	long long times[] = { 0, 0, 0, 50000 };
#endif
	__libcall_setitimer(0 /* ITIMER_REAL */, (void *)times, NULL);
	show(what, __libcall_read_cancel((unsigned)from, &byte, 1));
}

int main(void)
{
	int fds[2];
	char byte;

	if (__libcall_pipe(fds))
		perror("pipe");
	handle(SIGUSR1_, 0);
	__libcall_kill((int)__libcall_getpid(), SIGUSR1_);
	show("read after the signal", __libcall_read_cancel((unsigned)fds[0], &byte, 1));
	waiting("read that waits, interrupted", fds[0], 0);
	waiting("read that waits, started again", fds[0], 1);
	__libcall_kill((int)__libcall_getpid(), SIGUSR1_);
	show("write that is no cancellation point", __libcall_write((unsigned)fds[1], "x", 1));
	__libcall_cancelled = 1;
	show("read that is none", __libcall_read((unsigned)fds[0], &byte, 1));
	__libcall_cancelled = 1;
	show("write that is one", __libcall_write_cancel((unsigned)fds[1], "x", 1));
	show("the same, not cancelled", __libcall_write_cancel((unsigned)fds[1], "x", 1));
	return 0;
}
