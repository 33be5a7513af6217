// vdso(7): the functions of the vDSO say what the calls say, and an unwinder gets through them.
#include "test.h"
#include "vdso.h"
#include "unwind.h"
#include <sched.h>
#include <ucontext.h>

static int (*vdso_gettime)(clockid_t, struct timespec *);
static int (*vdso_getres)(clockid_t, struct timespec *);
static int (*vdso_timeofday)(struct timeval *, struct timezone *);
static time_t (*vdso_time)(time_t *);
static int (*vdso_getcpu)(unsigned *, unsigned *, void *);

TEST(symbols)
{
	REQUIRE(getauxval(AT_SYSINFO_EHDR) != 0);
	CHECK_EQ(getauxval(AT_SYSINFO_EHDR) % 4096, 0);
	CHECK_EQ(memcmp((void *)getauxval(AT_SYSINFO_EHDR), ELFMAG, SELFMAG), 0);
	vdso_gettime = vdso_symbol("__vdso_clock_gettime");
	vdso_getres = vdso_symbol("__vdso_clock_getres");
	vdso_timeofday = vdso_symbol("__vdso_gettimeofday");
	vdso_time = vdso_symbol("__vdso_time");
	vdso_getcpu = vdso_symbol("__vdso_getcpu");
	REQUIRE(vdso_gettime && vdso_getres && vdso_timeofday && vdso_time && vdso_getcpu);
#ifdef __ILP32__
	/* The image for x32 programs has no second names. */
	CHECK(vdso_symbol("clock_gettime") == NULL);
#else
	CHECK(vdso_symbol("clock_gettime") == (void *)vdso_gettime);
	CHECK(vdso_symbol("time") == (void *)vdso_time);
#endif
	CHECK(vdso_symbol("no_such_function") == NULL);
}

static size_t image_size;

TEST(maps)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start, end, vvar_end = 0, vdso = 0;
	char line[256], rights[8];
	REQUIRE(maps);
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx-%lx %7s", &start, &end, rights) != 3)
			continue;
		if (strstr(line, "[vvar")) {
			vvar_end = end;
			CHECK_STREQ(rights, "r--p");
		}
		if (strstr(line, "[vdso]")) {
			vdso = start;
			image_size = end - start;
			CHECK_STREQ(rights, "r-xp");
		}
	}
	fclose(maps);
	CHECK_EQ(vdso, getauxval(AT_SYSINFO_EHDR));
	CHECK_EQ(vvar_end, vdso);
	/* Nobody may write there. */
	int fd = open("/dev/zero", O_RDONLY);
	CHECK_ERRNO(read(fd, (void *)vdso, 1), EFAULT);
	CHECK_ERRNO(read(fd, (void *)(vvar_end - 4096), 1), EFAULT);
	close(fd);
}

static int64_t in_ns(struct timespec t) { return t.tv_sec * 1000000000LL + t.tv_nsec; }

TEST(clocks)
{
	static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
		CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI };
	for (unsigned i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		struct timespec before, now, after, ours, theirs;
		for (int round = 0; round < 1000; round++) {
			CHECK_OK(syscall(SYS_clock_gettime, clocks[i], &before));
			CHECK_EQ(vdso_gettime(clocks[i], &now), 0);
			CHECK_OK(syscall(SYS_clock_gettime, clocks[i], &after));
			if (in_ns(before) > in_ns(now) || in_ns(now) > in_ns(after) || now.tv_nsec >= 1000000000) {
				test_fail(__LINE__, "clock %d is out of order in round %d", clocks[i], round);
				break;
			}
		}
		CHECK_OK(syscall(SYS_clock_getres, clocks[i], &ours));
		CHECK_EQ(vdso_getres(clocks[i], &theirs), 0);
		CHECK_EQ(in_ns(ours), in_ns(theirs));
		CHECK_EQ(vdso_getres(clocks[i], NULL), 0);
	}
}

TEST(clock_numbers)
{
	static const int none[] = { 10, 12, 31, 32, 63, 64, 0x7fffffff };
	struct timespec t;
	for (unsigned i = 0; i < sizeof none / sizeof *none; i++) {
		CHECK_EQ(vdso_gettime(none[i], &t), -EINVAL);
		CHECK_EQ(vdso_getres(none[i], &t), -EINVAL);
	}
	/* A negative number is some process's processor time: here the caller's own. */
	CHECK_EQ(vdso_gettime((clockid_t)(~0u << 3 | 2), &t), 0);
	CHECK_EQ(vdso_getres((clockid_t)(~0u << 3 | 2), &t), 0);
	/* Only the lower half of the register counts. */
	CHECK_EQ(((long (*)(long, struct timespec *))(void *)vdso_gettime)(1L << 32 | CLOCK_MONOTONIC, &t) & 0xffffffff, 0);
}

