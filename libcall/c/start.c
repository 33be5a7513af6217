/* A program's first steps without a C library: thread-local storage, constructors, main, exit. */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "libcall.h"

#if defined(__i386__)
typedef Elf32_Phdr Phdr;
typedef Elf32_auxv_t Aux;
#elif defined(__ILP32__)
typedef Elf32_Phdr Phdr;
typedef Elf32_auxv_t Aux;
#else
typedef Elf64_Phdr Phdr;
typedef Elf64_auxv_t Aux;
#endif

/* What compilers and the wrappers expect at the thread pointer: its own address at the start, on i386 the address of
 * __kernel_vsyscall at 0x10, and the stack protector's number at 0x28, 0x18 (x32) and 0x14 (i386). */
struct tcb {
	void *self;
	void *reserved[3];
	uintptr_t words[8];
};

enum { TLS_SPACE = 4096, ARCH_SET_FS = 0x1002, TLS_ALIGN = 64 };

static _Alignas(TLS_ALIGN) char tls_space[TLS_SPACE + sizeof(struct tcb)];

int main(int, char **, char **);
__attribute__((noreturn)) void exit(int);

extern void (*__preinit_array_start[])(int, char **, char **), (*__preinit_array_end[])(int, char **, char **);
extern void (*__init_array_start[])(int, char **, char **), (*__init_array_end[])(int, char **, char **);

char **environ;

static uintptr_t aux_value(const Aux *aux, unsigned type)
{
	for (; aux->a_type != AT_NULL; aux++)
		if (aux->a_type == type)
			return aux->a_un.a_val;
	return 0;
}

static const Phdr *tls_segment(const Aux *aux)
{
	const Phdr *headers = (const Phdr *)aux_value(aux, AT_PHDR);

	for (uintptr_t i = 0; i < aux_value(aux, AT_PHNUM); i++)
		if (headers[i].p_type == PT_TLS)
			return &headers[i];
	return NULL;
}

#if defined(__i386__)
/* __kernel_vsyscall in three bytes, where the kernel has none. */
__asm__(".text\nint80_and_ret:\n\tint $0x80\n\tret\n");
extern char int80_and_ret[];

static long raw(long number, const void *argument)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(argument) : "memory");
	return result;
}

static void set_thread_pointer(struct tcb *tcb, const Aux *aux)
{
	struct { unsigned entry, base, limit, flags; } description = { -1u, (uintptr_t)tcb, 0xfffff, 0x51 };
	uintptr_t vsyscall = aux_value(aux, AT_SYSINFO);

	((uintptr_t *)tcb)[4] = vsyscall ? vsyscall : (uintptr_t)int80_and_ret;
	if (raw(243 /* set_thread_area */, &description))
		__builtin_trap();
	__asm__ volatile("mov %w0, %%gs" : : "r"(description.entry * 8 + 3));
}
#else
static void set_thread_pointer(struct tcb *tcb, const Aux *aux)
{
	/* The wrapper would put an error into errno, which is what is being made: an error means a dead program. */
	(void)aux;
	if (__libcall_arch_prctl(ARCH_SET_FS, (uintptr_t)tcb))
		__builtin_trap();
}
#endif

/* The thread-local variables lie right below the thread pointer. The address of their image counts from where the
 * program was linked to, which is where it runs: it is static. */
static void set_up_tls(const Aux *aux)
{
	const Phdr *segment = tls_segment(aux);
	struct tcb *tcb = (struct tcb *)(tls_space + TLS_SPACE);
	const uintptr_t *random = (const uintptr_t *)aux_value(aux, AT_RANDOM);
	size_t canary = sizeof(void *) == 8 ? 5 : 0;

	tcb->self = tcb;
	if (segment) {
		uintptr_t align = segment->p_align ? segment->p_align : 1;
		uintptr_t size = (segment->p_memsz + align - 1) & -align;

		if (size > TLS_SPACE || align > TLS_ALIGN)
			__builtin_trap();
		char *to = (char *)tcb - size;
		const char *from = (const char *)(uintptr_t)segment->p_vaddr;
		for (uintptr_t i = 0; i < segment->p_filesz; i++)
			to[i] = from[i];
	}
#if defined(__i386__)
	canary = 5;
#elif defined(__ILP32__)
	canary = 6;
#endif
	if (random)
		((uintptr_t *)tcb)[canary] = *random & ~(uintptr_t)0xff;
	set_thread_pointer(tcb, aux);
}

__attribute__((noreturn)) void __libcall_start(uintptr_t *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)&stack[1];
	char **end = environ = argv + argc + 1;

	while (*end)
		end++;
	set_up_tls((const Aux *)(end + 1));
	for (void (**each)(int, char **, char **) = __preinit_array_start; each < __preinit_array_end; each++)
		(*each)(argc, argv, environ);
	for (void (**each)(int, char **, char **) = __init_array_start; each < __init_array_end; each++)
		(*each)(argc, argv, environ);
	exit(main(argc, argv, environ));
}
