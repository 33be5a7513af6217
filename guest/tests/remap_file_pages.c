/* remap_file_pages(2): parts of a shared mapping show other pages of the file. */
#include "test.h"

static long remap(void *at, unsigned long size, unsigned long prot, unsigned long pgoff, unsigned long flags)
{
	return syscall(SYS_remap_file_pages, at, size, prot, pgoff, flags);
}

static char *mapped(int fd, int count, int kind)
{
	return mmap(NULL, count * 4096, PROT_READ | PROT_WRITE, kind, fd, 0);
}

int main(void)
{
	int fd = make_file("file", "");
	char *p, *private, *anon, page[4096];

	for (int i = 0; i < 6; i++) {
		memset(page, 'a' + i, sizeof page);
		REQUIRE(write(fd, page, 4096) == 4096);
	}
	p = mapped(fd, 4, MAP_SHARED);
	private = mapped(fd, 4, MAP_PRIVATE);
	anon = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK_ERRNO(remap(p, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(remap(p, 4095, 0, 0, 0), EINVAL);
	CHECK_ERRNO(remap(p, 4096, PROT_READ, 0, 0), EINVAL);
	CHECK_ERRNO(remap(p, 4096, 0, -1L, 0), EINVAL);
	CHECK_ERRNO(remap(p, -4096L, 0, 0, 0), EINVAL);
	CHECK_ERRNO(remap(private, 4096, 0, 1, 0), EINVAL);
	CHECK_ERRNO(remap(BAD_PTR, 4096, 0, 1, 0), EINVAL);
	CHECK_OK(remap(p, 4096, 0, 3, 0));
	CHECK_EQ(p[0], 'd');
	CHECK_EQ(p[4096], 'b');
	CHECK_OK(remap(p + 2 * 4096 + 5, 2 * 4096 + 5, 0, 4, 0));
	CHECK_EQ(p[2 * 4096], 'e');
	CHECK_EQ(p[3 * 4096], 'f');
	p[0] = 'x';
	CHECK_EQ(pread(fd, page, 1, 3 * 4096), 1);
	CHECK_EQ(page[0], 'x');
	/* Over several parts of one file, and beyond its end. */
	CHECK_OK(remap(p, 4 * 4096, 0, 0, 0));
	CHECK_EQ(p[0], 'a');
	CHECK_EQ(p[3 * 4096], 'x');
	CHECK_OK(remap(p, 4096, 0, 100, 0));
	CHECK_EQ(IN_CHILD(_exit(p[0])), SIGBUS);
	CHECK_OK(munmap(p + 4096, 4096));
	CHECK_ERRNO(remap(p, 3 * 4096, 0, 0, 0), EINVAL);
	anon[4096] = 1;
	CHECK_OK(remap(anon, 4096, 0, 1, 0));
	CHECK_EQ(anon[0], 1);
	anon[0] = 2;
	CHECK_EQ(anon[4096], 2);
	mprotect(anon, 4096, PROT_READ);
	CHECK_ERRNO(remap(anon, 2 * 4096, 0, 0, 0), EINVAL);
	return test_done();
}
