/* A worker: a process in the fuzzer's tree that makes one random call after another, and the processes and threads that
 * come of it. */
static int verbose;

/* Makes the call. A thread that it starts on a stack of its own goes on in thread_main, with the number that lies there. */
static long do_call(long nr, const uint64_t *a)
{
	register long r10 __asm__("r10") = (long)a[3];
	register long r8 __asm__("r8") = (long)a[4];
	register long r9 __asm__("r9") = (long)a[5];
	register long r12 __asm__("r12");
	long result;

	__asm__ volatile("mov %%rsp, %%r12\n\t"
			 "syscall\n\t"
			 "cmp %%rsp, %%r12\n\t"
			 "je 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov (%%rsp), %%rdi\n\t"
			 "and $-16, %%rsp\n\t"
			 "call thread_main\n\t"
			 "1:"
			 : "=a"(result), "=&r"(r12)
			 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static const struct call *choose(struct random *r)
{
	for (;;) {
		const struct call *call = &calls[below(r, CALL_COUNT)];
		int nr = call->nr;

		/* What is not there is tried seldom, and so is what ends the worker. */
		if (nr < 512 && counters->calls[nr] > 30 && counters->absent[nr] == counters->calls[nr] && !percent(r, 3))
			continue;
		if ((nr == SYS_exit || nr == SYS_exit_group || nr == SYS_rt_sigreturn || nr == SYS_execve || nr == SYS_execveat ||
		     nr == SYS_pause || nr == SYS_rt_sigsuspend) && !percent(r, 12))
			continue;
		return call;
	}
}

static void print_call(const struct call *call, const uint64_t *a)
{
	char text[300];
	int n = snprintf(text, sizeof text, "%d %s(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)\n", (int)syscall(SYS_gettid), call->name,
			 a[0], a[1], a[2], a[3], a[4], a[5]);

	write(2, text, (size_t)n);
}

static void fuzz(struct random *r, int count);

/* What a call's child does: a little of the same, if it has memory of its own. */
static void __attribute__((noreturn)) child(struct random *r, int nr)
{
	if (nr != SYS_vfork) {
		r->state ^= 0x5555;
		fuzz(r, 8);
	}
	for (;;)
		syscall(SYS_exit, 0);
}

static void one_call(struct random *r)
{
	const struct call *call = choose(r);
	uint64_t a[6];

	for (int i = 0; i < 6; i++)
		a[i] = i < call->count ? value(r, call->args[2 * i], call->args[2 * i + 1]) : next(r);
	tune(r, call->nr, a);
	if (!is_safe(call->nr, a))
		return;
	if (verbose)
		print_call(call, a);
	long result = do_call(call->nr, a);

	if (result == 0 && (call->nr == SYS_fork || call->nr == SYS_vfork || call->nr == SYS_clone || call->nr == SYS_clone3))
		child(r, call->nr);
	if (call->nr < 512) {
		counters->calls[call->nr]++;
		counters->good[call->nr] += result >= 0 || result < -4095;
		counters->absent[call->nr] += result == -ENOSYS;
		counters->total++;
	}
}

static void fuzz(struct random *r, int count)
{
	while (count--)
		one_call(r);
}

void thread_main(uint64_t seed) __attribute__((used, noreturn));
void thread_main(uint64_t seed)
{
	struct random r = { seed };

	fuzz(&r, 30);
	for (;;)
		syscall(SYS_exit, 0);
}

static void start_thread(struct random *r)
{
	uint64_t a[6] = { CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, thread_stack(r) };

	do_call(SYS_clone, a);
}

static void limit(int resource, rlim_t value)
{
	setrlimit(resource, &(struct rlimit){ value, value });
}

/* Gives up what would let a worker starve or end the others, or leave its tree. */
static void drop_privileges(struct random *r)
{
	static const int dropped[] = { CAP_SYS_BOOT, CAP_SYS_NICE, CAP_SYS_RESOURCE, CAP_MKNOD, CAP_SYS_RAWIO, CAP_SYS_MODULE };
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	limit(RLIMIT_AS, 256 << 20);
	limit(RLIMIT_FSIZE, 2 << 20);
	limit(RLIMIT_NOFILE, FDS);
	limit(RLIMIT_NPROC, 60);
	limit(RLIMIT_CPU, 5);
	limit(RLIMIT_SIGPENDING, 200);
	limit(RLIMIT_MEMLOCK, 1 << 20);
	limit(RLIMIT_CORE, percent(r, 30) ? 1 << 20 : 0);
	if (!as_root) {
		setgroups(0, NULL);
		setresgid(65534, 65534, 65534);
		setresuid(65534, 65534, 65534);
		prctl(PR_SET_DUMPABLE, 1);
		return;
	}
	syscall(SYS_capget, &header, data);
	for (unsigned i = 0; i < sizeof dropped / sizeof *dropped; i++) {
		prctl(PR_CAPBSET_DROP, dropped[i]);
		data[0].effective &= ~(1u << dropped[i]);
		data[0].permitted &= ~(1u << dropped[i]);
		data[0].inheritable = 0;
	}
	syscall(SYS_capset, &header, data);
}

/* The number of the worker is its seed; its name is in the kernel's messages. */
static void __attribute__((noreturn)) worker(uint64_t seed, unsigned episode, unsigned slot, unsigned number)
{
	struct random r = { mix(seed ^ mix((uint64_t)episode << 40 | (uint64_t)slot << 32 | number)) };
	struct itimerval often = { { 0, 30000 }, { 0, 30000 } };
	char name[32];

	leader = getpid();
	put_file("/proc/self/oom_score_adj", "0", 0);
	snprintf(name, sizeof name, "fz %u.%u.%u", episode, slot, number);
	prctl(PR_SET_NAME, name);
	setsid();
	umask(0);
	if (!verbose) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0), dup2(null, 1), dup2(null, 2);
	}
	close_range(3, UINT_MAX, 0);
	if (chroot("/fz"))
		_exit(97);
	snprintf(name, sizeof name, "/w/%u", slot / 2);
	mkdir(name, 0777);
	if (chdir(name))
		_exit(96);
	if (number % 8 == 0)
		make_files();
	drop_privileges(&r);
	make_memory();
	open_descriptors(&r);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = no_handler }, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (unsigned i = percent(&r, 40) ? 1 + below(&r, 3) : 0; i; i--)
		start_thread(&r);
	fuzz(&r, 150);
	_exit(0);
}
