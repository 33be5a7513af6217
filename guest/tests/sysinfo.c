// sysinfo(2): uptime, load, memory, processes.
#include "test.h"
#include <sys/sysinfo.h>

int main(void)
{
	struct sysinfo a, b;
	CHECK_EQ(sizeof a, 112);
	memset(&a, 0xaa, sizeof a);
	CHECK_OK(syscall(SYS_sysinfo, &a));
	CHECK_EQ(a.mem_unit, 1);
	CHECK(a.totalram > 16 << 20);
	CHECK(a.freeram > 0 && a.freeram < a.totalram);
	CHECK(a.freeswap <= a.totalswap);
	CHECK_EQ(a.totalhigh, 0);
	CHECK(a.procs > 0);
	CHECK(a.uptime >= 0);
	struct timespec boot;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	CHECK(labs(boot.tv_sec + (boot.tv_nsec != 0) - a.uptime) <= 1);
	/* Memory in use shows, shared memory of its own; so does a process. */
	char *p = mmap(0, 8 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(p, 1, 8 << 20);
	pid_t child = test_fork();
	if (child == 0)
		for (;;)
			pause();
	CHECK_OK(sysinfo(&b));
	CHECK(b.sharedram >= a.sharedram + (7 << 20));
	CHECK(b.procs > 1);
	kill(child, SIGKILL);
	test_wait(child);
	CHECK_ERRNO(syscall(SYS_sysinfo, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_sysinfo, NULL), EFAULT);
	return test_done();
}
