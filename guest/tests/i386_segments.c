/* A 32-bit thread's own segments: set_thread_area, get_thread_area, and what clone and fork make of them.
 * test: cflags=-m32 */
#include "test.h"
#include <asm/ldt.h>
#include <sched.h>

static long set_area(struct user_desc *desc)
{
	return syscall(SYS_set_thread_area, desc);
}

static long get_area(struct user_desc *desc)
{
	return syscall(SYS_get_thread_area, desc);
}

static struct user_desc data_segment(unsigned entry, void *base, unsigned limit)
{
	struct user_desc desc;
	memset(&desc, 0, sizeof(desc));
	desc.entry_number = entry;
	desc.base_addr = (unsigned)base;
	desc.limit = limit;
	desc.seg_32bit = 1;
	desc.useable = 1;
	return desc;
}

static int word_at_fs(void)
{
	int value;
	__asm__ volatile("mov %%fs:0, %0" : "=r"(value));
	return value;
}

static void load_fs(unsigned selector)
{
	__asm__ volatile("mov %w0, %%fs" : : "r"(selector));
}

static unsigned fs(void)
{
	unsigned selector;
	__asm__ volatile("mov %%fs, %0" : "=r"(selector));
	return selector & 0xffff;
}

static int words[2] = { 0x1234, 0x5678 };

TEST(set_thread_area)
{
	/* libc has the first entry. */
	struct user_desc desc = data_segment(-1, &words[0], 0xfff);
	CHECK_EQ(set_area(&desc), 0);
	CHECK_EQ(desc.entry_number, 13);
	load_fs(13 << 3 | 3);
	CHECK_EQ(word_at_fs(), 0x1234);
	/* A register that holds the selector follows. */
	desc.base_addr = (unsigned)&words[1];
	CHECK_EQ(set_area(&desc), 0);
	CHECK_EQ(word_at_fs(), 0x5678);
	desc = data_segment(-1, &words[0], 0xfff);
	CHECK_EQ(set_area(&desc), 0);
	CHECK_EQ(desc.entry_number, 14);
	desc.entry_number = -1;
	CHECK_ERRNO(set_area(&desc), ESRCH);
	CHECK_ERRNO(set_area(BAD_PTR), EFAULT);
	for (unsigned entry = 0; entry < 20; entry++) {
		if (entry >= 12 && entry <= 14)
			continue;
		desc.entry_number = entry;
		CHECK_ERRNO(set_area(&desc), EINVAL);
	}
}

TEST(what_may_be_described)
{
	struct user_desc desc = data_segment(14, &words[0], 0xfff);
	desc.seg_32bit = 0;
	CHECK_ERRNO(set_area(&desc), EINVAL);
	desc = data_segment(14, &words[0], 0xfff);
	desc.contents = 2;
	CHECK_ERRNO(set_area(&desc), EINVAL);
	desc = data_segment(14, &words[0], 0xfff);
	desc.seg_not_present = 1;
	CHECK_ERRNO(set_area(&desc), EINVAL);
	desc = data_segment(14, &words[0], 0xfff);
	desc.read_exec_only = 1;
	desc.limit_in_pages = 1;
	CHECK_EQ(set_area(&desc), 0);
	/* The kind of description comes before the number. */
	desc = data_segment(3, &words[0], 0xfff);
	desc.seg_32bit = 0;
	CHECK_ERRNO(set_area(&desc), EINVAL);
	/* Both ways to say that there is no segment. */
	memset(&desc, 0, sizeof(desc));
	desc.entry_number = 14;
	CHECK_EQ(set_area(&desc), 0);
	desc.read_exec_only = 1;
	desc.seg_not_present = 1;
	CHECK_EQ(set_area(&desc), 0);
	desc = data_segment(-1, &words[0], 0xfff);
	CHECK_EQ(set_area(&desc), 0);
	CHECK_EQ(desc.entry_number, 14);
}

TEST(get_thread_area)
{
	struct user_desc desc = data_segment(14, &words[1], 0x54321), back;
	desc.limit_in_pages = 1;
	desc.contents = 1;
	CHECK_EQ(set_area(&desc), 0);
	memset(&back, 0xff, sizeof(back));
	back.entry_number = 14;
	CHECK_EQ(get_area(&back), 0);
	CHECK_EQ(back.base_addr - desc.base_addr, 0);
	CHECK_EQ(back.limit, 0x54321);
	CHECK(memcmp(&back, &desc, sizeof(back)) == 0);
	memset(&desc, 0, sizeof(desc));
	desc.entry_number = 14;
	CHECK_EQ(set_area(&desc), 0);
	CHECK_EQ(get_area(&back), 0);
	CHECK_EQ(back.read_exec_only && back.seg_not_present && !back.useable && !back.seg_32bit, 1);
	back.entry_number = 11;
	CHECK_ERRNO(get_area(&back), EINVAL);
	back.entry_number = -1;
	CHECK_ERRNO(get_area(&back), EINVAL);
	CHECK_ERRNO(get_area(BAD_PTR), EFAULT);
}

/* A descriptor that goes away leaves a null selector in the registers, and a fault at the next use. */
TEST(no_segment_in_use)
{
	struct user_desc desc = data_segment(14, &words[0], 0xfff);
	CHECK_EQ(set_area(&desc), 0);
	load_fs(14 << 3 | 3);
	memset(&desc, 0, sizeof(desc));
	desc.entry_number = 14;
	CHECK_EQ(set_area(&desc), 0);
	CHECK_EQ(fs(), 0);
}

TEST(fork_and_exec)
{
	struct user_desc desc = data_segment(13, &words[0], 0xfff);
	CHECK_EQ(set_area(&desc), 0);
	load_fs(13 << 3 | 3);
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		int same = word_at_fs() == 0x1234 && fs() == (13 << 3 | 3);
		/* The child's entry is its own. */
		desc.base_addr = (unsigned)&words[1];
		_exit(same && set_area(&desc) == 0 && word_at_fs() == 0x5678 ? 0 : 1);
	}
	int status;
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	for (int i = 0; i < 100; i++)
		sched_yield();
	CHECK_EQ(word_at_fs(), 0x1234);
}

static volatile int seen;

static int thread(void *arg)
{
	(void)arg;
	int value;
	__asm__ volatile("mov %%gs:0, %0" : "=r"(value));
	seen = value;
	/* No libc: gs is not what it expects. */
	__asm__ volatile("int $0x80" : : "a"(1), "b"(0));
	return 0;
}

/* CLONE_SETTLS: the description is the child's, whose gs has the selector already. */
TEST(clone_with_tls)
{
	static char stack[65536] __attribute__((aligned(16)));
	static int own[2] = { 0x4242, 0 };
	unsigned gs;
	__asm__ volatile("mov %%gs, %0" : "=r"(gs));
	struct user_desc desc = data_segment((gs & 0xffff) >> 3, own, 0xfffff);
	pid_t child = clone(thread, stack + sizeof(stack), CLONE_VM | CLONE_SETTLS | SIGCHLD, NULL, NULL, &desc, NULL);
	REQUIRE(child > 0);
	int status;
	REQUIRE(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	CHECK_EQ(seen, 0x4242);
	desc.entry_number = 11;
	CHECK_ERRNO(clone(thread, stack + sizeof(stack), CLONE_VM | CLONE_SETTLS | SIGCHLD, NULL, NULL, &desc, NULL), EINVAL);
	CHECK_ERRNO(clone(thread, stack + sizeof(stack), CLONE_VM | CLONE_SETTLS | SIGCHLD, NULL, NULL, BAD_PTR, NULL), EFAULT);
}

TEST_MAIN
