// Core dumps: which signals make one, what refuses it, where it goes, and what stands in it (core(5), elf(5)).
// test: guest-only timeout=60 cflags=-pthread, sets kernel.core_pattern
#include "test.h"
#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/user.h>

#define PATTERN "/proc/sys/kernel/core_pattern"
#define USES_PID "/proc/sys/kernel/core_uses_pid"
#define PIPE_LIMIT "/proc/sys/kernel/core_pipe_limit"
#define SUID_DUMPABLE "/proc/sys/fs/suid_dumpable"

static char here[PATH_MAX];

static int spit(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_TRUNC), saved;
	ssize_t n = fd < 0 ? -1 : write(fd, value, strlen(value));

	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

static const char *slurp(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	text[n < 0 ? 0 : n] = 0;
	if (fd >= 0)
		close(fd);
	return text;
}

static void core_limit(rlim_t limit)
{
	struct rlimit r = { limit, RLIM_INFINITY };

	CHECK_OK(setrlimit(RLIMIT_CORE, &r));
}

static long size_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (long)st.st_size;
}

/* Ends by `signal` and its default action. */
static void die(int signal)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void)!syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
	_exit(99);
}

#define DYING(...) IN_CHILD({ __VA_ARGS__; die(SIGABRT); })

static void check_dumped(int line, int status, int dumped, const char *path)
{
	if (!WIFSIGNALED(status) || !!WCOREDUMP(status) != dumped)
		test_fail(line, "status %#x, expected a core: %d", status, dumped);
	if ((size_of(path) > 0) != dumped)
		test_fail(line, "%s has %ld bytes, expected a core: %d", path, size_of(path), dumped);
}
#define CHECK_DUMPED(status, dumped, path) check_dumped(__LINE__, status, dumped, path)

/* ---- a core in memory ---- */

static unsigned char *core;
static long core_size;

static void load_core(const char *path)
{
	int fd = open(path, O_RDONLY);

	core_size = size_of(path);
	REQUIRE(fd >= 0 && core_size > 0);
	core = mmap(NULL, core_size, PROT_READ, MAP_PRIVATE, fd, 0);
	REQUIRE(core != MAP_FAILED);
	close(fd);
}

static void drop_core(void)
{
	munmap(core, core_size);
}

#define EHDR ((Elf64_Ehdr *)core)
#define PHDR(n) ((Elf64_Phdr *)(core + EHDR->e_phoff) + (n))

struct note {
	unsigned type, size;
	const char *name;
	const void *content;
};

/* The nth note. */
static int note(int nth, struct note *found)
{
	size_t at = PHDR(0)->p_offset, end = at + PHDR(0)->p_filesz;

	while (at + sizeof(Elf64_Nhdr) <= end) {
		Elf64_Nhdr *head = (Elf64_Nhdr *)(core + at);
		size_t content = at + sizeof *head + (head->n_namesz + 3) / 4 * 4;

		*found = (struct note){ head->n_type, head->n_descsz, (char *)(head + 1), core + content };
		at = content + (head->n_descsz + 3) / 4 * 4;
		if (nth-- == 0)
			return 1;
	}
	return 0;
}

static int find_note(unsigned type, int nth, struct note *found)
{
	for (int i = 0; note(i, found); i++)
		if (found->type == type && nth-- == 0)
			return 1;
	return 0;
}

/* What the core holds at an address of the process; NULL if it leaves it out. */
static const void *memory(const volatile void *address, size_t size)
{
	uintptr_t at = (uintptr_t)address;

	for (int i = 1; i < EHDR->e_phnum; i++)
		if (PHDR(i)->p_type == PT_LOAD && at >= PHDR(i)->p_vaddr &&
		    at + size <= PHDR(i)->p_vaddr + PHDR(i)->p_filesz)
			return core + PHDR(i)->p_offset + (at - PHDR(i)->p_vaddr);
	return NULL;
}

