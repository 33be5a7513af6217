#include "test.h"

static void *sysmmap(void *a, size_t l, int p, int f, int fd, long o) { return (void *)syscall(SYS_mmap, a, l, p, f, fd, o); }

int main(void)
{
	char *p = sysmmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED && !((long)p & 4095));
	CHECK(p[0] == 0 && p[8191] == 0);
	p[5000] = 1;
	/* Fixed, over what was there. */
	CHECK_EQ(sysmmap(p, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), p);
	CHECK_EQ(p[5000], 1);
	CHECK_ERRNO(sysmmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | 0x100000 /* FIXED_NOREPLACE */, -1, 0), EEXIST);
	CHECK_ERRNO(sysmmap(p + 1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
	CHECK_ERRNO(sysmmap(0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERRNO(sysmmap(0, 1ul << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
	int fd = make_file("f", "file contents");
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 100), EINVAL);
	char *m = sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(!strcmp(m, "file contents"));
	m[0] = 'F';
	char c;
	CHECK(pread(fd, &c, 1, 0) == 1 && c == 'f');
	char *s = sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	s[0] = 'G';
	CHECK(pread(fd, &c, 1, 0) == 1 && c == 'G');
	CHECK_EQ(pwrite(fd, "H", 1, 1), 1);
	CHECK_EQ(s[1], 'H');
	CHECK_EQ(m[0], 'F');
	CHECK_EQ(s[100], 0);
	CHECK_EQ(IN_CHILD(_exit(sysmmap(0, 8192, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)), 0);
	char *two = sysmmap(0, 8192, PROT_READ, MAP_SHARED, fd, 0);
	CHECK_EQ(IN_CHILD(_exit(two[4096])), SIGBUS);
	int ro = open("f", O_RDONLY), wo = open("f", O_WRONLY), dir = open(".", O_RDONLY);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0), EACCES);
	CHECK(sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0) != MAP_FAILED);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE, wo, 0), EACCES);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE, dir, 0), ENODEV);
	CHECK_EQ(IN_CHILD({ char *n = sysmmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); _exit(n[0]); }), SIGSEGV);
	CHECK_EQ(IN_CHILD({ char *n = sysmmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); n[0] = 1; }), SIGSEGV);
	/* Shared between parent and child. */
	volatile int *sh = sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(IN_CHILD(*sh = 33), 0);
	CHECK_EQ(*sh, 33);
	/* Code that was just written runs. */
	unsigned char *x = sysmmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(x, "\xb8\x2a\0\0\0\xc3", 6);
	CHECK_EQ(((int (*)(void))x)(), 42);
	CHECK_EQ(IN_CHILD(((int (*)(void))p)()), SIGSEGV);
	return test_done();
}
