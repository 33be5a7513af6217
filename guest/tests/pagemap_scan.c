/* PAGEMAP_SCAN, the ioctl of /proc/PID/pagemap (Linux 6.7).
 *
 * test: skip-oracle */
#include "test.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

struct region {
	uint64_t start, end, categories;
};

struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t inverted, mask, anyof, returned;
};

#define SCAN _IOWR('f', 16, struct scan_arg)
enum { WPALLOWED = 1, WRITTEN = 2, FILE_PAGE = 4, PRESENT = 8, SWAPPED = 16, PFNZERO = 32, HUGE = 64, SOFT_DIRTY = 128,
	GUARD = 256, ALL = 511 };
enum { WP_MATCHING = 1, CHECK_WPASYNC = 2 };
#define PG 4096ul

static int pagemap;
static struct region out[32];

static struct scan_arg of(char *start, unsigned long pages)
{
	struct scan_arg arg = { .size = sizeof arg, .start = (uintptr_t)start, .end = (uintptr_t)start + pages * PG,
		.vec = (uintptr_t)out, .vec_len = 32, .mask = PRESENT, .returned = ALL & ~SOFT_DIRTY };
	memset(out, 0, sizeof out);
	return arg;
}

static int scan(struct scan_arg *arg) { return ioctl(pagemap, SCAN, arg); }

/* An area that begins where the reach of a lowest page table does, with nothing beside it. */
static char *area(unsigned long pages, int flags)
{
	const unsigned long reach = 512 * PG;
	char *at = mmap(NULL, pages * PG + 3 * reach, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		abort();
	at = (char *)(((uintptr_t)at + reach) & ~(reach - 1));
	at = mmap(at, pages * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0);
	if (at == MAP_FAILED)
		abort();
	madvise(at, pages * PG, MADV_NOHUGEPAGE);
	return at;
}

/* Whether region `n` is these pages of `base`, with these categories. */
static int is(int n, char *base, int from, int to, unsigned long categories)
{
	return out[n].start == (uintptr_t)base + from * PG && out[n].end == (uintptr_t)base + to * PG &&
	       out[n].categories == categories;
}

TEST(present_pages)
{
	char *base = area(16, 0);
	base[1 * PG] = base[2 * PG] = base[5 * PG] = 1;
	struct scan_arg arg = of(base, 16);
	CHECK_EQ(scan(&arg), 2);
	CHECK(is(0, base, 1, 3, PRESENT | WRITTEN));
	CHECK(is(1, base, 5, 6, PRESENT | WRITTEN));
	CHECK_EQ(arg.walk_end, arg.end);
	CHECK_EQ(arg.max_pages, 0);
	/* What is returned can be less, and decides which pages are one region. */
	arg = of(base, 16);
	arg.returned = WRITTEN;
	CHECK_EQ(scan(&arg), 2);
	CHECK(is(0, base, 1, 3, WRITTEN));
	/* Pages that are not there. */
	arg = of(base, 16);
	arg.inverted = PRESENT;
	CHECK_EQ(scan(&arg), 3);
	/* As nothing forbids writing to them, they count as written, where there is a page table at all. */
	CHECK(is(0, base, 0, 1, WRITTEN) && is(1, base, 3, 5, WRITTEN) && is(2, base, 6, 16, WRITTEN));
	/* All pages. */
	arg = of(base, 16);
	arg.mask = 0;
	CHECK_EQ(scan(&arg), 5);
	arg.returned = 0;
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 0, 16, 0));
	munmap(base, 16 * PG);
	base = area(16, 0);
	arg = of(base, 16);
	arg.mask = 0;
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 0, 16, 0));
	munmap(base, 16 * PG);
}

TEST(kinds)
{
	char *base = area(8, 0);
	volatile char seen = base[2 * PG]; /* the page of zeros */
	base[4 * PG] = seen;
	struct scan_arg arg = of(base, 8);
	CHECK_EQ(scan(&arg), 2);
	CHECK(is(0, base, 2, 3, PRESENT | WRITTEN | PFNZERO) && is(1, base, 4, 5, PRESENT | WRITTEN));
	arg = of(base, 8);
	arg.mask = PFNZERO | PRESENT;
	arg.inverted = PFNZERO;
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 4, 5, PRESENT | WRITTEN));
	arg = of(base, 8);
	arg.mask = 0;
	arg.anyof = PFNZERO | FILE_PAGE;
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 2, 3, PRESENT | WRITTEN | PFNZERO));
	munmap(base, 8 * PG);
	base = mmap(NULL, 4 * PG, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	base[PG] = 1;
	arg = of(base, 4);
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 1, 2, PRESENT | WRITTEN | FILE_PAGE));
	munmap(base, 4 * PG);
}

TEST(guards)
{
	char *base = area(8, 0);
	base[0] = base[3 * PG] = 1;
	REQUIRE(madvise(base + 2 * PG, 2 * PG, MADV_GUARD_INSTALL) == 0);
	struct scan_arg arg = of(base, 8);
	arg.mask = GUARD;
	CHECK_EQ(scan(&arg), 1);
	CHECK_EQ(out[0].start, (uintptr_t)base + 2 * PG);
	CHECK_EQ(out[0].end, (uintptr_t)base + 4 * PG);
	CHECK_EQ(out[0].categories & (GUARD | PRESENT), GUARD);
	uint64_t entry = 0;
	CHECK_EQ(pread(pagemap, &entry, 8, (uintptr_t)(base + 2 * PG) / PG * 8), 8);
	CHECK_EQ(entry >> 58 & 1, 1);
	CHECK_EQ(entry >> 63, 0);
	munmap(base, 8 * PG);
}