/* ---- the cases ---- */

static volatile char marker[] = "marked: this stands in the core";
static volatile char *heap;

TEST(setup)
{
	mount("proc", "/proc", "proc", 0, NULL);
	REQUIRE(getcwd(here, sizeof here) != NULL);
	umask(022);
	CHECK_STREQ(slurp(PATTERN), "core\n");
	CHECK_STREQ(slurp(USES_PID), "0\n");
	CHECK_STREQ(slurp(PIPE_LIMIT), "0\n");
	CHECK_STREQ(slurp(SUID_DUMPABLE), "0\n");
	CHECK_ERRNO(spit(SUID_DUMPABLE, "3"), EINVAL);
	CHECK_ERRNO(spit(USES_PID, "x"), EINVAL);
	heap = malloc(100);
	strcpy((char *)heap, "on the heap");
}

TEST(limits)
{
	core_limit(0);
	CHECK_DUMPED(DYING(), 0, "core");
	core_limit(4095);
	CHECK_DUMPED(DYING(), 0, "core");
	core_limit(8192);
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK(size_of("core") <= 8192);
	core_limit(RLIM_INFINITY);
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK(size_of("core") > 8192);
	unlink("core");
}

TEST(signals)
{
	static const int with[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGSYS, SIGXCPU,
				    SIGXFSZ };
	static const int without[] = { SIGHUP, SIGINT, SIGKILL, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
				       SIGSTKFLT, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, 34, 64 };

	for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
		int status = IN_CHILD(die(with[i]));

		CHECK_EQ(WTERMSIG(status), with[i]);
		CHECK_DUMPED(status, 1, "core");
		unlink("core");
	}
	for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
		int status = IN_CHILD(die(without[i]));

		CHECK_EQ(WTERMSIG(status), without[i]);
		CHECK_DUMPED(status, 0, "core");
	}
}

TEST(waitid_says_dumped)
{
	siginfo_t info;
	pid_t pid = test_fork();

	if (pid == 0)
		die(SIGQUIT);
	REQUIRE(waitid(P_PID, pid, &info, WEXITED) == 0);
	CHECK_EQ(info.si_code, CLD_DUMPED);
	CHECK_EQ(info.si_status, SIGQUIT);
	unlink("core");
}

/* Registers that a reader of the core will know again. */
static void die_with_registers(void)
{
	__asm__ volatile("movq $0x1111222233334444, %%r12\n\t"
			 "movq %%r12, %%xmm9\n\t"
			 "movq $0x5555666677778888, %%r13\n\t"
			 "movl $0, 0x10\n\t" ::: "r12", "r13", "xmm9", "memory");
}

