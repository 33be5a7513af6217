/* modify_ldt(2): a descriptor table of the program's own, and segments from it.
 * test: cflags=-pthread */
#include "test.h"
#include <asm/ldt.h>
#include <pthread.h>

/* The answer is an int, of which libc sees only the lower half: no errno for an error. */
static int modify(int func, void *ptr, unsigned long bytes)
{
	return (int)syscall(SYS_modify_ldt, func, ptr, bytes);
}

static struct user_desc segment(unsigned entry, unsigned limit, unsigned contents)
{
	struct user_desc desc;
	memset(&desc, 0, sizeof(desc));
	desc.entry_number = entry;
	desc.base_addr = 0x1000;
	desc.limit = limit;
	desc.seg_32bit = 1;
	desc.contents = contents;
	return desc;
}

static unsigned selector(unsigned entry)
{
	return entry << 3 | 7;
}

/* What LSL says of a selector; -1 for one that means nothing. */
static long limit_of(unsigned entry)
{
	unsigned limit = 0;
	unsigned char ok;
	__asm__ volatile("lsl %2, %0; setz %1" : "+r"(limit), "=r"(ok) : "r"(selector(entry)));
	return ok ? (long)limit : -1;
}

static unsigned access_of(unsigned entry)
{
	unsigned access = 0;
	__asm__ volatile("lar %1, %0" : "+r"(access) : "r"(selector(entry)));
	/* Where the limit is, not every processor shows it. */
	return access & 0xf0ff00;
}

static unsigned ds(void)
{
	unsigned value;
	__asm__ volatile("mov %%ds, %0" : "=r"(value));
	return value & 0xffff;
}

TEST(without_a_table)
{
	char buf[256];
	memset(buf, 1, sizeof(buf));
	CHECK_EQ(modify(0, buf, sizeof(buf)), 0);
	CHECK_EQ(buf[0], 1);
	CHECK_EQ(modify(2, buf, sizeof(buf)), 128);
	CHECK(buf[0] == 0 && buf[127] == 0 && buf[128] == 1);
	CHECK_EQ(modify(2, buf, 5), 5);
	CHECK_EQ(modify(2, BAD_PTR, 5), -EFAULT);
	CHECK_EQ(modify(3, buf, 5), -ENOSYS);
	CHECK_EQ(syscall(SYS_modify_ldt, 3, buf, 5), (long)(unsigned)-ENOSYS);
	CHECK_EQ(limit_of(0), -1);
}

TEST(what_may_be_written)
{
	struct user_desc desc = segment(8192, 10, 0);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), -EINVAL);
	desc.entry_number = 0;
	CHECK_EQ(modify(0x11, &desc, sizeof(desc) - 1), -EINVAL);
	CHECK_EQ(modify(0x11, BAD_PTR, sizeof(desc)), -EFAULT);
	desc.contents = 3;
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), -EINVAL);
	desc.seg_not_present = 1;
	CHECK_EQ(modify(1, &desc, sizeof(desc)), -EINVAL);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	CHECK_EQ(limit_of(0), 10);
}

TEST(entries)
{
	struct user_desc desc = segment(2, 10, 0);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	CHECK_EQ(limit_of(2), 10);
	CHECK_EQ(access_of(2), 0x40f300);
	CHECK_EQ(limit_of(1), -1);
	desc.limit_in_pages = 1;
	desc.read_exec_only = 1;
	desc.useable = 1;
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	CHECK_EQ(limit_of(2), 0xafff);
	CHECK_EQ(access_of(2), 0xd0f100);
	/* The old way has no bit for the program's own use. */
	CHECK_EQ(modify(1, &desc, sizeof(desc)), 0);
	CHECK_EQ(access_of(2), 0xc0f100);
	desc = segment(1, 0xfffff, 2);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	CHECK_EQ(access_of(1), 0x40fb00);
	unsigned long table[8];
	CHECK_EQ(modify(0, table, sizeof(table)), sizeof(table));
	CHECK_EQ(table[1], 0x4ffb001000ffff);
	CHECK_EQ(table[2], 0xc0f1001000000a);
	CHECK_EQ(table[3], 0);
	CHECK_EQ(modify(0, table, 9), 9);
	CHECK_EQ(modify(0, BAD_PTR, 8), -EFAULT);
	/* No segment, in both ways. */
	memset(&desc, 0, sizeof(desc));
	desc.entry_number = 1;
	CHECK_EQ(modify(1, &desc, sizeof(desc)), 0);
	CHECK_EQ(limit_of(1), -1);
	desc.entry_number = 2;
	desc.read_exec_only = 1;
	desc.seg_not_present = 1;
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	CHECK_EQ(limit_of(2), -1);
}

TEST(segment_registers)
{
	struct user_desc desc = segment(5, 0xfff, 0);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	__asm__ volatile("mov %w0, %%ds" : : "r"(selector(5)));
	getppid();
	CHECK_EQ(ds(), selector(5));
	/* The descriptor goes: the register is null then. */
	memset(&desc, 0, sizeof(desc));
	desc.entry_number = 5;
	CHECK_EQ(modify(1, &desc, sizeof(desc)), 0);
	CHECK_EQ(ds(), 0);
}

TEST(children)
{
	struct user_desc desc = segment(7, 77, 0);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		int same = limit_of(7) == 77;
		desc.limit = 88;
		_exit(same && modify(0x11, &desc, sizeof(desc)) == 0 && limit_of(7) == 88 ? 0 : 1);
	}
	int status;
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	CHECK_EQ(limit_of(7), 77);
}

static volatile int phase;

static void *watcher(void *arg)
{
	(void)arg;
	long before = limit_of(9);
	phase = 1;
	while (phase != 2)
		sched_yield();
	return (void *)(before == 99 && limit_of(9) == 100 && limit_of(8191) == 5 ? 1L : 0L);
}

/* The table is the process's, also on another processor. */
TEST(threads)
{
	struct user_desc desc = segment(9, 99, 0);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	pthread_t thread;
	REQUIRE(pthread_create(&thread, NULL, watcher, NULL) == 0);
	while (phase != 1)
		sched_yield();
	desc.limit = 100;
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	desc = segment(8191, 5, 0);
	CHECK_EQ(modify(0x11, &desc, sizeof(desc)), 0);
	phase = 2;
	void *ok;
	REQUIRE(pthread_join(thread, &ok) == 0);
	CHECK_EQ((long)ok, 1);
}

TEST_MAIN
