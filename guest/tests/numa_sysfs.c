/* What /sys and /proc say of the one memory node and of the empty pool of huge pages.
 * test: guest-only, the developer's machine may have more nodes or huge pages */
#include "test.h"

static const char *text(const char *path)
{
	static char buf[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);

	close(fd);
	buf[n < 0 ? 0 : n] = 0;
	return buf;
}

#define NODE "/sys/devices/system/node/"
#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"

/* The number behind a word; -1 without it. */
static long number(const char *path, const char *word)
{
	const char *at = strstr(text(path), word);

	return at ? atol(at + strlen(word)) : -1;
}

TEST(node)
{
	unsigned long map;

	CHECK_STREQ(text(NODE "online"), "0\n");
	CHECK_STREQ(text(NODE "has_cpu"), "0\n");
	CHECK_STREQ(text(NODE "has_memory"), "0\n");
	CHECK_STREQ(text(NODE "has_normal_memory"), "0\n");
	CHECK_STREQ(text(NODE "node0/distance"), "10\n");
	map = strtoul(text(NODE "node0/cpumap"), NULL, 16);
	CHECK_EQ(map, (1UL << sysconf(_SC_NPROCESSORS_ONLN)) - 1);
	CHECK(number(NODE "node0/meminfo", "Node 0 MemTotal:") > 0);
	CHECK_EQ(number(NODE "node0/meminfo", "Node 0 MemTotal:"), number("/proc/meminfo", "MemTotal:"));
	CHECK_EQ(number(NODE "node0/meminfo", "Node 0 HugePages_Total:"), 0);
	CHECK(number(NODE "node0/numastat", "numa_hit ") > 0);
	CHECK_EQ(number(NODE "node0/numastat", "numa_miss "), 0);
	CHECK(strstr(text("/proc/self/status"), "Mems_allowed:\t00000000,"));
	CHECK(strstr(text("/proc/self/status"), ",00000001\nMems_allowed_list:\t0\n"));
}

TEST(huge_pages)
{
	int fd;

	CHECK_STREQ(text(POOL "nr_hugepages"), "0\n");
	CHECK_STREQ(text(POOL "free_hugepages"), "0\n");
	CHECK_STREQ(text(POOL "resv_hugepages"), "0\n");
	CHECK_STREQ(text(POOL "surplus_hugepages"), "0\n");
	CHECK_EQ(number("/proc/meminfo", "HugePages_Total:"), 0);
	CHECK_EQ(number("/proc/meminfo", "HugePages_Free:"), 0);
	CHECK_EQ(number("/proc/meminfo", "Hugepagesize:"), 2048);
	CHECK_STREQ(text("/proc/sys/vm/nr_hugepages"), "0\n");
	fd = open(POOL "nr_hugepages", O_WRONLY);
	CHECK_EQ(write(fd, "0\n", 2), 2);
	CHECK_ERRNO(write(fd, "x\n", 2), EINVAL);
	close(fd);
	CHECK_ERRNO(mmap(NULL, 2 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, 4096, 3, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, 2 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 21 << MAP_HUGE_SHIFT, -1, 0), ENOMEM);
	CHECK_ERRNO(mmap(NULL, 2 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | 22 << MAP_HUGE_SHIFT, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, 0, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0), EINVAL);
	CHECK_ERRNO(mmap(NULL, 2 << 20, 3, MAP_ANONYMOUS | MAP_HUGETLB, -1, 0), EINVAL);
	fd = make_file("file", "x");
	CHECK_ERRNO(mmap(NULL, 4096, 3, MAP_PRIVATE | MAP_HUGETLB, fd, 0), EINVAL);
}
TEST_MAIN
