/* Whole small files, as /proc has them. */
#ifndef FERROGATE_FILES_H
#define FERROGATE_FILES_H

#include "test.h"

/* What slurp found last. */
static char text[65536];

/* What stands in a file; "" if it can't be read. */
static const char *__attribute__((unused)) slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	text[len] = 0;
	if (fd >= 0)
		close(fd);
	return text;
}

/* Writes `value` to a file that is there: 0, or -1 and errno. */
static int __attribute__((unused)) spit(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_TRUNC), saved;
	ssize_t n = fd < 0 ? -1 : write(fd, value, strlen(value));

	saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

/* The number behind `name` at the beginning of a line; -1 if there is none. */
static long __attribute__((unused)) field(const char *where, const char *name)
{
	const char *at = where;

	while (at && strncmp(at, name, strlen(name)) != 0)
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	return at ? strtol(at + strlen(name), NULL, 0) : -1;
}
#endif
