/* The register of protection keys. */
#ifndef FERROGATE_PKRU_H
#define FERROGATE_PKRU_H

#include "test.h"

static inline unsigned int pkru(void)
{
	unsigned int eax, edx;

	asm volatile("rdpkru" : "=a"(eax), "=d"(edx) : "c"(0));
	return eax;
}

static inline void set_pkru(unsigned int value)
{
	asm volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}
#endif
