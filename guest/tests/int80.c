/* INT 0x80 from 64-bit code: which registers it reads, and which it leaves alone. */
#include "test.h"

struct regs {
	uint64_t ax, bx, cx, dx, si, di, r8, r9, r10, r11, r12, r13, r14, r15, flags;
};

/* One INT 0x80 with these registers; they become what it left. RBP and RSP stay the compiler's. */
static void int80(struct regs *r)
{
	__asm__ volatile(
		"push %%rbp\n\t"
		"mov %0, %%rbp\n\t"
		"push %%rbp\n\t"
		"mov 0(%%rbp), %%rax\n\t"
		"mov 8(%%rbp), %%rbx\n\t"
		"mov 16(%%rbp), %%rcx\n\t"
		"mov 24(%%rbp), %%rdx\n\t"
		"mov 32(%%rbp), %%rsi\n\t"
		"mov 40(%%rbp), %%rdi\n\t"
		"mov 48(%%rbp), %%r8\n\t"
		"mov 56(%%rbp), %%r9\n\t"
		"mov 64(%%rbp), %%r10\n\t"
		"mov 72(%%rbp), %%r11\n\t"
		"mov 80(%%rbp), %%r12\n\t"
		"mov 88(%%rbp), %%r13\n\t"
		"mov 96(%%rbp), %%r14\n\t"
		"mov 104(%%rbp), %%r15\n\t"
		"push 112(%%rbp)\n\t"
		"popf\n\t"
		"int $0x80\n\t"
		"pop %%rbp\n\t"
		"mov %%rax, 0(%%rbp)\n\t"
		"pushf\n\t"
		"pop %%rax\n\t"
		"cld\n\t"
		"mov %%rax, 112(%%rbp)\n\t"
		"mov %%rbx, 8(%%rbp)\n\t"
		"mov %%rcx, 16(%%rbp)\n\t"
		"mov %%rdx, 24(%%rbp)\n\t"
		"mov %%rsi, 32(%%rbp)\n\t"
		"mov %%rdi, 40(%%rbp)\n\t"
		"mov %%r8, 48(%%rbp)\n\t"
		"mov %%r9, 56(%%rbp)\n\t"
		"mov %%r10, 64(%%rbp)\n\t"
		"mov %%r11, 72(%%rbp)\n\t"
		"mov %%r12, 80(%%rbp)\n\t"
		"mov %%r13, 88(%%rbp)\n\t"
		"mov %%r14, 96(%%rbp)\n\t"
		"mov %%r15, 104(%%rbp)\n\t"
		"pop %%rbp\n\t"
		:
		: "r"(r)
		: "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
		  "memory", "cc");
}

static struct regs pattern(uint64_t ax)
{
	struct regs r;
	memset(&r, 0, sizeof(r));
	uint64_t *word = (uint64_t *)&r;
	for (int i = 0; i < 14; i++)
		word[i] = 0x1234567800000000ull + 0x1111111111111111ull * i;
	r.ax = ax;
	r.flags = 0x202;
	return r;
}

static void check_rest(const struct regs *before, const struct regs *after)
{
	const uint64_t *a = (const uint64_t *)before, *b = (const uint64_t *)after;
	for (int i = 1; i < 15; i++)
		CHECK_EQ(b[i] - a[i], 0);
}

TEST(an_unknown_number)
{
	struct regs before = pattern(9999), after = before;
	int80(&after);
	CHECK_EQ((long)after.ax, -ENOSYS);
	check_rest(&before, &after);
}

TEST(numbers_have_32_bits)
{
	struct regs before = pattern(0xffffffff00002710ull), after = before;
	int80(&after);
	CHECK_EQ((long)after.ax, -ENOSYS);
	check_rest(&before, &after);
	before = pattern(~0ull);
	after = before;
	int80(&after);
	CHECK_EQ((long)after.ax, -ENOSYS);
	check_rest(&before, &after);
}

/* Direction and alignment-check flags are the program's, during the call the kernel's. */
TEST(flags_come_back)
{
	struct regs before = pattern(9999), after;
	before.flags = 0x202 | 0x8d5 | 1 << 10 | 1 << 21;
	after = before;
	int80(&after);
	CHECK_EQ((long)after.ax, -ENOSYS);
	check_rest(&before, &after);
}

/* Arguments have 32 bits, the answer has 64. */
TEST(calls_of_the_32_bit_table)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	REQUIRE(low != MAP_FAILED);
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	strcpy(low, "door");
	struct regs r = pattern(4);
	r.bx = r.bx << 32 | (uint32_t)fds[1];
	r.cx = r.cx << 32 | (uintptr_t)low;
	r.dx = r.dx << 32 | 4;
	struct regs before = r;
	int80(&r);
	CHECK_EQ((long)r.ax, 4);
	check_rest(&before, &r);
	r = pattern(3);
	r.bx = (uint32_t)fds[0];
	r.cx = (uintptr_t)low + 100;
	r.dx = 0x100000000ull + 100;
	int80(&r);
	CHECK_EQ((long)r.ax, 4);
	CHECK(memcmp(low + 100, "door", 4) == 0);
	r = pattern(20);
	int80(&r);
	CHECK_EQ((long)r.ax, getpid());
	r = pattern(6);
	r.bx = 0xffffffffull;
	int80(&r);
	CHECK_EQ((long)r.ax, -EBADF);
}

TEST_MAIN