TEST(contents)
{
	struct note n;
	const struct elf_prstatus *status;
	const struct elf_prpsinfo *info;
	const struct user_regs_struct *regs;
	const struct user_fpregs_struct *fp;
	const siginfo_t *sig;
	pid_t pid = test_fork();
	char exe[PATH_MAX] = "";

	if (pid == 0) {
		prctl(PR_SET_NAME, "crashing");
		die_with_registers();
	}
	CHECK_DUMPED(test_wait(pid), 1, "core");
	load_core("core");
	CHECK(!memcmp(core, "\177ELF\2\1\1\0", 8));
	CHECK_EQ(EHDR->e_type, ET_CORE);
	CHECK_EQ(EHDR->e_machine, EM_X86_64);
	CHECK_EQ(EHDR->e_phentsize, sizeof(Elf64_Phdr));
	CHECK_EQ(PHDR(0)->p_type, PT_NOTE);

	static const unsigned order[] = { NT_PRSTATUS, NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE, NT_PRFPREG,
					  NT_X86_XSTATE };
	for (int i = 0; i < 7; i++) {
		REQUIRE(note(i, &n));
		CHECK_EQ(n.type, order[i]);
		CHECK_STREQ(n.name, order[i] == NT_X86_XSTATE ? "LINUX" : "CORE");
	}

	REQUIRE(find_note(NT_PRSTATUS, 0, &n));
	CHECK_EQ(n.size, sizeof *status);
	status = n.content;
	CHECK_EQ(status->pr_cursig, SIGSEGV);
	CHECK_EQ(status->pr_info.si_signo, SIGSEGV);
	CHECK_EQ(status->pr_pid, pid);
	CHECK_EQ(status->pr_ppid, getpid());
	CHECK_EQ(status->pr_pgrp, getpgrp());
	CHECK_EQ(status->pr_sid, getsid(0));
	CHECK_EQ(status->pr_fpvalid, 1);
	regs = (const void *)&status->pr_reg;
	CHECK_EQ(regs->r12, 0x1111222233334444);
	CHECK_EQ(regs->r13, 0x5555666677778888);
	CHECK_EQ(regs->orig_rax, -1);
	CHECK_EQ(regs->cs, 0x33);
	CHECK_EQ(regs->ss, 0x2b);
	CHECK(regs->rip >= (uintptr_t)die_with_registers && regs->rip < (uintptr_t)die_with_registers + 100);
	CHECK(regs->fs_base == (uintptr_t)__builtin_thread_pointer());
	CHECK(memory((void *)regs->rsp, 8) != NULL);

	REQUIRE(find_note(NT_PRPSINFO, 0, &n));
	CHECK_EQ(n.size, sizeof *info);
	info = n.content;
	CHECK_EQ(info->pr_sname, 'R');
	CHECK_EQ(info->pr_pid, pid);
	CHECK_STREQ(info->pr_fname, "crashing");
	CHECK_STREQ(info->pr_psargs, "/tests/coredump ");

	REQUIRE(find_note(NT_SIGINFO, 0, &n));
	CHECK_EQ(n.size, sizeof *sig);
	sig = n.content;
	CHECK_EQ(sig->si_signo, SIGSEGV);
	CHECK_EQ(sig->si_code, SEGV_MAPERR);
	CHECK(sig->si_addr == (void *)0x10);

	REQUIRE(find_note(NT_AUXV, 0, &n));
	const Elf64_auxv_t *aux = n.content;
	while (aux->a_type != AT_NULL && aux->a_type != AT_PHDR)
		aux++;
	CHECK_EQ(aux->a_un.a_val, getauxval(AT_PHDR));
	aux = n.content;
	CHECK_EQ(aux[n.size / sizeof *aux - 1].a_type, AT_NULL);

	REQUIRE(find_note(NT_FILE, 0, &n));
	const long *file = n.content;
	long count = file[0];
	const char *name = (const char *)(file + 2 + 3 * count);
	CHECK(count > 0);
	CHECK_EQ(file[1], 4096);
	CHECK_OK(readlink("/proc/self/exe", exe, sizeof exe - 1));
	CHECK_STREQ(name, exe);
	CHECK(file[2] <= (long)getauxval(AT_PHDR) && file[3] > (long)getauxval(AT_PHDR) && file[4] == 0);

	REQUIRE(find_note(NT_PRFPREG, 0, &n));
	CHECK_EQ(n.size, sizeof *fp);
	fp = n.content;
	CHECK(!memcmp((char *)fp->xmm_space + 9 * 16, &regs->r12, 8));
	CHECK_EQ(fp->mxcsr, 0x1f80);
	REQUIRE(find_note(NT_X86_XSTATE, 0, &n));
	CHECK(!memcmp((char *)n.content + 160 + 9 * 16, &regs->r12, 8));
	CHECK((((uint64_t *)n.content)[464 / 8] & 3) == 3);

	/* Segments in order, each where it says, memory as it was. */
	long end = PHDR(0)->p_offset + PHDR(0)->p_filesz;
	for (int i = 1; i < EHDR->e_phnum; i++) {
		CHECK_EQ(PHDR(i)->p_type, PT_LOAD);
		CHECK_EQ(PHDR(i)->p_offset, (end + 4095) / 4096 * 4096);
		CHECK(PHDR(i)->p_memsz >= PHDR(i)->p_filesz && PHDR(i)->p_align == 4096);
		CHECK(i == 1 || PHDR(i)->p_vaddr >= PHDR(i - 1)->p_vaddr + PHDR(i - 1)->p_memsz);
		end = PHDR(i)->p_offset + PHDR(i)->p_filesz;
	}
	CHECK_EQ(core_size, end);
	REQUIRE(memory(marker, sizeof marker) && memory(heap, 12));
	CHECK_STREQ(memory(marker, sizeof marker), "marked: this stands in the core");
	CHECK_STREQ(memory(heap, 12), "on the heap");
	/* Of the program's file, the first page alone. */
	CHECK(memory((void *)getauxval(AT_PHDR), sizeof(Elf64_Phdr)) != NULL);
	CHECK(memory((void *)die_with_registers, 1) == NULL);
	drop_core();
	unlink("core");
}

