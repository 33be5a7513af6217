// mmap(2): where, what, with which rights; files and anonymous memory, shared and private.
/* test: timeout=30 */
#include "test.h"
#include <sys/resource.h>

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
	/* Flags. */
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_SHARED | MAP_ANONYMOUS | 0x4, -1, 0), EINVAL);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_SHARED_VALIDATE | 0x2000000, fd, 0), EOPNOTSUPP); /* an unknown bit */
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), EOPNOTSUPP);
	CHECK(sysmmap(0, 4096, PROT_READ, MAP_SHARED | 0x2000000, fd, 0) != MAP_FAILED); /* which plain sharing ignores */
	CHECK(sysmmap(0, 4096, PROT_READ, MAP_SHARED_VALIDATE, fd, 0) != MAP_FAILED);
	CHECK(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_FILE, fd, 0) != MAP_FAILED);
	char *low = sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	CHECK((unsigned long)low < 1ul << 31);
	unsigned char vec[4] = { 0 };
	char *pop = sysmmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	CHECK_OK(mincore(pop, 16384, vec));
	CHECK(vec[0] & vec[1] & vec[2] & vec[3] & 1);
	pop = sysmmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	CHECK_OK(mincore(pop, 16384, vec));
	CHECK(vec[0] & vec[3] & 1);
	pop = sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_NONBLOCK, -1, 0);
	CHECK(pop != MAP_FAILED);
	CHECK_EQ(IN_CHILD({
		struct rlimit none = { 0, 0 };
		CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &none));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0), EPERM);
	}), 0);
	/* Growing downwards: touched below, down to a gap's width of what lies there. */
	char *room = sysmmap(0, 4 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_OK(munmap(room, 4 << 20));
	char *down = sysmmap(room + (3 << 20), 65536, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
	CHECK_EQ(IN_CHILD({
		for (int i = 0; i < 256; i++)
			down[-4096 * i] = 1;
	}), 0);
	CHECK_OK(munmap(down, 65536));
	/* A hint is taken if it is free, else not; a fixed place always. */
	char *hint = room + (1 << 20);
	CHECK_EQ(sysmmap(hint, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), hint);
	CHECK(sysmmap(hint + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != hint + 4096);
	CHECK_EQ(sysmmap(hint + 8192 + 5, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), hint + 8192);
	CHECK_EQ(sysmmap(hint + 65536, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), hint + 65536);
	CHECK_ERRNO(sysmmap((void *)(1ul << 47), 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), ENOMEM);
	CHECK_ERRNO(sysmmap((void *)-4096l, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), ENOMEM);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EPERM);
	}), 0);
	/* Offsets. */
	CHECK_ERRNO(sysmmap(0, 8192, PROT_READ, MAP_PRIVATE, fd, -4096), EOVERFLOW);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 5), EINVAL);
	CHECK_OK(ftruncate(fd, 3 * 4096));
	CHECK_EQ(pwrite(fd, "third", 6, 8192), 6);
	char *third = sysmmap(0, 4096, PROT_READ, MAP_SHARED, fd, 8192);
	CHECK_STREQ(third, "third");
	/* A file that shrinks: SIGBUS beyond its end; bytes behind the end of the last page are gone when it grows. */
	CHECK_OK(ftruncate(fd, 8192));
	CHECK_EQ(IN_CHILD(_exit(third[0])), SIGBUS);
	CHECK_OK(ftruncate(fd, 3 * 4096));
	CHECK_EQ(third[0], 0);
	/* A path descriptor, a pipe, a device of zeros. */
	int path = open("f", O_PATH), fds[2], zero = open("/dev/zero", O_RDWR);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE, path, 0), EBADF);
	CHECK_OK(pipe(fds));
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, MAP_PRIVATE, fds[0], 0), ENODEV);
	char *z = sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	CHECK(z != MAP_FAILED && z[77] == 0);
	z = sysmmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
	CHECK(z != MAP_FAILED && z[77] == 0);
	CHECK_EQ(IN_CHILD(z[5] = 9), 0);
	CHECK_EQ(z[5], 9);
	/* The mapping outlives its descriptor. */
	close(fd);
	close(ro);
	s[2] = 'Z';
	int again = open("f", O_RDONLY);
	CHECK(pread(again, &c, 1, 2) == 1 && c == 'Z');
	/* Many small ones, each with other rights: until there are 65530. */
	CHECK_EQ(IN_CHILD({
		int n = 0;
		while (sysmmap(0, 4096, n & 1 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED && n < 70000)
			n++;
		CHECK(n > 65400 && n < 65530);
		CHECK_EQ(errno, ENOMEM);
	}), 0);
	/* The kind of mapping is looked at only once there is a place for it. */
	CHECK_ERRNO(sysmmap(0, 1ul << 47, PROT_READ, 0, fd, 0), ENOMEM);
	CHECK_ERRNO(sysmmap(0, 1ul << 47, PROT_READ, MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, 0, fd, 0), EINVAL);
	CHECK_ERRNO(sysmmap(0, 4096, PROT_READ, 0, -1, 0), EBADF);
	CHECK_ERRNO(sysmmap(0, 0, PROT_READ, 0, -1, 0), EBADF);
	return test_done();
}
