#include "test.h"

int main(void)
{
	char *p = mmap(0, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[4096] = 5;
	CHECK_OK(mprotect(p + 4096, 4096, PROT_READ));
	CHECK_EQ(p[4096], 5);
	CHECK_EQ(IN_CHILD(p[4096] = 1), SIGSEGV);
	CHECK_EQ(IN_CHILD(p[0] = p[8192] = 1), 0);
	CHECK_OK(mprotect(p + 4096, 4096, PROT_NONE));
	CHECK_EQ(IN_CHILD(_exit(p[4096])), SIGSEGV);
	CHECK_OK(mprotect(p, 12288, PROT_READ | PROT_WRITE));
	CHECK_EQ(p[4096], 5);
	p[4096] = 6;
	CHECK_ERRNO(mprotect(p + 1, 4096, PROT_READ), EINVAL);
	CHECK_OK(mprotect(p, 0, PROT_READ));
	CHECK_ERRNO(mprotect(p, 4096, 0x40), EINVAL);
	CHECK_OK(munmap(p + 4096, 4096));
	CHECK_ERRNO(mprotect(p, 12288, PROT_READ), ENOMEM);
	CHECK_EQ(IN_CHILD(p[0] = 1), SIGSEGV);
	CHECK_OK(mprotect(p + 8192, 4096, PROT_READ | PROT_WRITE));
	int fd = make_file("f", "x");
	int ro = open("f", O_RDONLY);
	char *s = mmap(0, 4096, PROT_READ, MAP_SHARED, ro, 0);
	CHECK_ERRNO(mprotect(s, 4096, PROT_READ | PROT_WRITE), EACCES);
	(void)fd;
	return test_done();
}
