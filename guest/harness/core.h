/* What the tests of core dumps share: how a child dies, and a core in memory. */
#ifndef FERROGATE_CORE_H
#define FERROGATE_CORE_H

#include "files.h"
#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/resource.h>
#include <sys/user.h>
#include <sys/utsname.h>

static void __attribute__((unused)) core_limit(rlim_t limit)
{
	struct rlimit r = { limit, RLIM_INFINITY };

	CHECK_OK(setrlimit(RLIMIT_CORE, &r));
}

static long __attribute__((unused)) size_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (long)st.st_size;
}

/* Ends by `signal` and its default action. */
static void __attribute__((unused)) die(int signal)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	(void)!syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
	_exit(99);
}

#define DYING(...) IN_CHILD({ __VA_ARGS__; die(SIGABRT); })

static void __attribute__((unused)) check_dumped(int line, int status, int dumped, const char *path)
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

static void __attribute__((unused)) load_core(const char *path)
{
	int fd = open(path, O_RDONLY);

	core_size = size_of(path);
	REQUIRE(fd >= 0 && core_size > 0);
	core = mmap(NULL, core_size, PROT_READ, MAP_PRIVATE, fd, 0);
	REQUIRE(core != MAP_FAILED);
	close(fd);
}

static void __attribute__((unused)) drop_core(void)
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
static int __attribute__((unused)) note(int nth, struct note *found)
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

static int __attribute__((unused)) find_note(unsigned type, int nth, struct note *found)
{
	for (int i = 0; note(i, found); i++)
		if (found->type == type && nth-- == 0)
			return 1;
	return 0;
}

/* What the core holds at an address of the process; NULL if it leaves it out. */
static const void *__attribute__((unused)) memory(const volatile void *address, size_t size)
{
	uintptr_t at = (uintptr_t)address;

	for (int i = 1; i < EHDR->e_phnum; i++)
		if (PHDR(i)->p_type == PT_LOAD && at >= PHDR(i)->p_vaddr &&
		    at + size <= PHDR(i)->p_vaddr + PHDR(i)->p_filesz)
			return core + PHDR(i)->p_offset + (at - PHDR(i)->p_vaddr);
	return NULL;
}

/* Known bytes of the program's data. */
static volatile char marker[] = "marked: this stands in the core";
#endif
