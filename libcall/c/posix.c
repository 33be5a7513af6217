/* C's functions that differ from the call of the same name. */
#include <stddef.h>
#include <stdint.h>

#include "libcall.h"

extern int *__errno_location(void);

#if defined(__i386__)
/* The call that C's mmap stood for once took its arguments from memory; the one of today counts pages. */
__attribute__((weak)) void *mmap(void *addr, size_t len, int prot, int flags, int fd, long off)
{
	if (off & 4095) {
		*__errno_location() = 22; /* EINVAL */
		return (void *)-1;
	}
	return (void *)__libcall_mmap2((unsigned long)addr, len, (unsigned long)prot, (unsigned long)flags,
				       (unsigned long)fd, (unsigned long)off >> 12);
}
#endif

__attribute__((weak)) char *getcwd(char *buf, size_t size)
{
	return __libcall_getcwd(buf, size) < 0 ? NULL : buf;
}
