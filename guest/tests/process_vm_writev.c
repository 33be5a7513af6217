/* process_vm_writev(2). */
#include "test.h"

int main(void)
{
	static char word[8192] __attribute__((aligned(4096)));
	char text[] = "hello";
	struct iovec local = { text, 5 }, remote = { word, 5 };
	int p[2];
	REQUIRE(pipe(p) == 0);
	pid_t child = test_fork();
	if (!child) {
		char c;
		read(p[0], &c, 1);
		_exit(memcmp(word, "hello", 5) != 0);
	}
	CHECK_EQ(process_vm_writev(child, &local, 1, &remote, 1, 0), 5);
	CHECK_EQ(word[0], 0);
	/* What the program itself may not write can't be written so either. */
	void *ro = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	remote.iov_base = ro;
	CHECK_ERRNO(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), EFAULT);
	remote.iov_base = BAD_PTR;
	CHECK_ERRNO(process_vm_writev(child, &local, 1, &remote, 1, 0), EFAULT);
	remote.iov_base = word;
	CHECK_ERRNO(process_vm_writev(child, &local, 1, &remote, 1, 9), EINVAL);
	CHECK_EQ(write(p[1], "x", 1), 1);
	CHECK_EQ(test_wait(child), 0);
	return test_done();
}
