/* test: 64-only, it reads addresses of 64 bits */
/* /proc/PID/pagemap, clear_refs, numa_maps and what smaps counts (proc(5)). */
#include "test.h"
#include <sys/mman.h>
#include <sys/prctl.h>

#define PRESENT (1ULL << 63)
#define FILE_PAGE (1ULL << 61)
#define EXCLUSIVE (1ULL << 56)
#define SOFT_DIRTY (1ULL << 55)
#define FRAME ((1ULL << 55) - 1)
#define PAGE 4096UL

static char text[1 << 20];

static const char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t got, len = 0;

	while (fd >= 0 && (got = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += got;
	text[len] = 0;
	close(fd);
	return text;
}

static uint64_t entry(const void *at)
{
	uint64_t bits = ~0ULL;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (pread(fd, &bits, 8, (unsigned long)at / PAGE * 8) != 8)
		bits = ~0ULL;
	close(fd);
	return bits;
}

static int clear(const char *what)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY), got, saved;

	got = write(fd, what, strlen(what));
	saved = errno;
	close(fd);
	errno = saved;
	return got;
}

/* A figure of smaps for the area that begins at `at`, in kB. */
static long smaps(const void *at, const char *name)
{
	char begin[32];
	const char *line;
	long value = -1;

	snprintf(begin, sizeof begin, "%lx-", (unsigned long)at);
	for (line = slurp("/proc/self/smaps"); line && strncmp(line, begin, strlen(begin));)
		if ((line = strchr(line, '\n')))
			line++;
	if (line && (line = strstr(line, name)))
		value = atol(line + strlen(name));
	return value;
}

static char *anon(int pages)
{
	char *area = mmap(0, (pages + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* Apart from its neighbours, so that it stays an area of its own. */
	if (area == MAP_FAILED || mprotect(area + PAGE, pages * PAGE, PROT_READ | PROT_WRITE))
		abort();
	return area + PAGE;
}

TEST(entries)
{
	volatile char *p = anon(4);
	int pipes[2][2], fd;
	char c = 0;

	CHECK_EQ(entry((void *)p) & ~SOFT_DIRTY, 0);
	c = p[0];
	CHECK_EQ(entry((void *)p) & (PRESENT | FILE_PAGE | EXCLUSIVE), PRESENT);
	p[PAGE] = 1;
	CHECK_EQ(entry((void *)(p + PAGE)) & (PRESENT | FILE_PAGE | EXCLUSIVE), PRESENT | EXCLUSIVE);
	CHECK((entry((void *)(p + PAGE)) & FRAME) != 0);
	CHECK_EQ(entry((void *)(p + 2 * PAGE)) & ~SOFT_DIRTY, 0);
	CHECK_OK(mprotect((void *)p, 2 * PAGE, PROT_NONE));
	CHECK_EQ(entry((void *)(p + PAGE)) & (PRESENT | EXCLUSIVE), PRESENT | EXCLUSIVE);
	CHECK_OK(mprotect((void *)p, 2 * PAGE, PROT_READ | PROT_WRITE));

	/* Shared with a child, it is nobody's alone until one of the two writes. */
	REQUIRE(pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		uint64_t before = entry((void *)(p + PAGE));
		p[PAGE] = 2;
		uint64_t after = entry((void *)(p + PAGE));
		c = !(before & EXCLUSIVE) && (after & EXCLUSIVE) && (before & FRAME) != (after & FRAME);
		write(pipes[0][1], &c, 1);
		read(pipes[1][0], &c, 1);
		_exit(0);
	}
	CHECK_EQ(read(pipes[0][0], &c, 1), 1);
	CHECK_EQ(c, 1);
	CHECK(entry((void *)(p + PAGE)) & EXCLUSIVE);
	write(pipes[1][1], &c, 1);
	CHECK_EQ(waitpid(pid, 0, 0), pid);

	fd = memfd_create("m", 0);
	REQUIRE(ftruncate(fd, PAGE) == 0);
	p = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[0] = 1;
	CHECK_EQ(entry((void *)p) & (PRESENT | FILE_PAGE | EXCLUSIVE), PRESENT | FILE_PAGE | EXCLUSIVE);
	p = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	c = p[0];
	CHECK_EQ(entry((void *)p) & (PRESENT | FILE_PAGE | EXCLUSIVE), PRESENT | FILE_PAGE);
	p[0] = 2;
	CHECK_EQ(entry((void *)p) & (PRESENT | FILE_PAGE | EXCLUSIVE), PRESENT | EXCLUSIVE);
}

TEST(pagemap_file)
{
	uint64_t bits[2];
	int fd = open("/proc/self/pagemap", O_RDWR);

	REQUIRE(fd >= 0);
	CHECK_ERRNO(pread(fd, bits, 4, 0), EINVAL);
	CHECK_ERRNO(pread(fd, bits, 8, 4), EINVAL);
	CHECK_EQ(pread(fd, bits, 0, 0), 0);
	CHECK_EQ(pread(fd, bits, 8, 1L << 60), 0);
	CHECK_ERRNO(write(fd, bits, 8), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, SEEK_END), EINVAL);
	CHECK_EQ(lseek(fd, 16, SEEK_SET), 16);
	CHECK_EQ(lseek(fd, 8, SEEK_CUR), 24);
	CHECK_EQ(read(fd, bits, 16), 16);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 40);
	CHECK_ERRNO(pread(fd, (void *)8, 8, 0), EFAULT);
}

