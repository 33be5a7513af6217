/* Finding the functions of the vDSO as a program without a loader does: by its ELF header (vdso(7)). */
#ifndef FERROGATE_VDSO_H
#define FERROGATE_VDSO_H

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

/* The address of a dynamic symbol of version LINUX_2.6, or in a 32-bit image of LINUX_2.5, or NULL. */
static void *__attribute__((unused)) vdso_symbol(const char *name)
{
	const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
	const ElfW(Ehdr) *header = (const void *)base;
	const ElfW(Dyn) *dynamic = NULL;
	const ElfW(Sym) *symbols = NULL;
	const ElfW(Versym) *versions = NULL;
	const char *strings = NULL;
	const ElfW(Word) *hash = NULL;

	/* The versions' numbers, which begin with 2, less 2. */
#ifdef __i386__
	const unsigned last = 1;
#else
	const unsigned last = 0;
#endif

	if (!base)
		return NULL;
	const ElfW(Phdr) *segments = (const void *)(base + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == PT_DYNAMIC)
			dynamic = (const void *)(base + segments[i].p_offset);
	for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
		const void *at = base + dynamic->d_un.d_ptr;
		switch (dynamic->d_tag) {
		case DT_SYMTAB: symbols = at; break;
		case DT_STRTAB: strings = at; break;
		case DT_VERSYM: versions = at; break;
		case DT_HASH: hash = at; break;
		}
	}
	if (!symbols || !strings || !versions || !hash)
		return NULL;
	/* The second word is the number of chains, which is that of the symbols. */
	for (ElfW(Word) i = 1; i < hash[1]; i++)
		if (symbols[i].st_shndx != SHN_UNDEF && (versions[i] & 0x7fff) - 2u <= last
		    && strcmp(strings + symbols[i].st_name, name) == 0)
			return (void *)(base + symbols[i].st_value);
	return NULL;
}

#endif
