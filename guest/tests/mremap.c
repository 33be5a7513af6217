#include "test.h"

int main(void)
{
	char *p = mmap(0, 4096 * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[0] = 'a';
	p[4096] = 'b';
	CHECK_EQ(mremap(p, 4096 * 4, 4096 * 2, 0), p);
	CHECK_EQ(IN_CHILD(_exit(p[8192])), SIGSEGV);
	char *q = mremap(p, 8192, 1 << 20, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && q[0] == 'a' && q[4096] == 'b' && q[100000] == 0);
	char *to = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(mremap(q, 1 << 20, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
	CHECK(to[0] == 'a' && to[4096] == 'b');
	CHECK_EQ(IN_CHILD(_exit(q[0])), SIGSEGV);
	char *d = mremap(to, 8192, 8192, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	CHECK(d != MAP_FAILED && d != to && d[0] == 'a' && to[0] == 0);
	CHECK_ERRNO(mremap(to + 1, 4096, 4096, 0), EINVAL);
	CHECK_ERRNO(mremap(to, 4096, 0, 0), EINVAL);
	CHECK_ERRNO(mremap(to, 4096, 8192, MREMAP_FIXED, d), EINVAL);
	CHECK_OK(munmap(to, 8192));
	CHECK_ERRNO(mremap(to, 4096, 8192, MREMAP_MAYMOVE), EFAULT);
	return test_done();
}
