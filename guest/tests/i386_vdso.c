/* The vDSO of 32-bit programs (vdso(7)): its clocks say what the calls say, __kernel_vsyscall does calls, handlers go back
 * through it, and all that also where mremap has moved it.
 * test: cflags=-m32 */
#include "test.h"
#include "vdso.h"
#include "unwind.h"
#include <ucontext.h>

#define NR_gettimeofday 78
#define NR_time 13
#define NR_clock_gettime 265
#define NR_clock_getres 266
#define NR_clock_gettime64 403

struct timespec32 { int32_t sec, nsec; };
struct timespec64 { int64_t sec; int32_t nsec; uint32_t rest; };
struct timeval32 { int32_t sec, usec; };

static int (*vdso_gettime)(int, struct timespec32 *);
static int (*vdso_gettime64)(int, struct timespec64 *);
static int (*vdso_getres)(int, struct timespec32 *);
static int (*vdso_timeofday)(struct timeval32 *, struct timezone *);
static int32_t (*vdso_time)(int32_t *);

TEST(symbols)
{
	REQUIRE(getauxval(AT_SYSINFO_EHDR) != 0);
	CHECK_EQ(getauxval(AT_SYSINFO_EHDR) % 4096, 0);
	vdso_gettime = vdso_symbol("__vdso_clock_gettime");
	vdso_gettime64 = vdso_symbol("__vdso_clock_gettime64");
	vdso_getres = vdso_symbol("__vdso_clock_getres");
	vdso_timeofday = vdso_symbol("__vdso_gettimeofday");
	vdso_time = vdso_symbol("__vdso_time");
	REQUIRE(vdso_gettime && vdso_gettime64 && vdso_getres && vdso_timeofday && vdso_time);
	CHECK(vdso_symbol("__kernel_vsyscall") == (void *)getauxval(AT_SYSINFO));
	CHECK(vdso_symbol("__kernel_sigreturn") != NULL);
	CHECK(vdso_symbol("__kernel_rt_sigreturn") != NULL);
	CHECK(vdso_symbol("clock_gettime") == NULL);
}

static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
	CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI };
#define CLOCKS (sizeof clocks / sizeof *clocks)

static int64_t in_ns(struct timespec32 t) { return t.sec * 1000000000LL + t.nsec; }
static int64_t in_ns64(struct timespec64 t) { return t.sec * 1000000000LL + t.nsec; }

TEST(clock_gettime)
{
	for (unsigned i = 0; i < CLOCKS; i++)
		for (int round = 0; round < 300; round++) {
			struct timespec32 before, now, after;
			CHECK_OK(syscall(NR_clock_gettime, clocks[i], &before));
			CHECK_EQ(vdso_gettime(clocks[i], &now), 0);
			CHECK_OK(syscall(NR_clock_gettime, clocks[i], &after));
			if (in_ns(before) > in_ns(now) || in_ns(now) > in_ns(after) || now.nsec >= 1000000000) {
				test_fail(__LINE__, "clock %d is out of order in round %d", clocks[i], round);
				break;
			}
		}
}

TEST(clock_gettime64)
{
	for (unsigned i = 0; i < CLOCKS; i++)
		for (int round = 0; round < 300; round++) {
			struct timespec64 before = { 0, 0, 1 }, now = { 0, 0, 1 }, after = { 0, 0, 1 };
			CHECK_OK(syscall(NR_clock_gettime64, clocks[i], &before));
			CHECK_EQ(vdso_gettime64(clocks[i], &now), 0);
			CHECK_OK(syscall(NR_clock_gettime64, clocks[i], &after));
			if (in_ns64(before) > in_ns64(now) || in_ns64(now) > in_ns64(after) || now.nsec >= 1000000000 || now.rest) {
				test_fail(__LINE__, "clock %d is out of order in round %d", clocks[i], round);
				break;
			}
		}
}

TEST(clock_getres)
{
	for (unsigned i = 0; i < CLOCKS; i++) {
		struct timespec32 ours, theirs;
		CHECK_OK(syscall(NR_clock_getres, clocks[i], &ours));
		CHECK_EQ(vdso_getres(clocks[i], &theirs), 0);
		CHECK_EQ(in_ns(ours), in_ns(theirs));
		CHECK_EQ(vdso_getres(clocks[i], NULL), 0);
	}
}

