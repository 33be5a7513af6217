/* mmap(2), MAP_DROPPABLE: memory that may go when memory is short, and stays out of children and core files.
 * test: skip-oracle, since 6.11 */
#include "areas.h"

#define MAP_DROPPABLE 8

static char *map(int prot, int flags, int fd)
{
	return mmap(NULL, 4 * 4096, prot, flags, fd, 0);
}

int main(void)
{
	int fd = make_file("file", "x");
	char *p = map(PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1);

	REQUIRE(p != MAP_FAILED);
	CHECK_EQ(p[0], 0);
	p[0] = 1;
	CHECK_EQ(p[0] | 1, 1);
	CHECK_EQ(IN_CHILD(_exit(p[0])), 0);
	CHECK_EQ(has_flag(p, " dp"), 1);
	CHECK_EQ(has_flag(p, " wf"), 1);
	CHECK_EQ(has_flag(p, " dd"), 1);
	CHECK_EQ(has_flag(p, " nr"), 1);
	CHECK_EQ(has_flag(p, " ac"), 0);
	CHECK_OK(mlock(p, 4096));
	CHECK_EQ(has_flag(p, " lo"), 0);
	CHECK_ERRNO(madvise(p, 4096, MADV_KEEPONFORK), EINVAL);
	CHECK_ERRNO(madvise(p, 4096, MADV_DODUMP), EINVAL);
	CHECK_OK(madvise(p, 4096, MADV_WIPEONFORK));
	CHECK_OK(madvise(p, 4096, MADV_FREE));
	CHECK_OK(madvise(p, 4096, MADV_DONTNEED));
	CHECK_EQ(p[0], 0);
	CHECK_ERRNO(map(PROT_READ, MAP_DROPPABLE, fd), EINVAL);
	CHECK_ERRNO(map(PROT_READ, MAP_DROPPABLE | MAP_ANONYMOUS | MAP_LOCKED, -1), EINVAL);
	CHECK_ERRNO(map(PROT_READ, MAP_DROPPABLE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1), EINVAL);
	CHECK_ERRNO(map(PROT_READ, MAP_DROPPABLE | MAP_ANONYMOUS | MAP_HUGETLB, -1), EINVAL);
	CHECK_ERRNO(map(PROT_READ, 4 | MAP_ANONYMOUS, -1), EINVAL);
	CHECK_OK(munmap(p, 4 * 4096));
	return test_done();
}
