/* What /proc/self/maps and smaps say of a program's areas. */
#ifndef FERROGATE_AREAS_H
#define FERROGATE_AREAS_H

#include "test.h"

/* How many areas the range is made of. */
static inline int areas(char *from, char *to)
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char line[512];
	int count = 0;

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2 && start < (unsigned long)to && end > (unsigned long)from)
			count++;
	if (file)
		fclose(file);
	return count;
}

/* Whether smaps shows the flag for the area; -1 if there is no area. */
static inline int has_flag(void *at, const char *flag)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long start, end;
	char line[512];
	int here = 0, found = -1;

	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (unsigned long)at && (unsigned long)at < end;
		else if (here && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, flag) != NULL;
	}
	if (file)
		fclose(file);
	return found;
}
#endif