TEST(clock_numbers)
{
	static const int none[] = { 10, 12, 31, 32, 63, 64, 0x7fffffff };
	struct timespec32 t;
	struct timespec64 t64;
	for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
		CHECK_EQ(vdso_gettime(none[i], &t), -EINVAL);
		CHECK_EQ(vdso_gettime64(none[i], &t64), -EINVAL);
		CHECK_EQ(vdso_getres(none[i], &t), -EINVAL);
	}
	/* A negative number is some process's processor time: here the caller's own. */
	CHECK_EQ(vdso_gettime((clockid_t)(~0u << 3 | 2), &t), 0);
	CHECK_EQ(vdso_gettime64((clockid_t)(~0u << 3 | 2), &t64), 0);
}

TEST(gettimeofday)
{
	struct timeval32 before, now, after;
	struct timezone ours = { 1, 1 }, theirs = { 2, 2 };
	for (int round = 0; round < 300; round++) {
		CHECK_OK(syscall(NR_gettimeofday, &before, &ours));
		CHECK_EQ(vdso_timeofday(&now, &theirs), 0);
		CHECK_OK(syscall(NR_gettimeofday, &after, NULL));
		int64_t a = before.sec * 1000000LL + before.usec, b = now.sec * 1000000LL + now.usec;
		if (a > b || b > after.sec * 1000000LL + after.usec || now.usec >= 1000000) {
			test_fail(__LINE__, "out of order in round %d", round);
			break;
		}
	}
	CHECK_EQ(ours.tz_minuteswest, theirs.tz_minuteswest);
	CHECK_EQ(ours.tz_dsttime, theirs.tz_dsttime);
	CHECK_EQ(vdso_timeofday(NULL, NULL), 0);
}

TEST(time)
{
	int32_t stored = 0, first = syscall(NR_time, NULL), got = vdso_time(&stored);
	CHECK(first <= got && got <= syscall(NR_time, NULL));
	CHECK_EQ(stored, got);
	CHECK(vdso_time(NULL) >= got);
}

/* A call through `entry` with all six arguments. */
long call(uintptr_t entry, long nr, const long *args);
__asm__(".text\n"
	"call:	pushl %ebp; pushl %ebx; pushl %esi; pushl %edi\n"
	"	movl 28(%esp), %ecx; movl 24(%esp), %eax; pushl 20(%esp)\n"
	"	movl (%ecx), %ebx; movl 8(%ecx), %edx; movl 12(%ecx), %esi; movl 16(%ecx), %edi; movl 20(%ecx), %ebp\n"
	"	movl 4(%ecx), %ecx; call *(%esp); addl $4, %esp\n"
	"	popl %edi; popl %esi; popl %ebx; popl %ebp; ret\n");

TEST(kernel_vsyscall)
{
	uintptr_t entry = getauxval(AT_SYSINFO);
	REQUIRE(entry != 0);
	CHECK_EQ(call(entry, SYS_getpid, (long[6]){ 0 }), getpid());
	int fd = make_file("six", "");
	REQUIRE(ftruncate(fd, 3 * 4096) == 0);
	REQUIRE(pwrite(fd, "second", 6, 4096) == 6);
	char *at = (char *)call(entry, SYS_mmap2, (long[6]){ 0, 4096, PROT_READ, MAP_PRIVATE, fd, 1 });
	REQUIRE((unsigned long)at < -4095ul);
	CHECK_EQ(memcmp(at, "second", 6), 0);
	CHECK_EQ(call(entry, 4000, (long[6]){ 0 }), -ENOSYS);
	CHECK_EQ(call(entry, SYS_write, (long[6]){ -1, 0, 0 }), -EBADF);
}

static __attribute__((noinline)) void single_step(void)
{
	UNWIND_STEP_ON();
	((int (*)(void))getauxval(AT_SYSINFO))();
	UNWIND_STEP_OFF();
}

