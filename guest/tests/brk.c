#include "test.h"

int main(void)
{
	char *start = (char *)syscall(SYS_brk, 0);
	CHECK_EQ(syscall(SYS_brk, start + 10000), start + 10000);
	start[0] = 1;
	start[9999] = 2;
	CHECK_EQ(syscall(SYS_brk, start + 100), start + 100);
	CHECK_EQ(syscall(SYS_brk, start + 20000), start + 20000);
	CHECK_EQ(start[9999], 0);
	CHECK_EQ(start[0], 1);
	/* What cannot be is answered with the break as it was. */
	CHECK_EQ(syscall(SYS_brk, (char *)4096), start + 20000);
	CHECK_EQ(syscall(SYS_brk, (char *)0x7fffffffffff), start + 20000);
	CHECK_EQ(syscall(SYS_brk, start), start);
	return test_done();
}
