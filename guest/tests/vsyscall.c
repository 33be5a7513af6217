// The vsyscall page: functions at fixed addresses that can be called and, with vsyscall=emulate, read.
/* test: skip-oracle 64-only, 6.1 looks at the whole of what a pointer at the end points to */
#include "test.h"
#include <sched.h>
#include <ucontext.h>

#define PAGE_AT 0xffffffffff600000ul

static long (*volatile vsyscall_gettimeofday)(void *, void *) = (void *)PAGE_AT;
static long (*volatile vsyscall_time)(void *) = (void *)(PAGE_AT + 0x400);
static long (*volatile vsyscall_getcpu)(void *, void *, void *) = (void *)(PAGE_AT + 0x800);

static sigjmp_buf leave;

static void fault(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	(void)sig;
	printf("  SIGSEGV code %d addr %#lx trap %lld error %#llx", info->si_code, (long)info->si_addr,
	       info->si_code > 0 ? regs[REG_TRAPNO] : 0, info->si_code > 0 ? regs[REG_ERR] : 0);
	if ((unsigned long)regs[REG_RIP] >= PAGE_AT)
		printf(" at page + %#llx", regs[REG_RIP] - PAGE_AT);
	putchar('\n');
	siglongjmp(leave, 1);
}

#define TRY(expr)                                                              \
	do {                                                                   \
		printf("  %s\n", #expr);                                       \
		if (!sigsetjmp(leave, 1))                                      \
			printf("  returned %ld\n", (long)(expr));              \
	} while (0)

/* Whether this Linux has the page so, with 'r' or '-' as its right to be read: the developer's may have none. */
static int has_page_with(char read)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256], last[256] = "", wanted[256];
	REQUIRE(maps);
	while (fgets(line, sizeof line, maps))
		strcpy(last, line);
	fclose(maps);
	sprintf(wanted, "ffffffffff600000-ffffffffff601000 %c-xp 00000000 00:00 0                  [vsyscall]\n", read);
	return !strcmp(last, wanted);
}

static int has_page(void)
{
	return has_page_with('-') || has_page_with('r');
}

TEST(maps)
{
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
}

TEST(calls)
{
	struct timeval before, now, after;
	struct timezone zone = { 7, 7 }, same = { 8, 8 };
	time_t stored;
	unsigned cpu, node, again;
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
	CHECK_OK(syscall(SYS_gettimeofday, &before, &same));
	CHECK_EQ(vsyscall_gettimeofday(&now, &zone), 0);
	CHECK_OK(syscall(SYS_gettimeofday, &after, NULL));
	CHECK(!timercmp(&before, &now, >) && !timercmp(&now, &after, >));
	CHECK_EQ(zone.tz_minuteswest, same.tz_minuteswest);
	CHECK_EQ(vsyscall_gettimeofday(NULL, NULL), 0);
	time_t first = syscall(SYS_time, NULL), got = vsyscall_time(&stored);
	CHECK(first <= got && got <= syscall(SYS_time, NULL));
	CHECK_EQ(stored, got);
	CHECK(vsyscall_time(NULL) >= got);
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	CHECK_OK(sched_setaffinity(0, sizeof one, &one));
	CHECK_OK(syscall(SYS_getcpu, &again, NULL, NULL));
	CHECK_EQ(vsyscall_getcpu(&cpu, &node, (void *)5), 0);
	CHECK_EQ(cpu, again);
	CHECK_EQ(node, 0);
}

/* All registers but rax, rcx and r11 stay, the third argument's too. */
TEST(registers)
{
	unsigned long dx = 0x1234567812345678, sp = 0, after = 1;
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
	register unsigned long r10 __asm__("r10") = 10, r8 __asm__("r8") = 8;
	__asm__ volatile("movq %%rsp, %1; call *%%rax; movq %%rsp, %2"
			 : "+d"(dx), "=&r"(sp), "=&r"(after), "+r"(r10), "+r"(r8)
			 : "a"(PAGE_AT + 0x800), "D"(0), "S"(0)
			 : "rcx", "r11", "memory");
	CHECK_EQ(dx, 0x1234567812345678);
	CHECK_EQ(sp, after);
	CHECK(r10 == 10 && r8 == 8);
}

