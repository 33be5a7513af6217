// Large private anonymous memory, which may come 2 MiB at a time: what changes only a part of it leaves the rest.
// test: timeout=60
#include "test.h"

#define M (2UL << 20)

static int mapped(size_t len, char **p)
{
	*p = mmap(0, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return *p != MAP_FAILED;
}

static void fill(char *p, size_t len, int first)
{
	for (size_t at = 0; at < len; at += 4096)
		*(int *)(p + at) = first + (int)(at / 4096);
}

static int holds(const char *p, size_t len, int first)
{
	for (size_t at = 0; at < len; at += 4096)
		if (*(const int *)(p + at) != first + (int)(at / 4096))
			return 0;
	return 1;
}

TEST(fork_and_write)
{
	char *p;
	REQUIRE(mapped(6 * M, &p));
	CHECK(p[0] == 0 && p[6 * M - 1] == 0);
	fill(p, 6 * M, 1);
	CHECK_EQ(IN_CHILD({
		int ok = holds(p, 6 * M, 1);
		fill(p + M + 4096, M, 7);
		ok &= holds(p, M + 4096, 1) && holds(p + M + 4096, M, 7);
		ok &= holds(p + 2 * M + 4096, 4 * M - 4096, 1 + 2 * 512 + 1);
		/* A grandchild takes some away and writes; neither is seen above. */
		int status = IN_CHILD({
			munmap(p + 3 * M + 8192, M);
			fill(p + 5 * M, M, 5);
			_exit(holds(p + 5 * M, M, 5) ? 0 : 1);
		});
		ok &= status == 0 && holds(p + 2 * M + 4096, 4 * M - 4096, 1 + 2 * 512 + 1);
		_exit(ok ? 0 : 1);
	}), 0);
	CHECK(holds(p, 6 * M, 1));
	/* Alone again: it can be written to as before. */
	fill(p, 6 * M, 100);
	CHECK(holds(p, 6 * M, 100));
	CHECK_OK(munmap(p, 6 * M));
}

TEST(parent_writes_first)
{
	char *p;
	int fds[2];
	char c = 0;
	REQUIRE(mapped(4 * M, &p) && pipe(fds) == 0);
	fill(p, 4 * M, 1);
	pid_t child = fork();
	if (child == 0) {
		REQUIRE(read(fds[0], &c, 1) == 1);
		_exit(holds(p, 4 * M, 1) ? 0 : 1);
	}
	fill(p + 4096, 3 * M, 50);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	int status;
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK(holds(p + 4096, 3 * M, 50));
	CHECK(holds(p + 3 * M + 4096, M - 4096, 1 + 3 * 512 + 1));
	CHECK_OK(munmap(p, 4 * M));
}

TEST(rights_of_a_part)
{
	char *p;
	REQUIRE(mapped(4 * M, &p));
	fill(p, 4 * M, 1);
	CHECK_OK(mprotect(p + M + 40960, 4096, PROT_NONE));
	CHECK(holds(p + M, 40960, 1 + 512));
	CHECK_EQ(IN_CHILD(_exit(p[M + 40960])), SIGSEGV);
	CHECK_OK(mprotect(p + M + 40960, 4096, PROT_READ));
	CHECK(holds(p, 4 * M, 1));
	CHECK_EQ(IN_CHILD({ p[M + 40960] = 1; _exit(0); }), SIGSEGV);
	CHECK_OK(mprotect(p, 4 * M, PROT_NONE));
	CHECK_EQ(IN_CHILD(_exit(p[3 * M])), SIGSEGV);
	CHECK_OK(mprotect(p, 4 * M, PROT_READ));
	CHECK(holds(p, 4 * M, 1));
	CHECK_OK(mprotect(p, 4 * M, PROT_READ | PROT_WRITE));
	fill(p, 4 * M, 33);
	CHECK(holds(p, 4 * M, 33));
	CHECK_OK(munmap(p, 4 * M));
}

TEST(part_taken_away)
{
	char *p;
	REQUIRE(mapped(4 * M, &p));
	fill(p, 4 * M, 1);
	CHECK_OK(madvise(p + M + 8192, 8192, MADV_DONTNEED));
	CHECK(p[M + 8192] == 0 && p[M + 16383] == 0);
	CHECK(holds(p, M + 8192, 1) && holds(p + M + 16384, 3 * M - 16384, 1 + 512 + 4));
	CHECK_OK(madvise(p + 2 * M, M, MADV_DONTNEED));
	CHECK(p[2 * M] == 0 && p[3 * M - 1] == 0);
	CHECK_OK(munmap(p + M / 2, M));
	CHECK(holds(p, M / 2, 1));
	CHECK(holds(p + M + M / 2, M / 2, 1 + 512 + 256));
	CHECK_EQ(IN_CHILD(_exit(p[M])), SIGSEGV);
	CHECK_OK(munmap(p, 4 * M));
}

TEST(moved)
{
	char *p;
	REQUIRE(mapped(4 * M, &p));
	fill(p, 4 * M, 1);
	char *q = mremap(p + M, 2 * M, 6 * M, MREMAP_MAYMOVE);
	REQUIRE(q != MAP_FAILED);
	CHECK(holds(q, 2 * M, 1 + 512));
	fill(q + 2 * M, 4 * M, 9);
	CHECK(holds(q + 2 * M, 4 * M, 9) && holds(q, 2 * M, 1 + 512) && holds(p, M, 1));
	CHECK_OK(munmap(q, 6 * M));
	CHECK_OK(munmap(p, 4 * M));
}

/* Whether smaps's VmFlags of the area at p have these two letters. */
static int has_flag(const char *p, const char *letters)
{
	char line[256], start[32];
	int found = 0, in = 0;
	FILE *smaps = fopen("/proc/self/smaps", "r");
	if (!smaps)
		return -1;
	snprintf(start, sizeof start, "%lx-", (unsigned long)p);
	while (fgets(line, sizeof line, smaps)) {
		if (!strncmp(line, start, strlen(start)))
			in = 1;
		else if (in && !strncmp(line, "VmFlags:", 8)) {
			found = strstr(line, letters) != 0;
			break;
		}
	}
	fclose(smaps);
	return found;
}

TEST(advice)
{
	char *p;
	/* Areas with nothing beside them, so that they stay apart. */
	REQUIRE(mapped(6 * M, &p));
	CHECK_OK(mprotect(p, M, PROT_NONE));
	CHECK_OK(mprotect(p + 5 * M, M, PROT_NONE));
	p += M;
	CHECK_OK(madvise(p, 4 * M, MADV_HUGEPAGE));
	CHECK_EQ(has_flag(p, " hg"), 1);
	CHECK_OK(madvise(p, 4 * M, MADV_NOHUGEPAGE));
	CHECK_EQ(has_flag(p, " hg"), 0);
	CHECK_EQ(has_flag(p, " nh"), 1);
	fill(p, 4 * M, 1);
	CHECK(holds(p, 4 * M, 1));
	CHECK_ERRNO(madvise(p + 1, M, MADV_HUGEPAGE), EINVAL);
	CHECK_OK(munmap(p - M, 6 * M));
	CHECK_ERRNO(madvise(p, M, MADV_HUGEPAGE), ENOMEM);
}

TEST(read_by_others)
{
	char *p, buf[8];
	int fds[2];
	REQUIRE(mapped(4 * M, &p) && pipe(fds) == 0);
	fill(p, 4 * M, 1);
	/* Through the kernel, across a border, and into a read-only part. */
	CHECK_EQ(write(fds[1], p + M - 4, 8), 8);
	CHECK_EQ(read(fds[0], buf, 8), 8);
	CHECK(!memcmp(buf, p + M - 4, 8));
	CHECK_OK(mprotect(p + M, 4096, PROT_READ));
	CHECK_EQ(write(fds[1], "abcdefgh", 8), 8);
	CHECK_ERRNO(read(fds[0], p + M, 8), EFAULT);
	CHECK(holds(p, 4 * M, 1));
	CHECK_OK(munmap(p, 4 * M));
}

TEST_MAIN