static volatile pid_t tids[4];

static void *spin(void *nth)
{
	register long r12 __asm__("r12") = 0x100 + (long)nth;

	tids[(long)nth] = syscall(SYS_gettid);
	if (nth == (void *)1)
		for (;;)
			__asm__ volatile("pause" :: "r"(r12));
	/* Sleeps in a system call: its number is the thread's. */
	for (;;)
		__asm__ volatile("syscall" :: "a"(SYS_pause), "r"(r12) : "rcx", "r11", "memory");
	return NULL;
}

TEST(threads)
{
	struct note n;
	unsigned seen = 0;
	pid_t pid = test_fork();

	if (pid == 0) {
		pthread_t thread;
		char path[64];

		for (long i = 1; i <= 3; i++)
			pthread_create(&thread, NULL, spin, (void *)i);
		/* Until two of them sleep. */
		for (int asleep = 0; asleep < 2 || !tids[1];) {
			asleep = 0;
			for (int i = 2; i <= 3; i++) {
				snprintf(path, sizeof path, "/proc/self/task/%d/stat", tids[i]);
				const char *state = strrchr(slurp(path), ')');
				asleep += state && state[2] == 'S';
			}
			sched_yield();
		}
		die(SIGABRT);
	}
	CHECK_DUMPED(test_wait(pid), 1, "core");
	load_core("core");
	for (int i = 0; find_note(NT_PRSTATUS, i, &n); i++) {
		const struct elf_prstatus *status = n.content;
		const struct user_regs_struct *regs = (const void *)&status->pr_reg;

		CHECK_EQ(status->pr_cursig, SIGABRT);
		if (i == 0) {
			CHECK_EQ(status->pr_pid, pid);
			continue;
		}
		if (regs->r12 > 0x100 && regs->r12 < 0x104)
			seen |= 1 << (regs->r12 - 0x100);
		if (regs->r12 > 0x101)
			CHECK_EQ(regs->orig_rax, SYS_pause);
		CHECK(memory((void *)regs->rsp, 8) != NULL);
	}
	CHECK_EQ(seen, 0xe);
	CHECK(find_note(NT_PRSTATUS, 3, &n) && !find_note(NT_PRSTATUS, 4, &n));
	CHECK(find_note(NT_X86_XSTATE, 3, &n) && !find_note(NT_PRPSINFO, 1, &n));
	drop_core();
	unlink("core");
}

