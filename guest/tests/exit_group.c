#include "test.h"
#include <sched.h>

static int fn(void *arg)
{
	(void)arg;
	syscall(SYS_exit_group, 5);
	return 0;
}

int main(void)
{
	int st = -1;
	pid_t p = fork();
	if (!p) {
		char *stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		clone(fn, stack + 65536, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0);
		for (;;)
			pause();
	}
	CHECK_EQ(waitpid(p, &st, 0), p);
	CHECK_EQ(st, 5 << 8);
	return test_done();
}