TEST(bad_pointers)
{
	long room[4];
	char *read_only = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sigaction action = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
	CHECK_OK(sigaction(SIGSEGV, &action, NULL));
	TRY(vsyscall_gettimeofday((void *)1, NULL));
	TRY(vsyscall_gettimeofday(room, (void *)16));
	TRY(vsyscall_gettimeofday(read_only, NULL));
	TRY(vsyscall_gettimeofday((void *)-8l, NULL));
	TRY(vsyscall_gettimeofday(room, (void *)0x7fffffffeffc));
	TRY(vsyscall_time((void *)0xffff800000000000));
	TRY(vsyscall_time(read_only));
	TRY(vsyscall_getcpu((void *)16, NULL, NULL));
	TRY(vsyscall_getcpu(room, (void *)(1l << 62), NULL));
}

TEST(bad_addresses)
{
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
	TRY(((long (*)(void))(PAGE_AT + 0xc00))());
	TRY(((long (*)(void))(PAGE_AT + 1))());
	TRY(((long (*)(void))(PAGE_AT + 0x3ff))());
	TRY(((long (*)(void))(PAGE_AT + 0x1000))());
	TRY(((long (*)(void))(PAGE_AT - 1))());
	TRY(*(volatile char *)PAGE_AT);
	TRY(*(volatile char *)PAGE_AT = 1);
	CHECK_ERRNO(write(1, (void *)PAGE_AT, 1), EFAULT);
}

/* The return address can't be read. */
TEST(bad_stack)
{
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t alternate = { .ss_sp = stack, .ss_size = 65536 };
	struct sigaction action = { .sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
	CHECK_OK(sigaltstack(&alternate, NULL));
	CHECK_OK(sigaction(SIGSEGV, &action, NULL));
	if (!sigsetjmp(leave, 1))
		__asm__ volatile("movq $16, %%rsp; jmp *%%rax" : : "a"(PAGE_AT + 0x400) : "memory");
}

/* What a look from outside finds: process_vm_readv knows the page if it can be read, /proc/PID/mem does not. */
TEST(from_outside)
{
	unsigned char bytes[16] = { 0 };
	struct iovec here = { bytes, 16 }, there = { (void *)PAGE_AT, 16 };
	int mem = open("/proc/self/mem", O_RDWR);
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
	errno = 0;
	if (has_page_with('r')) {
		CHECK_EQ(process_vm_readv(getpid(), &here, 1, &there, 1, 0), 16);
		CHECK_EQ(memcmp(bytes, "\x48\xc7\xc0\x60\0\0\0\x0f\x05\xc3\xcc", 11), 0);
		there.iov_base = (void *)(PAGE_AT + 4088);
		CHECK_EQ(process_vm_readv(getpid(), &here, 1, &there, 1, 0), 8);
		there.iov_base = (void *)(PAGE_AT + 0x800);
		CHECK_EQ(process_vm_readv(getpid(), &here, 1, &there, 1, 0), 16);
		CHECK_EQ(memcmp(bytes, "\x48\xc7\xc0\x35\x01\0\0\x0f\x05\xc3\xcc", 11), 0);
	} else {
		CHECK_ERRNO(process_vm_readv(getpid(), &here, 1, &there, 1, 0), EFAULT);
	}
	lseek(mem, PAGE_AT, SEEK_SET);
	CHECK_ERRNO(read(mem, bytes, 16), EIO);
	there.iov_base = (void *)PAGE_AT;
	CHECK_ERRNO(process_vm_writev(getpid(), &here, 1, &there, 1, 0), EFAULT);
	lseek(mem, PAGE_AT, SEEK_SET);
	CHECK_ERRNO(write(mem, "x", 1), EIO);
	there.iov_base = (void *)(PAGE_AT + 4096);
	CHECK_ERRNO(process_vm_readv(getpid(), &here, 1, &there, 1, 0), EFAULT);
}

/* Calls are done by the kernel: a program that steps sees one instruction there. */
static volatile sig_atomic_t stops;

static void stop(int sig, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	(void)sig, (void)info;
	stops += (unsigned long)regs[REG_RIP] >> 12 == PAGE_AT >> 12;
}

TEST(stepping)
{
	struct sigaction action = { .sa_sigaction = stop, .sa_flags = SA_SIGINFO };
	if (!has_page())
		SKIP("this Linux has another vsyscall mode");
	CHECK_OK(sigaction(SIGTRAP, &action, NULL));
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; call *%%rax; pushfq; andl $~0x100, (%%rsp); popfq"
			 : : "a"(PAGE_AT + 0x400), "D"(0) : "rcx", "r11", "memory", "cc");
	CHECK_EQ(stops, 1);
}

TEST_MAIN