TEST(filter)
{
	char text[32];
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
	char *shared, *anon, *left, *unseen;

	CHECK_STREQ(slurp("/proc/self/coredump_filter"), "00000033\n");
	REQUIRE(ftruncate(fd, 8192) == 0);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	anon = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	left = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unseen = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED && anon != MAP_FAILED && left != MAP_FAILED && unseen != MAP_FAILED);
	strcpy(shared, "shared");
	strcpy(anon, "anon");
	memset(left, 'x', 3 * 4096);
	CHECK_OK(madvise(left + 4096, 4096, MADV_DONTDUMP));

	CHECK_DUMPED(DYING(), 1, "core");
	load_core("core");
	CHECK(memory(shared, 4) == NULL && memory(anon, 4) != NULL && !strcmp(memory(anon, 5), "anon"));
	CHECK(memory(left, 1) && !memory(left + 4096, 1) && memory(left + 8192, 1));
	CHECK(memory(unseen, 1) == NULL);
	drop_core();

	/* It is inherited. */
	CHECK_OK(spit("/proc/self/coredump_filter", "0x9"));
	CHECK_STREQ(slurp("/proc/self/coredump_filter"), "00000009\n");
	CHECK_OK(madvise(left, 3 * 4096, MADV_DODUMP));
	CHECK_DUMPED(DYING(), 1, "core");
	load_core("core");
	CHECK(memory(shared, 4) != NULL && memory(anon, 4) == NULL && !strcmp(memory(shared, 7), "shared"));
	CHECK(memory(left, 3 * 4096) != NULL);
	CHECK(memory((void *)getauxval(AT_PHDR), 1) == NULL);
	drop_core();

	CHECK_OK(spit("/proc/self/coredump_filter", "4"));
	CHECK_DUMPED(DYING(), 1, "core");
	load_core("core");
	CHECK(memory((void *)die_with_registers, 1) != NULL && memory(left, 1) == NULL);
	CHECK(!memcmp(memory((void *)die_with_registers, 32), (void *)die_with_registers, 32));
	drop_core();

	snprintf(text, sizeof text, "%d\n", 0x33);
	CHECK_OK(spit("/proc/self/coredump_filter", text));
	CHECK_ERRNO(spit("/proc/self/coredump_filter", "x"), EINVAL);
	munmap(shared, 4096);
	munmap(anon, 4096);
	munmap(left, 3 * 4096);
	munmap(unseen, 4096);
	close(fd);
	unlink("core");
}

TEST(names)
{
	char name[300], pattern[128];
	pid_t pid;

	CHECK_OK(spit(USES_PID, "1"));
	pid = test_fork();
	if (pid == 0)
		die(SIGABRT);
	snprintf(name, sizeof name, "core.%d", pid);
	CHECK_DUMPED(test_wait(pid), 1, name);
	unlink(name);

	CHECK_OK(spit(PATTERN, "c-%p-%P-%i-%I-%s-%u-%g-%d-%e-%f-%%-%z-%c%"));
	pid = test_fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a/b");
		die(SIGSYS);
	}
	snprintf(name, sizeof name, "c-%d-%d-%d-%d-31-0-0-1-a!b-coredump-%%--%lu", pid, pid, pid, pid,
		 (unsigned long)RLIM_INFINITY);
	CHECK_DUMPED(test_wait(pid), 1, name);
	unlink(name);
	CHECK_OK(spit(USES_PID, "0"));

	/* %h, %E, and an absolute path. */
	CHECK_OK(sethostname("a/host", 6));
	snprintf(pattern, sizeof pattern, "%s/x.%%h.%%E", here);
	CHECK_OK(spit(PATTERN, pattern));
	CHECK_DUMPED(DYING(if (chdir("/")) _exit(1)), 1, "x.a!host.!tests!coredump");
	unlink("x.a!host.!tests!coredump");

	/* No directory is made. */
	CHECK_OK(spit(PATTERN, "none/core"));
	CHECK_DUMPED(DYING(), 0, "none/core");
	/* A pattern of nothing has no name. */
	CHECK_OK(spit(PATTERN, "\n"));
	CHECK_STREQ(slurp(PATTERN), "\n");
	CHECK_DUMPED(DYING(), 0, "core");
	CHECK_OK(spit(PATTERN, "core"));
}

