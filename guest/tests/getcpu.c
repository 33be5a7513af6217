// getcpu(2): where one runs; three pointers, of which the last is not looked at.
#include "test.h"
#include <sched.h>

#define raw(cpu, node, cache) syscall(SYS_getcpu, cpu, node, cache)

int main(void)
{
	unsigned cpu = -1, node = -1;
	cpu_set_t all, one;
	CHECK_OK(raw(&cpu, &node, NULL));
	CHECK_OK(sched_getaffinity(0, sizeof all, &all));
	CHECK(CPU_ISSET(cpu, &all));
	CHECK_EQ(node, 0);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		CHECK_OK(sched_setaffinity(0, sizeof one, &one));
		CHECK_OK(raw(&cpu, NULL, BAD_PTR));
		CHECK_EQ(cpu, i);
	}
	CHECK_OK(raw(NULL, NULL, NULL));
	CHECK_OK(raw(NULL, &node, NULL));
	/* Both are tried. */
	cpu = node = -1;
	CHECK_ERRNO(raw(BAD_PTR, &node, NULL), EFAULT);
	CHECK_EQ(node, 0);
	CHECK_ERRNO(raw(&cpu, BAD_PTR, NULL), EFAULT);
	CHECK(cpu != -1u);
	return test_done();
}