TEST(frames_are_hidden)
{
	volatile char *p = anon(1);

	p[0] = 1;
	IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
		CHECK_EQ(entry((void *)p) & (PRESENT | FRAME), PRESENT);
		CHECK_ERRNO(open("/proc/1/pagemap", O_RDONLY), EACCES);
		CHECK_ERRNO(open("/proc/1/numa_maps", O_RDONLY), EACCES);
	});
}

TEST(clear_refs)
{
	volatile char *p = anon(8);
	char c;
	int fd;

	CHECK_ERRNO(clear("0"), EINVAL);
	CHECK_ERRNO(clear("6"), EINVAL);
	CHECK_ERRNO(clear("-1"), EINVAL);
	CHECK_ERRNO(clear("one"), EINVAL);
	CHECK_ERRNO(clear("1 1"), EINVAL);
	CHECK_EQ(clear(" 1 \n"), 4);
	fd = open("/proc/self/clear_refs", O_RDWR);
	CHECK_ERRNO(read(fd, &c, 1), EINVAL);
	close(fd);

	for (int i = 0; i < 8; i++)
		p[i * PAGE] = 1;
	CHECK_EQ(smaps((void *)p, "Referenced:"), 32);
	CHECK_EQ(clear("3"), 1);
	CHECK_EQ(smaps((void *)p, "Referenced:"), 32);
	CHECK_EQ(clear("2"), 1);
	CHECK_EQ(smaps((void *)p, "Referenced:"), 0);
	p[0] = 2;
	c = p[3 * PAGE];
	/* Linux leaves it to chance whether the processor notes a use of what it still knows. */
	CHECK(smaps((void *)p, "Referenced:") <= 8);
	CHECK_EQ(clear("1\n"), 2);
	CHECK_EQ(smaps((void *)p, "Referenced:"), 0);
	CHECK_EQ(p[0] + p[PAGE], 3);
}

TEST(peak)
{
	char *p = anon(4096);
	const char *line;
	long before, after;

	memset(p, 1, 4096 * PAGE);
	munmap(p, 4096 * PAGE);
	line = strstr(slurp("/proc/self/status"), "VmHWM:");
	before = atol(line + 6);
	CHECK_EQ(clear("5"), 1);
	line = strstr(slurp("/proc/self/status"), "VmHWM:");
	after = atol(line + 6);
	CHECK(before - after > 12 * 1024);
}

#define CHECK_WRITTEN(p, is) CHECK_EQ(!!(entry((void *)(p)) & SOFT_DIRTY), is)

TEST(soft_dirty)
{
	volatile char *p = anon(8), *q;
	int fd, status;
	char c;

	p[0] = 1;
	/* A kernel may be built without it. */
	if (!(entry((void *)p) & SOFT_DIRTY))
		return;
	for (int i = 0; i < 4; i++)
		p[i * PAGE] = 1;
	CHECK_WRITTEN(p + 7 * PAGE, 1);
	CHECK_EQ(clear("4"), 1);
	for (int i = 0; i < 8; i++)
		CHECK_WRITTEN(p + i * PAGE, 0);
	c = p[PAGE];
	p[0] = 2;
	p[5 * PAGE] = 1;
	CHECK_WRITTEN(p, 1);
	CHECK_WRITTEN(p + PAGE, 0);
	CHECK_WRITTEN(p + 5 * PAGE, 1);
	CHECK_OK(mprotect((void *)p, 8 * PAGE, PROT_READ));
	CHECK_OK(mprotect((void *)p, 8 * PAGE, PROT_READ | PROT_WRITE));
	CHECK_WRITTEN(p, 1);
	CHECK_WRITTEN(p + PAGE, 0);
	p[PAGE] = 3;
	CHECK_WRITTEN(p + PAGE, 1);

	/* A new area is, a child is as its parent was. */
	q = anon(1);
	CHECK_WRITTEN(q, 1);
	CHECK_EQ(clear("4"), 1);
	p[2 * PAGE] = 1;
	pid_t pid = fork();
	if (pid == 0)
		_exit((entry((void *)(p + 2 * PAGE)) & SOFT_DIRTY ? 1 : 0) | (entry((void *)p) & SOFT_DIRTY ? 2 : 0));
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 1);
	CHECK_WRITTEN(p, 0);
	p[0] = 4;
	CHECK_WRITTEN(p, 1);

	/* Shared memory: what is read isn't. */
	fd = memfd_create("m", 0);
	REQUIRE(ftruncate(fd, 4 * PAGE) == 0);
	q = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	q[0] = 1;
	c = q[PAGE];
	CHECK_EQ(clear("4"), 1);
	CHECK_WRITTEN(q, 0);
	CHECK_WRITTEN(q + PAGE, 0);
	c = q[PAGE] + q[2 * PAGE];
	CHECK_WRITTEN(q + PAGE, 0);
	CHECK_WRITTEN(q + 2 * PAGE, 0);
	q[0] = 2;
	q[3 * PAGE] = 2;
	CHECK_WRITTEN(q, 1);
	CHECK_WRITTEN(q + 2 * PAGE, 0);
	CHECK_WRITTEN(q + 3 * PAGE, 1);
	q[2 * PAGE] = c;
	CHECK_WRITTEN(q + 2 * PAGE, 1);
}