TEST(refused)
{
	/* What was there is unlinked first, whatever it is. */
	CHECK_OK(symlink("elsewhere", "core"));
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK_EQ(size_of("elsewhere"), -1);
	unlink("core");
	make_file("other", "hello");
	CHECK_OK(link("other", "core"));
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK_EQ(size_of("other"), 5);
	unlink("core");
	CHECK_OK(mkfifo("core", 0600));
	CHECK_DUMPED(DYING(), 1, "core");
	unlink("core");
	/* That can't be done to a directory. */
	CHECK_OK(mkdir("core", 0755));
	CHECK_EQ(WCOREDUMP(DYING()), 0);
	rmdir("core");
	/* A umask that takes the owner's rights. */
	CHECK_EQ(WCOREDUMP(DYING(umask(0400))), 0);
	unlink("core");
	/* Another user may not write here, and where it may, must say that it may be dumped. */
	CHECK_DUMPED(DYING(if (setgid(1000) || setuid(1000) || prctl(PR_SET_DUMPABLE, 1)) _exit(1)), 0, "core");
	CHECK_OK(mkdir("open", 0777));
	CHECK_OK(chmod("open", 0777));
	CHECK_DUMPED(DYING(if (chdir("open") || setgid(1000) || setuid(1000)) _exit(1)), 0, "open/core");
	CHECK_DUMPED(DYING(if (chdir("open") || setgid(1000) || setuid(1000) || prctl(PR_SET_DUMPABLE, 1))
				   _exit(1)), 1, "open/core");
	struct stat st;
	CHECK_OK(stat("open/core", &st));
	CHECK_EQ(st.st_uid, 1000);
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	unlink("open/core");
	CHECK_DUMPED(DYING(prctl(PR_SET_DUMPABLE, 0)), 0, "core");
	/* RLIMIT_FSIZE counts, too. */
	CHECK_EQ(WTERMSIG(DYING(struct rlimit r = { 0, 0 }; setrlimit(RLIMIT_FSIZE, &r))), SIGABRT);
	CHECK(size_of("core") <= 0);
	unlink("core");
}

TEST(suid_dumpable)
{
	char pattern[128];
	struct stat st;

	CHECK_OK(spit(SUID_DUMPABLE, "2"));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setuid(1000));
		CHECK_EQ(prctl(PR_GET_DUMPABLE), 2);
		CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 2), EINVAL);
	}), 0);
	/* Only to an absolute path, only as root, and nothing is overwritten. */
	CHECK_DUMPED(DYING(if (chdir("open") || setuid(1000)) _exit(1)), 0, "open/core");
	snprintf(pattern, sizeof pattern, "%s/abs.%%d", here);
	CHECK_OK(spit(PATTERN, pattern));
	CHECK_DUMPED(DYING(if (setuid(1000)) _exit(1)), 1, "abs.2");
	CHECK_OK(stat("abs.2", &st));
	CHECK_EQ(st.st_uid, 0);
	CHECK_EQ(WCOREDUMP(DYING(if (setuid(1000)) _exit(1))), 0);
	unlink("abs.2");
	CHECK_OK(spit(SUID_DUMPABLE, "1"));
	CHECK_EQ(IN_CHILD({ CHECK_OK(setuid(1000)); CHECK_EQ(prctl(PR_GET_DUMPABLE), 1); }), 0);
	CHECK_OK(spit(SUID_DUMPABLE, "0"));
	CHECK_EQ(IN_CHILD({ CHECK_OK(setuid(1000)); CHECK_EQ(prctl(PR_GET_DUMPABLE), 0); }), 0);
	CHECK_OK(spit(PATTERN, "core"));
}

/* ---- a program that takes the core ---- */

static void wait_for_file(const char *name)
{
	while (access(name, F_OK))
		usleep(1000);
}

