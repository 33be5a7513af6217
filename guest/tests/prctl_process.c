// prctl(2): what concerns the process as the machine sees it: TSC, memory layout, speculation, auxv, I/O.
/* test: cflags=-fcf-protection=none, so that reading the counter stands alone */
#include "prctl.h"
#include <sched.h>

#define PR_SET_MM_MAP_SIZE_ 15

static volatile sig_atomic_t faults;
static volatile int fault_code;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	(void)sig;
	faults++;
	fault_code = info->si_code;
	uc->uc_mcontext.gregs[REG_RIP] += 2; /* over the RDTSC */
}

static void read_counter(void)
{
	__asm__ volatile("rdtsc" ::: "eax", "edx");
}

TEST(tsc)
{
	int mode = -1;
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	sigaction(SIGSEGV, &sa, NULL);
	CHECK_OK(raw(PR_GET_TSC, &mode));
	CHECK_EQ(mode, PR_TSC_ENABLE);
	CHECK_ERRNO(raw(PR_GET_TSC, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(PR_SET_TSC, 0), EINVAL);
	CHECK_ERRNO(raw(PR_SET_TSC, 3), EINVAL);
	CHECK_EQ(IN_CHILD({
		read_counter();
		CHECK_EQ(faults, 0);
		CHECK_OK(raw(PR_SET_TSC, PR_TSC_SIGSEGV));
		CHECK_OK(raw(PR_SET_TSC, PR_TSC_SIGSEGV));
		CHECK_OK(raw(PR_GET_TSC, &mode));
		CHECK_EQ(mode, PR_TSC_SIGSEGV);
		for (int i = 0; i < 3; i++) {
			read_counter();
			sched_yield();
			usleep(1000); /* somebody else runs, and has a counter */
		}
		CHECK_EQ(faults, 3);
		CHECK_EQ(fault_code, SI_KERNEL);
		CHECK_EQ(IN_CHILD(CHECK_OK(raw(PR_GET_TSC, &mode)); CHECK_EQ(mode, PR_TSC_SIGSEGV);
				  read_counter(); CHECK_EQ(faults, 4)),
			 0);
		CHECK_OK(raw(PR_SET_TSC, PR_TSC_ENABLE));
		read_counter();
		CHECK_EQ(faults, 3);
	}),
		 0);
	read_counter();
	CHECK_EQ(faults, 0);
}

TEST(mce_kill)
{
	CHECK_EQ(raw(PR_MCE_KILL_GET), PR_MCE_KILL_DEFAULT);
	CHECK_ERRNO(raw(PR_MCE_KILL_GET, 1), EINVAL);
	CHECK_ERRNO(raw(PR_MCE_KILL, 2), EINVAL);
	CHECK_ERRNO(raw(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 1), EINVAL);
	CHECK_ERRNO(raw(PR_MCE_KILL, PR_MCE_KILL_SET, 3), EINVAL);
	CHECK_ERRNO(raw(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 1), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY));
		CHECK_EQ(raw(PR_MCE_KILL_GET), PR_MCE_KILL_EARLY);
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PR_MCE_KILL_GET), PR_MCE_KILL_EARLY)), 0);
		CHECK_OK(raw(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE));
		CHECK_EQ(raw(PR_MCE_KILL_GET), PR_MCE_KILL_LATE);
		CHECK_OK(raw(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_DEFAULT));
		CHECK_EQ(raw(PR_MCE_KILL_GET), PR_MCE_KILL_DEFAULT);
		CHECK_OK(raw(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY));
		CHECK_OK(raw(PR_MCE_KILL, PR_MCE_KILL_CLEAR));
		CHECK_EQ(raw(PR_MCE_KILL_GET), PR_MCE_KILL_DEFAULT);
	}),
		 0);
}

/* Whether the area at `at` could have huge pages; -1 if the kernel does not say. */
static int eligible(char *at)
{
	unsigned long start, end;
	char line[512];
	FILE *smaps = fopen("/proc/self/smaps", "r");
	int inside = 0, found = -1;
	while (smaps && fgets(line, sizeof line, smaps)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = (unsigned long)at >= start && (unsigned long)at < end;
		if (inside)
			sscanf(line, "THPeligible: %d", &found);
	}
	fclose(smaps);
	return found;
}

