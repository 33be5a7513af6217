#include "test.h"

int main(void)
{
	volatile int x = 1;
	int st;
	pid_t child = vfork();
	if (child == 0) {
		x = 5; /* seen by the parent: the memory is shared until exec or exit */
		_exit(3);
	}
	CHECK_EQ(x, 5);
	CHECK_EQ(waitpid(child, &st, 0), child);
	CHECK_EQ(WEXITSTATUS(st), 3);
	return test_done();
}