TEST(time_of_day)
{
	struct timeval before, now, after;
	struct timezone ours = { 1, 1 }, theirs = { 2, 2 };
	for (int round = 0; round < 1000; round++) {
		CHECK_OK(syscall(SYS_gettimeofday, &before, &ours));
		CHECK_EQ(vdso_timeofday(&now, &theirs), 0);
		CHECK_OK(syscall(SYS_gettimeofday, &after, NULL));
		if (timercmp(&before, &now, >) || timercmp(&now, &after, >) || now.tv_usec >= 1000000) {
			test_fail(__LINE__, "out of order in round %d", round);
			break;
		}
	}
	CHECK_EQ(ours.tz_minuteswest, theirs.tz_minuteswest);
	CHECK_EQ(ours.tz_dsttime, theirs.tz_dsttime);
	CHECK_EQ(vdso_timeofday(NULL, NULL), 0);
	CHECK_EQ(vdso_timeofday(NULL, &theirs), 0);

	time_t stored = 0, first = syscall(SYS_time, NULL), got = vdso_time(&stored);
	CHECK(first <= got && got <= syscall(SYS_time, NULL));
	CHECK_EQ(stored, got);
	CHECK(vdso_time(NULL) >= got);
}

TEST(processor)
{
	cpu_set_t all, one;
	unsigned cpu = -1, node = -1;
	CHECK_OK(sched_getaffinity(0, sizeof all, &all));
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		CHECK_OK(sched_setaffinity(0, sizeof one, &one));
		CHECK_EQ(vdso_getcpu(&cpu, &node, BAD_PTR), 0);
		CHECK_EQ(cpu, i);
		CHECK_EQ(node, 0);
		CHECK_EQ(vdso_getcpu(&cpu, NULL, NULL), 0);
		CHECK_EQ(vdso_getcpu(NULL, &node, NULL), 0);
		CHECK_EQ(vdso_getcpu(NULL, NULL, NULL), 0);
	}
	CHECK_OK(sched_setaffinity(0, sizeof all, &all));
}

TEST(child)
{
	struct timespec t;
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0)
		_exit(vdso_gettime(CLOCK_MONOTONIC, &t) != 0);
	int status;
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

static __attribute__((noinline)) void single_step(void)
{
	struct timespec t;
	struct timeval now;
	unsigned cpu;
	UNWIND_STEP_ON();
	vdso_gettime(CLOCK_MONOTONIC, &t);
	vdso_gettime(CLOCK_MONOTONIC_COARSE, &t);
	vdso_timeofday(&now, NULL);
	vdso_getcpu(&cpu, NULL, NULL);
	UNWIND_STEP_OFF();
}

/* At each instruction of the vDSO the caller must be found. */
TEST(unwinding)
{
	unwind_through(getauxval(AT_SYSINFO_EHDR), 8192, single_step);
	CHECK(unwind_steps > 40);
	CHECK_EQ(unwind_lost, 0);
}

/* The image stays in one piece (where it has more than a page). */
TEST(in_one_piece)
{
	char *image = (char *)getauxval(AT_SYSINFO_EHDR);
	if (image_size == 4096)
		return;
	CHECK_ERRNO(munmap(image, 4096), EINVAL);
	CHECK_ERRNO(munmap(image + 4096, 4096), EINVAL);
	CHECK_ERRNO(mprotect(image, 4096, PROT_READ), EINVAL);
	CHECK_ERRNO(mremap(image, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), EINVAL);
	CHECK_ERRNO(mremap(image, image_size, 4096, 0), EINVAL);
	CHECK(mremap(image, 4096, 4096, 0) == image);
}

/* A debugger sets breakpoints in the image: the process gets a copy of its own. The data page is nobody's to copy. */
TEST(breakpoints)
{
	unsigned char *code = (unsigned char *)getauxval(AT_SYSINFO_EHDR), byte;
	off_t at = (uintptr_t)vdso_getcpu;
	unsigned char old = *(volatile unsigned char *)at;
	CHECK_EQ(IN_CHILD({
		int own = open("/proc/self/mem", O_RDWR);
		CHECK_EQ(pwrite(own, "\xcc", 1, at), 1);
		CHECK_EQ(pread(own, &byte, 1, at), 1);
		CHECK_EQ(byte, 0xcc);
		CHECK_EQ(*(volatile unsigned char *)at, 0xcc);
		CHECK_EQ(IN_CHILD(CHECK_EQ(*(volatile unsigned char *)at, 0xcc)), 0);
		CHECK_ERRNO(pread(own, &byte, 1, (uintptr_t)code - 4096), EIO);
		CHECK_ERRNO(pwrite(own, "x", 1, (uintptr_t)code - 4096), EIO);
		CHECK_ERRNO(mprotect(code - 4096, 4096, PROT_READ | PROT_WRITE), EACCES);
	}), 0);
	CHECK_EQ(*(volatile unsigned char *)at, old);
	CHECK_EQ(IN_CHILD({
		REQUIRE(mprotect(code, image_size, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
		code[1] = 'x';
		CHECK_EQ(code[1], 'x');
	}), 0);
	CHECK_EQ(code[1], 'E');
}

TEST_MAIN
