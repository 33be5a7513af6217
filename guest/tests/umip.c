// SGDT, SIDT, SLDT, STR and SMSW in a program: on a processor with UMIP the kernel answers in their place.
#include "test.h"
#include <asm/ldt.h>
#include <cpuid.h>

static sigjmp_buf back;
static volatile int code;
static void *volatile address;

static void on_segv(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	code = info->si_code;
	address = info->si_addr;
	siglongjmp(back, 1);
}

#define FAULTS(instruction)                                                                                            \
	({                                                                                                             \
		code = 0;                                                                                              \
		if (sigsetjmp(back, 1) == 0)                                                                           \
			instruction;                                                                                   \
		code;                                                                                                  \
	})

struct table {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

TEST(tables)
{
	struct table gdt, idt;

	memset(&gdt, 0xaa, sizeof(gdt));
	memset(&idt, 0xaa, sizeof(idt));
	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	CHECK_EQ(gdt.limit, 0);
	CHECK_EQ(gdt.base, 0xfffffffffffe0000);
	CHECK_EQ(idt.limit, 0);
	CHECK_EQ(idt.base, 0xffffffffffff0000);
}

TEST(registers)
{
	unsigned long rax = -1ul, rcx = -1ul, r9 = -1ul;

	__asm__ volatile("smsw %%rax" : "+a"(rax));
	CHECK_EQ(rax, 0x80050033);
	rax = 0x1122334455667788;
	__asm__ volatile("smsw %%ax" : "+a"(rax));
	CHECK_EQ(rax, 0x1122334455660033);
	__asm__ volatile("str %%ecx" : "+c"(rcx));
	CHECK_EQ(rcx & 0xffffffff, 0x40);
	__asm__ volatile("sldt %0" : "=r"(r9));
	CHECK_EQ(r9 & 0xffff, 0);
}

TEST(only_two_bytes_in_memory)
{
	unsigned long words[4] = { -1ul, -1ul, -1ul, -1ul };
	unsigned long *base = words, index = 1;

	__asm__ volatile("smsw 8(%0, %1, 8)" : : "r"(base), "r"(index) : "memory");
	CHECK_EQ(words[2], 0xffffffffffff0033);
	__asm__ volatile("str (%0)" : : "r"(base) : "memory");
	CHECK_EQ(words[0], 0xffffffffffff0040);
	__asm__ volatile("sldt %0" : "=m"(words[1]));
	CHECK_EQ(words[1], 0xffffffffffff0000);
	CHECK_EQ(words[3], -1ul);
}

static __thread unsigned long in_thread = -1ul;

TEST(segments_and_relative_addresses)
{
	static unsigned long here = -1ul;

	__asm__ volatile("smsw %0" : "=m"(here));
	CHECK_EQ(here & 0xffff, 0x33);
	__asm__ volatile("smsw %%fs:in_thread@tpoff" : "=m"(in_thread));
	CHECK_EQ(in_thread & 0xffff, 0x33);
}

TEST(results_that_go_nowhere)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(page != MAP_FAILED);
	CHECK_OK(munmap(page + 4096, 4096));
	CHECK_EQ(FAULTS(__asm__ volatile("sgdt (%0)" : : "r"(page + 4096) : "memory")), SEGV_MAPERR);
	CHECK(address == page + 4096);
	CHECK_OK(mprotect(page, 4096, PROT_READ));
	CHECK_EQ(FAULTS(__asm__ volatile("smsw (%0)" : : "r"(page) : "memory")), SEGV_MAPERR);
	CHECK(address == page);
	/* LGDT and LLDT stay what they are. */
	CHECK_EQ(FAULTS(__asm__ volatile("lgdt (%0)" : : "r"(page) : "memory")), SI_KERNEL);
	CHECK_EQ(FAULTS(__asm__ volatile("lldt %w0" : : "r"(0) : "memory")), SI_KERNEL);
	CHECK_EQ(FAULTS(__asm__ volatile("lmsw %w0" : : "r"(0) : "memory")), SI_KERNEL);
}

TEST(an_instruction_at_the_end_of_a_page)
{
	static const unsigned char text[] = { 0x0f, 0x01, 0xe0, 0xc3 }; /* smsw %eax; ret */
	unsigned char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(page != MAP_FAILED);
	memcpy(page + 4096 - sizeof(text), text, sizeof(text));
	CHECK_OK(mprotect(page, 4096, PROT_READ | PROT_EXEC));
	CHECK_OK(munmap(page + 4096, 4096));
	CHECK_EQ(((unsigned (*)(void))(page + 4096 - sizeof(text)))(), 0x80050033);
}

/* What a program asks for is said to it, too. */
TEST(a_table_of_its_own)
{
	struct user_desc entry = { .entry_number = 3, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1 };
	unsigned long selector = 0;

	CHECK_OK(syscall(SYS_modify_ldt, 1, &entry, sizeof(entry)));
	__asm__ volatile("sldt %0" : "=r"(selector));
	CHECK_EQ(selector & 0xffff, 0x50);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };
	unsigned a, b, c, d;

	__cpuid_count(7, 0, a, b, c, d);
	if (!(c & 1 << 2))
		SKIP("no UMIP");
	REQUIRE(sigaction(SIGSEGV, &action, NULL) == 0);
	return test_run_cases();
}