/* At each instruction of __kernel_vsyscall. (Linux's other functions have no caller at their first and last ones.) */
TEST(unwinding)
{
	unwind_through(getauxval(AT_SYSINFO), 16, single_step);
	CHECK(unwind_steps >= 7);
	CHECK_EQ(unwind_lost, 0);
}

struct kernel_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};
struct old_action {
	void *handler;
	unsigned long mask;
	unsigned long flags;
	void *restorer;
};

static void *volatile back;

static void handler(int sig)
{
	(void)sig;
	back = __builtin_return_address(0);
}

/* Handlers without a restorer go back through the vDSO. */
TEST(sigreturn)
{
	struct old_action old = { .handler = handler };
	CHECK_OK(syscall(SYS_sigaction, SIGUSR1, &old, NULL));
	back = NULL;
	CHECK_OK(raise(SIGUSR1));
	CHECK(back == vdso_symbol("__kernel_sigreturn"));
	struct kernel_action action = { .handler = handler, .flags = SA_SIGINFO };
	CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, 8));
	back = NULL;
	CHECK_OK(raise(SIGUSR2));
	CHECK(back == vdso_symbol("__kernel_rt_sigreturn"));
	action.flags = 0;
	CHECK_OK(syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, 8));
	CHECK_OK(raise(SIGUSR2));
	CHECK(back == vdso_symbol("__kernel_sigreturn"));
}

static long int80(long nr, long a, long b, long c)
{
	long result;
	__asm__ volatile("int $0x80" : "=a"(result) : "0"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

/* Moves image, or data page and image, and uses everything at the new place. glibc goes by the old one: no calls of its own. */
static void move_and_use(uintptr_t size, int through_vdso)
{
	uintptr_t image = getauxval(AT_SYSINFO_EHDR), entry = getauxval(AT_SYSINFO);
	uintptr_t old_return = (uintptr_t)vdso_symbol("__kernel_sigreturn");
	char *room = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long args[6] = { image, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (long)room };
	pid_t pid = getpid();
	struct old_action old = { .handler = handler };
	struct kernel_action action = { .handler = handler, .flags = SA_SIGINFO };
	syscall(SYS_sigaction, SIGUSR1, &old, NULL);
	syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, 8);
	fflush(NULL);
	long moved;
	if (through_vdso) {
		moved = call(entry, SYS_mremap, args);
	} else {
		register long edi __asm__("edi") = args[4];
		__asm__ volatile("int $0x80" : "=a"(moved) : "0"(SYS_mremap), "b"(args[0]), "c"(args[1]), "d"(args[2]),
				 "S"(args[3]), "r"(edi) : "memory");
	}
	uintptr_t by = (uintptr_t)room - image;
	int wrong = 0;
	wrong |= (moved != (long)room) << 0;
	wrong |= (memcmp(room, ELFMAG, SELFMAG) != 0) << 1;
	wrong |= (call(entry + by, SYS_getpid, args) != pid) << 2;
	int80(SYS_kill, pid, SIGUSR1, 0);
	wrong |= ((uintptr_t)back != old_return + by) << 3;
	back = NULL;
	int80(SYS_kill, pid, SIGUSR2, 0);
	wrong |= ((uintptr_t)back - (uintptr_t)room >= size) << 4;
	/* And through it once more, to where nothing is. */
	args[0] = (long)room;
	args[4] = (long)room - 16 * 4096;
	moved = call(entry + by, SYS_mremap, args);
	wrong |= (moved != args[4]) << 5;
	wrong |= (call(entry + args[4] - image, SYS_getpid, args) != pid) << 6;
	for (;;)
		int80(SYS_exit_group, wrong, 0, 0);
}

static size_t image_size(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end, size = 0;
	char line[256];
	REQUIRE(maps);
	while (fgets(line, sizeof line, maps))
		if (strstr(line, "[vdso]") && sscanf(line, "%lx-%lx", &start, &end) == 2)
			size = end - start;
	fclose(maps);
	return size;
}

TEST(moved)
{
	size_t size = image_size();
	CHECK_EQ(IN_CHILD(move_and_use(size, 1)), 0);
	CHECK_EQ(IN_CHILD(move_and_use(size, 0)), 0);
}

TEST_MAIN