/* /tests/coredump helper WHAT DIR PID SIGNAL NAME */
static int helper(char **argv)
{
	char buf[4096], path[PATH_MAX] = "";
	struct rlimit limit;
	FILE *out;
	ssize_t n;
	long total = 0;

	if (chdir(argv[3]))
		return 1;
	out = fopen("report.new", "w");
	if (!out)
		return 1;
	getrlimit(RLIMIT_CORE, &limit);
	extern char **environ;
	fprintf(out, "core limit %lu %lu, user %d, environment %d, descriptor 1 %d, pgrp %d, sid %d\n",
		(unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max, getuid(), environ[0] != NULL,
		fcntl(1, F_GETFD), getpgrp(), getsid(0));
	fprintf(out, "signal %s, name \"%s\"\n", argv[5], argv[6]);
	/* The process is there while it is dumped. */
	snprintf(path, sizeof path, "/proc/%s/exe", argv[4]);
	n = readlink(path, buf, sizeof buf - 1);
	fprintf(out, "its file %.*s\n", n < 0 ? 0 : (int)n, buf);
	if (!strcmp(argv[2], "stall")) {
		fclose(out);
		rename("report.new", "report");
		wait_for_file("go");
	}
	int fd = open("piped", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = read(0, buf, sizeof buf)) > 0)
		total += write(fd, buf, n);
	if (!strcmp(argv[2], "stall")) {
		rename("piped", "stalled");
		return 0;
	}
	fclose(out);
	rename("report.new", "report");
	/* With core_pipe_limit, the process ends only when this end closes. */
	close(0);
	return 0;
}

TEST(program)
{
	char pattern[128];
	struct note n;
	pid_t pid;

	snprintf(pattern, sizeof pattern, "|/tests/coredump helper read %s %%p %%s %%e", here);
	CHECK_OK(spit(PATTERN, pattern));
	CHECK_OK(spit(PIPE_LIMIT, "4"));
	/* The limit does not count for a pipe, unless it is 1. */
	core_limit(0);
	pid = test_fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "two words");
		die(SIGQUIT);
	}
	int status = test_wait(pid);
	CHECK(WTERMSIG(status) == SIGQUIT && WCOREDUMP(status));
	wait_for_file("report");
	printf("%s", slurp("report"));
	load_core("piped");
	REQUIRE(find_note(NT_PRSTATUS, 0, &n));
	CHECK_EQ(((const struct elf_prstatus *)n.content)->pr_pid, pid);
	CHECK_STREQ(memory(marker, sizeof marker), "marked: this stands in the core");
	CHECK_EQ(core_size, PHDR(EHDR->e_phnum - 1)->p_offset + PHDR(EHDR->e_phnum - 1)->p_filesz);
	drop_core();
	unlink("piped");
	unlink("report");
	core_limit(1);
	CHECK_EQ(WCOREDUMP(DYING()), 0);
	core_limit(RLIM_INFINITY);
	CHECK_OK(spit(PATTERN, "|/no/such/program"));
	CHECK_EQ(WCOREDUMP(DYING()), 0);
	CHECK_OK(spit(PATTERN, "core"));
}

TEST(sigkill_ends_a_dump)
{
	char pattern[128];
	pid_t pid;
	int status;

	snprintf(pattern, sizeof pattern, "|/tests/coredump helper stall %s %%p %%s %%e", here);
	CHECK_OK(spit(PATTERN, pattern));
	pid = test_fork();
	if (pid == 0) {
		char *much = malloc(1 << 20);

		memset(much, 1, 1 << 20);
		die(SIGABRT);
	}
	wait_for_file("report");
	CHECK_OK(kill(pid, SIGTERM));
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(test_wait(pid), SIGKILL);
	/* The program gets to the end. */
	close(open("go", O_CREAT | O_WRONLY, 0600));
	wait_for_file("stalled");
	CHECK_OK(spit(PATTERN, "core"));
	CHECK_OK(spit(PIPE_LIMIT, "0"));
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "helper"))
		return helper(argv);
	return test_run_cases();
}
