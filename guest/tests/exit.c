#include "test.h"

int main(void)
{
	int st = -1;
	pid_t p = fork();
	if (!p)
		syscall(SYS_exit, 0x1234);
	CHECK_EQ(waitpid(p, &st, 0), p);
	CHECK_EQ(st, 0x3400);
	return test_done();
}
