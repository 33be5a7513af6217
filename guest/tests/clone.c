#include "test.h"
#include <sched.h>

static int fn(void *arg) { *(volatile int *)arg = 42; return 9; }
static int tfn(void *arg)
{
	*(volatile int *)arg = syscall(SYS_gettid) != getpid() ? 1 : 2;
	syscall(SYS_exit, 0);
	return 0;
}

int main(void)
{
	volatile int x = 0, ctid = 1, ptid = 0;
	int st;
	char *stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t p = clone(fn, stack + 65536, CLONE_VM | SIGCHLD, (void *)&x);
	CHECK_EQ(waitpid(p, &st, 0), p);
	CHECK_EQ(WEXITSTATUS(st), 9);
	CHECK_EQ(x, 42);
	x = 0;
	p = clone(fn, stack + 65536, SIGCHLD, (void *)&x);
	CHECK_EQ(waitpid(p, &st, 0), p);
	CHECK_EQ(x, 0);
	/* A thread: its number is stored, and cleared and woken at its end. */
	p = clone(tfn, stack + 65536, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		  CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, (void *)&x, &ptid, 0, &ctid);
	CHECK(p > 0);
	CHECK_EQ(ptid, p);
	while (ctid)
		syscall(SYS_futex, &ctid, 0 /* FUTEX_WAIT */, 1, 0, 0, 0);
	CHECK_EQ(x, 1);
	CHECK_ERRNO(waitpid(p, &st, __WALL), ECHILD);
	CHECK_ERRNO(clone(fn, stack + 65536, CLONE_THREAD | SIGCHLD, 0), EINVAL);
	CHECK_ERRNO(clone(fn, stack + 65536, CLONE_SIGHAND | SIGCHLD, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_clone, 0x20000 /* CLONE_NEWNS */ | CLONE_FS | SIGCHLD, 0, 0, 0, 0), EINVAL);
	return test_done();
}