TEST(smaps_counts)
{
	volatile char *p = anon(2), *q;
	int pipes[2][2], fd;
	char c;

	p[0] = p[PAGE] = 1;
	CHECK_EQ(smaps((void *)p, "Pss_Dirty:"), 8);
	REQUIRE(pipe(pipes[0]) == 0 && pipe(pipes[1]) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		write(pipes[0][1], "", 1);
		read(pipes[1][0], &c, 1);
		_exit(0);
	}
	CHECK_EQ(read(pipes[0][0], &c, 1), 1);
	CHECK_EQ(smaps((void *)p, "Rss:"), 8);
	CHECK_EQ(smaps((void *)p, "Pss:"), 4);
	CHECK_EQ(smaps((void *)p, "Shared_Dirty:"), 8);
	CHECK_EQ(smaps((void *)p, "Private_Dirty:"), 0);
	write(pipes[1][1], "", 1);
	CHECK_EQ(waitpid(pid, 0, 0), pid);
	CHECK_EQ(smaps((void *)p, "Private_Dirty:"), 8);
	CHECK_EQ(smaps((void *)p, "Locked:"), 0);
	CHECK_OK(mlock((void *)p, 2 * PAGE));
	CHECK_EQ(smaps((void *)p, "Locked:"), 8);
	CHECK_EQ(smaps((void *)p, "Swap:"), 0);
	CHECK_EQ(smaps((void *)p, "SwapPss:"), 0);
	CHECK_EQ(smaps((void *)p, "LazyFree:"), 0);
	CHECK_EQ(smaps((void *)p, "THPeligible:"), 0);

	fd = memfd_create("m", 0);
	REQUIRE(write(fd, text, 3 * PAGE) == 3 * PAGE);
	q = mmap(0, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	q[0] = 1;
	c = q[PAGE];
	q[2 * PAGE] = 1;
	CHECK_EQ(smaps((void *)q, "Rss:"), 12);
	CHECK_EQ(smaps((void *)q, "Private_Dirty:"), 12);
	CHECK_EQ(smaps((void *)q, "Anonymous:"), 0);
	slurp("/proc/self/smaps_rollup");
	for (const char *at = text, *const *name = (const char *const[]){ "\nRss:", "\nPss:", "\nPss_Dirty:", "\nPss_Anon:",
		"\nPss_File:", "\nPss_Shmem:", "\nShared_Clean:", "\nShared_Dirty:", "\nPrivate_Clean:", "\nPrivate_Dirty:",
		"\nReferenced:", "\nAnonymous:", "\nLazyFree:", "\nAnonHugePages:", "\nShmemPmdMapped:", "\nFilePmdMapped:",
		"\nShared_Hugetlb:", "\nPrivate_Hugetlb:", "\nSwap:", "\nSwapPss:", "\nLocked:", 0 }; *name; name++) {
		at = strstr(at, *name);
		REQUIRE(at != NULL);
	}
}

TEST(numa_maps)
{
	char *p = anon(5), begin[40], *at, *end;

	p[0] = p[PAGE] = p[2 * PAGE] = 1;
	snprintf(begin, sizeof begin, "%lx default ", (unsigned long)p);
	at = strstr(slurp("/proc/self/numa_maps"), begin);
	REQUIRE(at);
	end = strchr(at, '\n');
	REQUIRE(end);
	*end = 0;
	CHECK(strstr(at, " default anon=3 dirty=3 ") != NULL);
	CHECK(strstr(at, " N0=3 kernelpagesize_kB=4") != NULL);
	CHECK(strstr(slurp("/proc/self/numa_maps"), " stack ") != NULL);
	snprintf(begin, sizeof begin, "%lx default\n", (unsigned long)p - PAGE);
	CHECK(strstr(text, begin) != NULL);
}

TEST_MAIN
