/* madvise(2), MADV_FREE: what is written afterwards stays, the rest stays or is zero. */
#include "test.h"

#define PAGE 4096
#define COUNT 600

int main(void)
{
	char *p = mmap(NULL, COUNT * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *shared, *file;
	int fd = make_file("file", "x");

	memset(p, 1, COUNT * PAGE);
	CHECK_OK(madvise(p, COUNT * PAGE, MADV_FREE));
	for (int i = 0; i < COUNT; i++)
		CHECK(p[i * PAGE] == 0 || p[i * PAGE] == 1);
	for (int i = 0; i < COUNT; i += 2)
		p[i * PAGE] = 2;
	CHECK_EQ(IN_CHILD({
		for (int i = 0; i < COUNT; i += 2)
			CHECK_EQ(p[i * PAGE], 2);
		p[0] = 3;
	}), 0);
	CHECK_OK(madvise(p + PAGE, PAGE, MADV_FREE));
	CHECK_OK(madvise(p + PAGE, PAGE, MADV_FREE));
	for (int i = 0; i < COUNT; i += 2)
		CHECK_EQ(p[i * PAGE], 2);
	/* Read-only, moved, and untouched memory. */
	CHECK_OK(mprotect(p, 2 * PAGE, PROT_READ));
	CHECK_OK(madvise(p, 2 * PAGE, MADV_FREE));
	CHECK_OK(mprotect(p, 2 * PAGE, PROT_READ | PROT_WRITE));
	p[0] = 4;
	p = mremap(p, COUNT * PAGE, 2 * COUNT * PAGE, MREMAP_MAYMOVE);
	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(p[0], 4);
	CHECK_EQ(p[2 * PAGE], 2);
	CHECK_OK(madvise(p + COUNT * PAGE, COUNT * PAGE, MADV_FREE));
	CHECK_EQ(p[COUNT * PAGE], 0);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK_ERRNO(madvise(shared, PAGE, MADV_FREE), EINVAL);
	CHECK_ERRNO(madvise(file, PAGE, MADV_FREE), EINVAL);
	CHECK_OK(mlock(p, PAGE));
	CHECK_ERRNO(madvise(p, PAGE, MADV_FREE), EINVAL);
	munmap(p + PAGE, PAGE);
	CHECK_ERRNO(madvise(p + 2 * PAGE - 2 * PAGE + PAGE, 3 * PAGE, MADV_FREE), ENOMEM);
	return test_done();
}
