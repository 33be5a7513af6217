// Core dumps: what stands in one, and which memory it holds (core(5), elf(5)).
// test: guest-only timeout=60 cflags=-pthread, needs kernel.core_pattern as it is at first
#include "core.h"

static volatile char *heap;

TEST(setup)
{
	mount("proc", "/proc", "proc", 0, NULL);
	umask(022);
	core_limit(RLIM_INFINITY);
	heap = malloc(100);
	strcpy((char *)heap, "on the heap");
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
	CHECK_STREQ(info->pr_psargs, "/tests/coredump_contents ");

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

	/* Which part of the extended registers stands where, for kernels that say so, last of all. */
	struct utsname uts;
	int major = 0, minor = 0, last = 0;
	REQUIRE(uname(&uts) == 0 && sscanf(uts.release, "%d.%d", &major, &minor) == 2);
	if (major > 6 || (major == 6 && minor >= 12)) {
		while (note(last, &n))
			last++;
		REQUIRE(note(last - 1, &n));
		CHECK_EQ(n.type, 0x205);
		CHECK_STREQ(n.name, "LINUX");
		CHECK(n.size >= 16 && n.size % 16 == 0);
		for (const uint32_t *part = n.content; (const char *)part < (const char *)n.content + n.size; part += 4) {
			struct note state;

			REQUIRE(find_note(NT_X86_XSTATE, 0, &state));
			CHECK(part[0] >= 2 && part[2] >= 576 && part[1] > 0 && part[2] + part[1] <= state.size);
			CHECK_EQ(part[3], 0);
		}
	}

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

TEST_MAIN
