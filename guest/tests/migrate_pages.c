/* migrate_pages(2) on a machine with one node. */
#include "test.h"

static long migrate(pid_t pid, unsigned long max, const unsigned long *from, const unsigned long *to)
{
	return syscall(SYS_migrate_pages, pid, max, from, to);
}

int main(void)
{
	unsigned long zero = 1, one = 2, none = 0, both = 3;
	pid_t child;

	CHECK_EQ(migrate(0, 65, &zero, &zero), 0);
	CHECK_EQ(migrate(0, 65, &one, &zero), 0);
	CHECK_EQ(migrate(0, 65, &both, &zero), 0);
	CHECK_EQ(migrate(getpid(), 65, &none, &zero), 0);
	CHECK_ERRNO(migrate(0, 65, &zero, &none), EINVAL);
	CHECK_ERRNO(migrate(0, 0, NULL, NULL), EINVAL);
	CHECK_ERRNO(migrate(0, 65, BAD_PTR, &zero), EFAULT);
	CHECK_ERRNO(migrate(0, 65, &zero, BAD_PTR), EFAULT);
	CHECK_ERRNO(migrate(-1, 65, &zero, &zero), ESRCH);
	child = test_fork();
	if (!child) {
		pause();
		_exit(0);
	}
	CHECK_EQ(migrate(child, 65, &zero, &zero), 0);
	CHECK_EQ(IN_CHILD({
		if (setresuid(1000, 1000, 1000) == 0) {
			CHECK_ERRNO(migrate(child, 65, &zero, &zero), EPERM);
			CHECK_ERRNO(migrate(0, 65, &zero, &one), EPERM);
			CHECK_ERRNO(migrate(0, 65, &zero, &both), EPERM);
		}
	}), 0);
	kill(child, SIGKILL);
	test_wait(child);
	return test_done();
}
