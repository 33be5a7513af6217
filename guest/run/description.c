/* What is to be run, as the host wrote it: records of a tag, a length (4 bytes each, little endian) and a body. Texts
 * end in a zero byte that the length counts, so they are used where they stand. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct description run;

static unsigned char *read_file(const char *path, size_t *length)
{
	struct stat st;
	unsigned char *data;
	size_t done = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(CANNOT_RUN, "the guest cannot read %s: %s", path, strerror(errno));
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		fail(CANNOT_RUN, "not enough memory in the guest for the program's arguments; try a larger --mem");
	while (done < (size_t)st.st_size) {
		ssize_t n = read(fd, data + done, (size_t)st.st_size - done);

		if (n <= 0)
			fail(CANNOT_RUN, "the guest cannot read %s", path);
		done += (size_t)n;
	}
	close(fd);
	unlink(path);
	*length = done;
	return data;
}

static char **grow(char **list, size_t count)
{
	/* In steps of powers of two; one more for the NULL at the end. */
	if (count & (count - 1))
		return list;
	list = realloc(list, (2 * count + 2) * sizeof *list);
	if (!list)
		fail(CANNOT_RUN, "not enough memory in the guest for the program's arguments; try a larger --mem");
	return list;
}

static void add_text(char ***list, size_t *count, char *text)
{
	*list = grow(*list, *count);
	(*list)[(*count)++] = text;
	(*list)[*count] = NULL;
}

static void add_share(unsigned char *body, size_t length)
{
	size_t tag = strnlen((char *)body, length) + 1;

	if (tag >= length || run.share_count == MAX_SHARES)
		fail(CANNOT_RUN, "the description of the run is damaged");
	run.shares[run.share_count++] = (struct share){ .tag = (char *)body, .path = (char *)body + tag };
}

static void set_ids(const unsigned char *body, size_t length)
{
	run.umask = get_u32(body);
	run.uid = get_u32(body + 4);
	run.gid = get_u32(body + 8);
	run.group_count = length / 4 - 3;
	run.groups = calloc(run.group_count + 1, sizeof *run.groups);
	if (!run.groups)
		fail(CANNOT_RUN, "not enough memory in the guest for the groups");
	for (size_t i = 0; i < run.group_count; i++)
		run.groups[i] = get_u32(body + 12 + 4 * i);
}

/* Foreground, 4 sizes of 2 bytes, 4 words of modes, 19 special characters, the cookie. */
static void set_terminal(const unsigned char *body)
{
	run.has_terminal = true;
	run.foreground = body[0];
	for (int i = 0; i < 4; i++)
		run.size[i] = (uint16_t)(body[1 + 2 * i] | body[2 + 2 * i] << 8);
	for (int i = 0; i < 4; i++)
		run.modes[i] = get_u32(body + 9 + 4 * i);
	memcpy(run.special, body + 25, sizeof run.special);
	run.cookie = (const char *)body + 25 + sizeof run.special;
}

void read_description(const char *path)
{
	size_t length, args = 0, vars = 0, at = 0;
	unsigned char *data = read_file(path, &length);

	add_text(&run.envp, &vars, NULL);
	vars = 0;
	while (length - at >= 8) {
		uint32_t tag = get_u32(data + at), size = get_u32(data + at + 4);
		unsigned char *body = data + at + 8;

		at += 8;
		if (size > length - at)
			fail(CANNOT_RUN, "the description of the run is damaged");
		at += size;
		switch (tag) {
		case 'A': add_text(&run.argv, &args, (char *)body); break;
		case 'E': add_text(&run.envp, &vars, (char *)body); break;
		case 'C': run.cwd = (char *)body; break;
		case 'H': run.hostname = (char *)body; break;
		case 'V': run.shown = (char *)body; break;
		case 'U': set_ids(body, size); break;
		case 'R': add_share(body, size); break;
		case 'S': memcpy(run.kinds, body, 3); break;
		case 'T': set_terminal(body); break;
		default: fail(CANNOT_RUN, "the description of the run has an unknown part");
		}
	}
	if (!args)
		fail(CANNOT_RUN, "the description of the run names no program");
}
