/* move_pages(2) on a machine with one node: where pages are, and that they stay there. */
#include "test.h"
#include <linux/mempolicy.h>

static long move(pid_t pid, unsigned long count, void **pages, int *nodes, int *status, int flags)
{
	return syscall(SYS_move_pages, pid, count, pages, nodes, status, flags);
}

int main(void)
{
	char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *pages[4] = { p, p + 4096 + 5, BAD_PTR, p + 8192 };
	int nodes[4] = { 0, 0, 0, 0 }, status[4] = { 99, 99, 99, 99 }, fd = make_file("file", "x");
	char *file = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	pid_t child;

	p[0] = p[4096] = 1;
	REQUIRE(*(volatile char *)file == 'x');
	CHECK_OK(move(0, 0, NULL, NULL, NULL, 0));
	CHECK_OK(move(0, 3, pages, NULL, status, 0));
	CHECK_EQ(status[0], 0);
	CHECK_EQ(status[1], 0);
	CHECK_EQ(status[2], -EFAULT);
	CHECK_EQ(status[3], 99);
	memset(status, 99, sizeof status);
	CHECK_OK(move(0, 3, pages, nodes, status, MPOL_MF_MOVE));
	CHECK_EQ(status[0], 0);
	CHECK_EQ(status[1], 0);
	CHECK_EQ(status[2], -EFAULT);
	/* The page of zeros is nobody's. */
	CHECK_EQ(*(volatile char *)(p + 8192), 0);
	CHECK_OK(move(0, 1, pages + 3, NULL, status, 0));
	CHECK_EQ(status[0], -EFAULT);
	pages[3] = file;
	CHECK_OK(move(0, 1, pages + 3, NULL, status, 0));
	CHECK_EQ(status[0], 0);
	nodes[0] = 1;
	CHECK_ERRNO(move(0, 1, pages, nodes, status, MPOL_MF_MOVE), ENODEV);
	nodes[0] = -1;
	CHECK_ERRNO(move(0, 1, pages, nodes, status, MPOL_MF_MOVE), ENODEV);
	nodes[0] = 0;
	CHECK_ERRNO(move(0, 1, pages, nodes, status, 1), EINVAL);
	CHECK_ERRNO(move(0, 1, BAD_PTR, nodes, status, 0), EFAULT);
	CHECK_ERRNO(move(0, 1, pages, BAD_PTR, status, 0), EFAULT);
	CHECK_ERRNO(move(0, 1, pages, NULL, BAD_PTR, 0), EFAULT);
	CHECK_ERRNO(move(-1, 1, pages, NULL, status, 0), ESRCH);
	child = test_fork();
	if (!child) {
		pause();
		_exit(0);
	}
	status[1] = 99;
	CHECK_OK(move(child, 2, pages, NULL, status, 0));
	CHECK_EQ(status[1], 0);
	CHECK_EQ(IN_CHILD({
		if (setresuid(1000, 1000, 1000) == 0) {
			CHECK_ERRNO(move(child, 2, pages, NULL, status, 0), EPERM);
			CHECK_ERRNO(move(0, 1, pages, nodes, status, MPOL_MF_MOVE_ALL), EPERM);
		}
	}), 0);
	kill(child, SIGKILL);
	test_wait(child);
	return test_done();
}