TEST(thp_disable)
{
	CHECK_EQ(raw(PR_GET_THP_DISABLE), 0);
	CHECK_ERRNO(raw(PR_GET_THP_DISABLE, 1), EINVAL);
	CHECK_ERRNO(raw(PR_SET_THP_DISABLE, 1, 0, 1), EINVAL);
	CHECK_ERRNO(raw(PR_SET_THP_DISABLE, 1, 0, 0, 1), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_SET_THP_DISABLE, 1));
		CHECK_EQ(raw(PR_GET_THP_DISABLE), 1);
		char *large = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(eligible(large + (4 << 20)) <= 0);
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PR_GET_THP_DISABLE), 1)), 0);
		CHECK_OK(raw(PR_SET_THP_DISABLE, 0));
		CHECK_EQ(raw(PR_GET_THP_DISABLE), 0);
	}),
		 0);
}

/* What is known of the processor differs; how it is asked does not. */
TEST(speculation)
{
	CHECK(raw(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS) >= 0);
	CHECK(raw(PR_GET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH) >= 0);
	CHECK_ERRNO(raw(PR_GET_SPECULATION_CTRL, 99), ENODEV);
	CHECK_ERRNO(raw(PR_GET_SPECULATION_CTRL, 0, 1), EINVAL);
	CHECK_ERRNO(raw(PR_GET_SPECULATION_CTRL, 0, 0, 1), EINVAL);
	CHECK_ERRNO(raw(PR_SET_SPECULATION_CTRL, 99, PR_SPEC_DISABLE), ENODEV);
	CHECK_ERRNO(raw(PR_SET_SPECULATION_CTRL, 0, PR_SPEC_DISABLE, 1), EINVAL);
	CHECK_ERRNO(raw(PR_SET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH, 999), ERANGE);
}

/* Options of other machines. */
TEST(not_here)
{
	static const int options[] = { 5, 6, 9, 10, 11, 12, 19, 20, 43, 44, 45, 46, 50, 51, 54, 55, 56 };
	for (unsigned i = 0; i < sizeof options / sizeof *options; i++)
		CHECK_ERRNO(raw(options[i], 0), EINVAL);
}

static unsigned long field_of_stat(int number)
{
	static char buf[2048];
	int fd = open("/proc/self/stat", O_RDONLY), n = read(fd, buf, sizeof buf - 1);
	close(fd);
	buf[n > 0 ? n : 0] = 0;
	char *at = strrchr(buf, ')');
	for (int i = 2; at && i < number; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoul(at, NULL, 10) : 0;
}

/* All of it at once, as a restored process does; that needs no right. */
TEST(mm_map)
{
	unsigned size = 0;
	struct prctl_mm_map map;
	CHECK_OK(raw(PR_SET_MM, PR_SET_MM_MAP_SIZE_, &size));
	CHECK_EQ(size, sizeof map);
	CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_MAP_SIZE_, BAD_PTR), EFAULT);
	memset(&map, 0, sizeof map);
	map.start_code = field_of_stat(26);
	map.end_code = field_of_stat(27);
	map.start_stack = field_of_stat(28);
	map.start_data = field_of_stat(45);
	map.end_data = field_of_stat(46);
	map.start_brk = field_of_stat(47);
	map.brk = syscall(SYS_brk, 0);
	map.arg_start = field_of_stat(48);
	map.arg_end = field_of_stat(49);
	map.env_start = field_of_stat(50);
	map.env_end = field_of_stat(51);
	map.exe_fd = -1;
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map));
		map.arg_start += 2;
		CHECK_OK(raw(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map));
		CHECK_EQ(field_of_stat(48), map.arg_start);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map - 1), EINVAL);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_MAP, BAD_PTR, sizeof map), EFAULT);
		map.end_code = map.start_code; /* not before its end */
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map), EINVAL);
	}),
		 0);
}

TEST_MAIN
