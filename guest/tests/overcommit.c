/* vm.overcommit_memory and its kin, and what counts as committed memory.
 * test: guest-only last, changes the machine's settings */
#include "areas.h"

static long number(const char *path, const char *word)
{
	char buf[4096], *at;
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);

	close(fd);
	buf[n < 0 ? 0 : n] = 0;
	at = strstr(buf, word);
	return at ? atol(at + strlen(word)) : -1;
}

static int set(const char *name, long value)
{
	char path[100], text[30];
	int fd, n, ok;

	snprintf(path, sizeof path, "/proc/sys/vm/%s", name);
	n = snprintf(text, sizeof text, "%ld\n", value);
	fd = open(path, O_WRONLY);
	ok = write(fd, text, n) == n ? 0 : -1;
	close(fd);
	return ok;
}

static long get(const char *name)
{
	char path[100];

	snprintf(path, sizeof path, "/proc/sys/vm/%s", name);
	return number(path, "");
}

/* Kilobytes; nothing else runs that would change it by as much as is tested. */
static long committed(void)
{
	return number("/proc/meminfo", "Committed_AS:");
}

#define MIB (1L << 20)
/* The expression changes what is committed by so many MiB, give or take what the machine does meanwhile. */
#define CHANGES(mib, expr)                                                     \
	do {                                                                   \
		long before = committed(), change;                             \
		expr;                                                          \
		change = committed() - before;                                 \
		if (change < (mib) * 1024L - 700 || change > (mib) * 1024L + 700) \
			test_fail(__LINE__, "%s changes it by %ld kB", #expr, change); \
	} while (0)

static char *map(long mib, int prot, int flags)
{
	return mmap(NULL, mib * MIB, prot, flags | MAP_ANONYMOUS, -1, 0);
}

TEST(what_counts)
{
	char *p = NULL, *q = NULL;
	int fd = -1;

	CHANGES(16, p = map(16, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	CHECK_EQ(has_flag(p, " ac"), 1);
	CHANGES(-6, munmap(p + 10 * MIB, 6 * MIB));
	CHANGES(0, mprotect(p, 2 * MIB, PROT_READ | PROT_WRITE));
	CHANGES(10, p = mremap(p, 10 * MIB, 20 * MIB, MREMAP_MAYMOVE));
	CHANGES(-5, p = mremap(p, 20 * MIB, 15 * MIB, MREMAP_MAYMOVE));
	CHANGES(0, madvise(p, 15 * MIB, MADV_DONTNEED));
	CHANGES(0, p = mmap(p, 15 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	CHANGES(-15, munmap(p, 15 * MIB));
	CHANGES(0, p = map(16, PROT_READ, MAP_PRIVATE));
	CHECK_EQ(has_flag(p, " ac"), 0);
	CHANGES(8, mprotect(p, 8 * MIB, PROT_READ | PROT_WRITE));
	p[0] = 1;
	CHECK_EQ(has_flag(p, " ac"), 1);
	CHECK_EQ(has_flag(p + 12 * MIB, " ac"), 0);
	CHANGES(0, mprotect(p, 8 * MIB, PROT_READ));
	CHECK_EQ(has_flag(p, " ac"), 1);
	CHANGES(-8, munmap(p, 16 * MIB));
	CHANGES(0, p = map(16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE));
	CHECK_EQ(has_flag(p, " ac"), 0);
	CHECK_EQ(has_flag(p, " nr"), 1);
	CHANGES(0, mprotect(p, 16 * MIB, PROT_READ));
	CHANGES(0, mprotect(p, 16 * MIB, PROT_READ | PROT_WRITE));
	CHANGES(0, munmap(p, 16 * MIB));
	CHANGES(16, p = map(16, PROT_READ, MAP_SHARED));
	CHANGES(0, munmap(p, 8 * MIB));
	CHANGES(-16, munmap(p + 8 * MIB, 8 * MIB));
	CHANGES(0, p = map(16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE));
	CHANGES(4, memset(p, 1, 4 * MIB));
	CHANGES(-4, munmap(p, 16 * MIB));
	fd = memfd_create("memory", 0);
	CHANGES(0, ftruncate(fd, 16 * MIB));
	CHANGES(3, fallocate(fd, 0, 0, 3 * MIB));
	CHANGES(16, q = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	CHANGES(-16, munmap(q, 16 * MIB));
	CHANGES(0, q = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	CHANGES(0, munmap(q, 16 * MIB));
	CHANGES(-1, ftruncate(fd, 2 * MIB));
	CHANGES(-2, close(fd));
}

TEST(fork_and_heap)
{
	int go[2], end[2];
	pid_t child = -1;
	char *p, c, *heap;

	REQUIRE(pipe(go) == 0 && pipe(end) == 0);
	p = map(16, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	map(16, PROT_READ, MAP_PRIVATE);
	CHANGES(16, {
		child = test_fork();
		if (!child) {
			write(go[1], "x", 1);
			read(end[0], &c, 1);
			_exit(0);
		}
		read(go[0], &c, 1);
	});
	CHANGES(-16, write(end[1], "x", 1); test_wait(child));
	munmap(p, 16 * MIB);
	heap = sbrk(0);
	CHANGES(8, sbrk(8 * MIB));
	CHECK_EQ(has_flag(heap + 4096, " ac"), 1);
	CHANGES(-8, sbrk(-8 * MIB));
}

TEST(different_areas_stay_apart)
{
	char *p = map(16, PROT_NONE, MAP_PRIVATE);
	FILE *file;
	unsigned long start, end;
	char line[512];
	int count = 0;

	mprotect(p, 4 * MIB, PROT_READ | PROT_WRITE);
	p[0] = 1;
	mprotect(p, 4 * MIB, PROT_NONE);
	file = fopen("/proc/self/maps", "r");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2 && start < (unsigned long)p + 16 * MIB && end > (unsigned long)p)
			count++;
	if (file)
		fclose(file);
	CHECK_EQ(count, 2);
	munmap(p, 16 * MIB);
}

TEST(settings)
{
	CHECK_EQ(get("overcommit_memory"), 0);
	CHECK_EQ(get("overcommit_ratio"), 50);
	CHECK_EQ(get("overcommit_kbytes"), 0);
	CHECK(get("admin_reserve_kbytes") > 0 && get("admin_reserve_kbytes") <= 8192);
	CHECK(get("user_reserve_kbytes") > 0 && get("user_reserve_kbytes") <= 131072);
	CHECK_EQ(number("/proc/meminfo", "CommitLimit:"), number("/proc/meminfo", "MemTotal:") / 4 * 50 / 100 * 4);
	CHECK_ERRNO(set("overcommit_memory", 3), EINVAL);
	CHECK_ERRNO(set("overcommit_memory", -1), EINVAL);
	CHECK_OK(set("overcommit_kbytes", 100000));
	CHECK_EQ(get("overcommit_ratio"), 0);
	CHECK_EQ(number("/proc/meminfo", "CommitLimit:"), 100000);
	CHECK_OK(set("overcommit_ratio", 50));
	CHECK_EQ(get("overcommit_kbytes"), 0);
}

TEST(always)
{
	char *p;

	CHECK_ERRNO(map(1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE), ENOMEM);
	p = map(1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
	CHECK(p != MAP_FAILED);
	munmap(p, MIB << 20);
	CHECK_OK(set("overcommit_memory", 1));
	p = map(1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	CHECK(p != MAP_FAILED);
	CHECK_OK(munmap(p, MIB << 20));
	CHECK_OK(set("overcommit_memory", 0));
}

TEST(never)
{
	char *p, *q;
	long limit;

	/* Room for 40 MiB. */
	limit = committed() + 40 * 1024;
	CHECK_OK(set("overcommit_kbytes", limit + get("admin_reserve_kbytes")));
	CHECK_OK(set("overcommit_memory", 2));
	p = map(30, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	CHECK(p != MAP_FAILED);
	CHECK_ERRNO(map(60, PROT_READ | PROT_WRITE, MAP_PRIVATE), ENOMEM);
	CHECK_ERRNO(map(60, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE), ENOMEM);
	CHECK_ERRNO(map(60, PROT_READ | PROT_WRITE, MAP_SHARED), ENOMEM);
	CHECK_ERRNO(mremap(p, 30 * MIB, 90 * MIB, MREMAP_MAYMOVE), ENOMEM);
	CHECK(sbrk(60 * MIB) == (void *)-1);
	q = map(60, PROT_READ, MAP_PRIVATE);
	CHECK(q != MAP_FAILED);
	CHECK_ERRNO(mprotect(q, 60 * MIB, PROT_READ | PROT_WRITE), ENOMEM);
	CHECK_OK(mprotect(q, 4096, PROT_READ | PROT_WRITE));
	munmap(p, 30 * MIB);
	p = map(35, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	CHECK(p != MAP_FAILED);
	errno = 0;
	CHECK_EQ(fork(), -1);
	CHECK_EQ(errno, ENOMEM);
	munmap(p, 35 * MIB);
	CHECK_EQ(IN_CHILD(_exit(3)), 3 << 8);
	CHECK_OK(set("overcommit_memory", 0));
	CHECK_OK(set("overcommit_ratio", 50));
}
TEST_MAIN