TEST(limits)
{
	char *base = area(16, 0);
	for (int i = 0; i < 16; i += 2)
		base[i * PG] = 1;
	struct scan_arg arg = of(base, 16);
	arg.vec_len = 3;
	CHECK_EQ(scan(&arg), 3);
	CHECK(is(2, base, 4, 5, PRESENT | WRITTEN));
	CHECK_EQ(arg.walk_end, (uintptr_t)base + 6 * PG);
	arg = of(base, 16);
	arg.max_pages = 4;
	CHECK_EQ(scan(&arg), 4);
	CHECK_EQ(arg.walk_end, (uintptr_t)base + 8 * PG);
	/* The limit may fall into a region. */
	memset(base, 1, 16 * PG);
	arg = of(base, 16);
	arg.max_pages = 5;
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 0, 5, PRESENT | WRITTEN));
	CHECK_EQ(arg.walk_end, (uintptr_t)base + 5 * PG);
	/* No list, no result. */
	arg = of(base, 16);
	arg.vec = arg.vec_len = 0;
	CHECK_EQ(scan(&arg), 0);
	CHECK_EQ(arg.walk_end, arg.end);
	arg = of(base, 16);
	arg.vec_len = 0;
	CHECK_EQ(scan(&arg), 0);
	/* The end is rounded up. */
	arg = of(base, 16);
	arg.end = (uintptr_t)base + 1;
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 0, 1, PRESENT | WRITTEN));
	CHECK_EQ(arg.walk_end, (uintptr_t)base + PG);
	/* Holes between areas are skipped, and end no region that goes on behind them. */
	munmap(base + 4 * PG, 4 * PG);
	arg = of(base, 16);
	arg.mask = 0;
	CHECK_EQ(scan(&arg), 2);
	CHECK(is(0, base, 0, 4, PRESENT | WRITTEN) && is(1, base, 8, 16, PRESENT | WRITTEN));
	munmap(base, 16 * PG);
	arg = of(base, 16);
	CHECK_EQ(scan(&arg), 0);
}

TEST(many)
{
	static struct region long_list[4000];
	char *base = area(6000, 0);
	for (int i = 0; i < 6000; i += 2)
		base[i * PG] = 1;
	struct scan_arg arg = of(base, 6000);
	arg.vec = (uintptr_t)long_list;
	arg.vec_len = 4000;
	CHECK_EQ(scan(&arg), 3000);
	CHECK_EQ(long_list[2999].start, (uintptr_t)base + 5998 * PG);
	CHECK_EQ(long_list[1500].categories, PRESENT | WRITTEN);
	/* One region across everything. */
	memset(base, 1, 6000 * PG);
	arg = of(base, 6000);
	CHECK_EQ(scan(&arg), 1);
	CHECK(is(0, base, 0, 6000, PRESENT | WRITTEN));
	munmap(base, 6000 * PG);
}

TEST(write_protection)
{
	/* No area here lets writes be noted by userfaultfd: such ones are skipped, or refused when asked for. */
	char *base = area(4, MAP_POPULATE);
	struct scan_arg arg = of(base, 4);
	arg.flags = WP_MATCHING;
	CHECK_EQ(scan(&arg), 0);
	arg = of(base, 4);
	arg.flags = CHECK_WPASYNC;
	CHECK_ERRNO(scan(&arg), EPERM);
	arg = of(base, 4);
	arg.flags = WP_MATCHING | CHECK_WPASYNC;
	CHECK_ERRNO(scan(&arg), EPERM);
	arg = of(base, 4);
	arg.mask = WPALLOWED;
	CHECK_EQ(scan(&arg), 0);
	munmap(base, 4 * PG);
}

#define REFUSED(change, error)                                                 \
	do {                                                                   \
		struct scan_arg arg = of(base, 4);                             \
		change;                                                        \
		CHECK_ERRNO(scan(&arg), error);                                \
	} while (0)

TEST(errors)
{
	char *base = area(4, 0);
	REFUSED(arg.size = 0, EINVAL);
	REFUSED(arg.size += 8, EINVAL);
	REFUSED(arg.flags = 4, EINVAL);
	REFUSED(arg.mask = 512, EINVAL);
	REFUSED(arg.inverted = 512, EINVAL);
	REFUSED(arg.anyof = 512, EINVAL);
	REFUSED(arg.returned = 512, EINVAL);
	REFUSED(arg.start += 1, EINVAL);
	REFUSED(arg.vec = 0, EINVAL);
	REFUSED(arg.start = 1ull << 63, EFAULT);
	REFUSED(arg.vec = 1ull << 63, EFAULT);
	CHECK_ERRNO(ioctl(pagemap, SCAN, 8), EFAULT);
	CHECK_ERRNO(ioctl(pagemap, SCAN + 1, 8), EINVAL);
	base[0] = 1;
	REFUSED(arg.vec = 4096, EFAULT);
}

int main(void)
{
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	struct scan_arg probe = of(0, 0);
	if (scan(&probe) < 0 && errno == ENOTTY)
		return TEST_SKIPPED;
	return test_run_cases();
}
