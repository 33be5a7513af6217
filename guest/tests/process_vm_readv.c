/* process_vm_readv(2). */
#include "test.h"

int main(void)
{
	static char theirs[10000];
	char a[4], b[10000];
	struct iovec local[2] = { { a, 4 }, { b, 6000 } }, remote[2] = { { theirs, 5000 }, { theirs + 5000, 1 } };
	pid_t child = test_fork();
	if (!child) {
		pause();
		_exit(0);
	}
	CHECK_EQ(process_vm_readv(child, local, 2, remote, 2, 0), 5001);
	memset(theirs, 'x', sizeof(theirs));
	CHECK_EQ(process_vm_readv(getpid(), local, 2, remote, 2, 0), 5001);
	CHECK(a[0] == 'x' && b[4996] == 'x');
	CHECK_EQ(process_vm_readv(child, local, 1, remote, 2, 0), 4);
	CHECK_EQ(a[0], 0);
	CHECK_EQ(process_vm_readv(child, local, 0, remote, 2, 0), 0);
	CHECK_ERRNO(process_vm_readv(child, local, 2, remote, 2, 1), EINVAL);
	CHECK_ERRNO(process_vm_readv(child, local, 1025, remote, 2, 0), EINVAL);
	CHECK_ERRNO(process_vm_readv(child, local, 2, remote, 1025, 0), EINVAL);
	CHECK_ERRNO(process_vm_readv(child, BAD_PTR, 2, remote, 2, 0), EFAULT);
	CHECK_ERRNO(process_vm_readv(1 << 30, local, 2, remote, 2, 0), ESRCH);
	remote[0].iov_base = BAD_PTR;
	CHECK_ERRNO(process_vm_readv(child, local, 2, remote, 2, 0), EFAULT);
	remote[0] = (struct iovec){ theirs, 100 };
	remote[1] = (struct iovec){ BAD_PTR, 100 };
	CHECK_EQ(process_vm_readv(child, local, 2, remote, 2, 0), 100);
	kill(child, SIGKILL);
	test_wait(child);
	return test_done();
}
