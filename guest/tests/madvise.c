#include "test.h"

int main(void)
{
	char *p = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(p, 1, 16384);
	CHECK_OK(madvise(p, 8192, MADV_DONTNEED));
	CHECK(p[0] == 0 && p[8192] == 1);
	CHECK_OK(madvise(p, 16384, MADV_WILLNEED));
	CHECK_OK(madvise(p, 16384, MADV_RANDOM));
	CHECK_OK(madvise(p + 8192, 4096, MADV_DONTFORK));
	CHECK_EQ(IN_CHILD(_exit(p[8192])), SIGSEGV);
	CHECK_OK(madvise(p + 8192, 4096, MADV_DOFORK));
	CHECK_OK(madvise(p + 8192, 4096, MADV_WIPEONFORK));
	CHECK_EQ(IN_CHILD(_exit(p[8192])), 0);
	CHECK_EQ(p[8192], 1);
	CHECK_ERRNO(madvise(p + 1, 4096, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(madvise(p, 4096, 9999), EINVAL);
	CHECK_OK(madvise(p, 0, MADV_DONTNEED));
	CHECK_OK(munmap(p + 4096, 4096));
	CHECK_ERRNO(madvise(p, 16384, MADV_DONTNEED), ENOMEM);
	CHECK_EQ(p[8192], 0);
	return test_done();
}
