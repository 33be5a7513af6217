// Wild values in every argument of every system call: whatever they answer, the kernel goes on.
/* test: guest-only last timeout=240, it may do anything to the machine that it runs on */
#include "test.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define X32 0x40000000
#define LAST 470
#ifndef RANDOM_SEED
#define RANDOM_SEED 1
#define RANDOM_CHILDREN 120
#endif

/* What stops the machine, changes its clock or ends processes that are none of the test's. */
static const short skipped[] = {
	SYS_reboot, SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal,
	SYS_kexec_load, SYS_kexec_file_load, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_clock_adjtime,
	SYS_vhangup, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_acct, SYS_swapon, SYS_swapoff, SYS_syslog,
};

static char *page;	/* two pages, the second unmapped */
static char *readonly, *none, *buffer;
static volatile int *progress;

static unsigned long seed;
static unsigned next_random(void)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned)(seed >> 33);
}

static long call(long nr, const unsigned long *a)
{
	long result;
	register unsigned long r10 asm("r10") = a[3], r8 asm("r8") = a[4], r9 asm("r9") = a[5];

	asm volatile("syscall" : "=a"(result) : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	return result;
}

static int is_skipped(long nr)
{
	for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
		if ((nr & ~X32) == skipped[i])
			return 1;
	return (nr & X32) && ((nr & ~X32) == 524 || (nr & ~X32) == 536); /* x32's rt_sigqueueinfo and its like */
}

static void on_alarm(int signal) { (void)signal; }

/* A call that sleeps is woken by the timer, whatever the calls before it did to signals. */
static void arm(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	sigset_t set;

	sigemptyset(&set);
	sigaction(SIGALRM, &sa, NULL);
	sigprocmask(SIG_SETMASK, &set, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 10000 }, { 0, 10000 } }, NULL);
}

static void limit(int resource, rlim_t value)
{
	setrlimit(resource, &(struct rlimit){ value, value });
}

static void become_victim(void)
{
	limit(RLIMIT_AS, 64 << 20);
	limit(RLIMIT_FSIZE, 1 << 20);
	limit(RLIMIT_NPROC, 200);
	limit(RLIMIT_CORE, 0);
	signal(SIGXFSZ, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	int null = open("/dev/null", O_RDWR);
	dup2(null, 1);
	dup2(null, 2);
	for (int fd = 3; fd < 16; fd++)
		close(fd);
	int fd = open("victim", O_RDWR | O_CREAT, 0600);
	write(fd, buffer, 64);
	memset(buffer, 0, 4096);
	strcpy(buffer, "victim");
	if (fd == 3)
		dup(fd);
	int pipes[2];
	pipe2(pipes, O_NONBLOCK);
}

/* Waits for a child for so many milliseconds, then ends it and all that it has left. */
static void reap(pid_t pid, int ms)
{
	int status, gone = 0;

	for (int waited = 0; waited < ms && !gone; waited += 2) {
		gone = waitpid(pid, &status, WNOHANG) != 0;
		if (!gone)
			usleep(waited < 20 ? 500 : 2000);
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	if (!gone)
		waitpid(pid, &status, 0);
	while (waitpid(-1, &status, WNOHANG) > 0)
		;
	unlink("victim");
}

static void one_number(long nr)
{
	const unsigned long wild[] = {
		0, 1, 0x7fffffffefff, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 0xffff7fffffffffff, 0xffff888000000000,
		0xffffffff81000000, -1UL, -4096UL, 0x4141414141414141, 0x7fffffff, 0x80000000, 0x8000000000000000,
		(unsigned long)page + 4095, (unsigned long)page + 4088, (unsigned long)readonly, (unsigned long)none,
		(unsigned long)buffer,
	};
	unsigned long buf = (unsigned long)buffer;
	const unsigned long bases[][6] = {
		{ 0 }, { buf, buf, buf, buf, buf, buf }, { 3, buf, 16, 0, 0, 0 }, { buf, 16, 0, 0, 0, 0 }, { -100UL, buf, buf, 0, 0, 0 },
	};
	pid_t self = getpid();

	for (size_t b = 0; b < sizeof bases / sizeof *bases; b++)
		for (int position = 0; position < 6; position++)
			for (size_t w = 0; w < sizeof wild / sizeof *wild; w++) {
				unsigned long args[6];
				memcpy(args, bases[b], sizeof args);
				args[position] = wild[w];
				arm();
				long result = call(nr, args);
				if (syscall(SYS_getpid) != self)
					syscall(SYS_exit_group, 0);
				progress[0]++;
				progress[1] += result == -EFAULT;
			}
	syscall(SYS_exit_group, 0);
}

static void every_number(long first, long last)
{
	for (long nr = first; nr <= last; nr++) {
		if (is_skipped(nr))
			continue;
		pid_t pid = test_fork();
		if (pid == 0) {
			become_victim();
			one_number(nr);
		}
		reap(pid, 1500);
	}
	CHECK(progress[0] > 1000);
}

TEST(all_numbers)
{
	every_number(0, LAST);
	CHECK(progress[1] > 500); /* of EFAULT */
}

TEST(x32_numbers) { every_number(X32 | 500, X32 | 550); }

TEST(numbers_out_of_range)
{
	static const long numbers[] = { LAST + 1, 511, 512, 547, 548, 1000, 0x3fffffff, X32, X32 | 15, X32 | 600, 0x7fffffff,
					0x80000000, 0xffffffff, -1, 1L << 32, 1L << 63 };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		pid_t pid = test_fork();
		if (pid == 0) {
			become_victim();
			one_number(numbers[i]);
		}
		reap(pid, 1500);
	}
}

static unsigned long random_argument(void)
{
	static const unsigned long wild[] = {
		0, 1, -1UL, 0x7fffffffefff, 0x7ffffffff000, 0x800000000000, 0xffff888000000000, 0xffffffff81000000, 0x7fffffff,
		0x80000000, 0xffffffff, 1UL << 63, -4096UL, -100UL, 0x7fffffffffffffff,
	};

	switch (next_random() % 10) {
	case 0: return wild[next_random() % (sizeof wild / sizeof *wild)];
	case 1: return 1UL << (next_random() & 63);
	case 2: return (unsigned long)page + 4096 - next_random() % 64;
	case 3: return (unsigned long)readonly + next_random() % 4096;
	case 4: return ((unsigned long)next_random() << 32 | next_random()) >> (next_random() & 63);
	case 5: return (unsigned long)(next_random() & 1 ? none : page);
	case 6: return next_random() % 8;
	case 7: return next_random() % 4096;
	default: return (unsigned long)buffer + next_random() % 64 * 8;
	}
}

static void random_calls(unsigned long from, int count)
{
	pid_t self = getpid();

	seed = from;
	for (int i = 0; i < count; i++) {
		unsigned long args[6];
		long nr = next_random() % (LAST + 1);

		if (next_random() % 50 == 0)
			nr = (long)(X32 | (512 + next_random() % 36));
		if (next_random() % 8 == 0)
			for (int k = 0; k < 512; k++)
				((unsigned *)buffer)[k] = next_random() % 4 ? next_random() % 16 : next_random();
		if (next_random() % 4 == 0)
			strcpy(buffer + next_random() % 64 * 8, "victim");
		for (int k = 0; k < 6; k++)
			args[k] = random_argument();
		/* those end the child at once and show little */
		if (is_skipped(nr) || nr == SYS_exit || nr == SYS_exit_group || nr == SYS_rt_sigreturn || nr == SYS_munmap)
			continue;
		arm();
		call(nr, args);
		if (syscall(SYS_getpid) != self)
			syscall(SYS_exit_group, 0);
	}
	syscall(SYS_exit_group, 0);
}

TEST(random_arguments)
{
	for (unsigned long i = 0; i < RANDOM_CHILDREN; i += 2) {
		pid_t pids[2];
		for (unsigned k = 0; k < 2; k++) {
			pids[k] = test_fork();
			if (pids[k] == 0) {
				become_victim();
				random_calls(RANDOM_SEED + i + k, 150);
			}
		}
		reap(pids[0], 1500);
		reap(pids[1], 1500);
	}
}

int main(void)
{
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(page + 4096, 4096);
	readonly = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	buffer = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	signal(SIGTTOU, SIG_IGN);
	return test_run_cases();
}
