/* prctl(2), PR_SET_VMA_ANON_NAME: names of anonymous memory in /proc/PID/maps.
 * test: ferrogate, Debian's kernel is built without it */
#include "test.h"
#include <sys/prctl.h>

static long name(void *at, unsigned long len, const char *text)
{
	return prctl(0x53564d41, 0, at, len, text);
}

/* What stands behind an address in maps. */
static const char *shown(void *where)
{
	static char line[512];
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned long start, end;
	char *at = "nothing";

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2 && start <= (unsigned long)where && (unsigned long)where < end) {
			at = strchr(line, '[');
			at = at ? at : strchr(line, '/');
			at = at ? at : line + strlen(line);
			at[strcspn(at, "\n")] = 0;
			break;
		}
	if (file)
		fclose(file);
	return at;
}

int main(void)
{
	char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), longest[81];
	int fd = make_file("file", "x");
	char *file = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	CHECK_STREQ(shown(p), "");
	CHECK_OK(name(p + 4096, 4096, "a heap: of mine"));
	CHECK_STREQ(shown(p), "");
	CHECK_STREQ(shown(p + 4096), "[anon:a heap: of mine]");
	CHECK_STREQ(shown(p + 8192), "");
	CHECK_OK(name(p + 8192, 1, "a heap: of mine"));
	CHECK_OK(name(shared, 4096, "ours"));
	CHECK_STREQ(shown(shared), "[anon_shmem:ours]");
	CHECK_EQ(IN_CHILD(CHECK_STREQ(shown(p + 4096), "[anon:a heap: of mine]")), 0);
	CHECK_ERRNO(name(file, 4096, "no"), EBADF);
	CHECK_ERRNO(name(p + 1, 4096, "no"), EINVAL);
	CHECK_OK(name(p, 0, "no"));
	CHECK_ERRNO(name(p, -1L, "no"), EINVAL);
	CHECK_ERRNO(name(p, 4096, "a]"), EINVAL);
	CHECK_ERRNO(name(p, 4096, "a\\"), EINVAL);
	CHECK_ERRNO(name(p, 4096, "a\n"), EINVAL);
	CHECK_ERRNO(name(p, 4096, BAD_PTR), EFAULT);
	CHECK_ERRNO(prctl(0x53564d41, 1, p, 4096, "no"), EINVAL);
	memset(longest, 'x', 80);
	longest[80] = 0;
	CHECK_ERRNO(name(p, 4096, longest), EINVAL);
	longest[79] = 0;
	CHECK_OK(name(p, 4096, longest));
	CHECK_OK(name(p, 4 * 4096, NULL));
	CHECK_STREQ(shown(p + 4096), "");
	CHECK_OK(name(p, 4096, ""));
	CHECK_STREQ(shown(p), "[anon:]");
	munmap(p + 8192, 4096);
	CHECK_ERRNO(name(p, 4 * 4096, "holes"), ENOMEM);
	CHECK_STREQ(shown(p + 3 * 4096), "[anon:holes]");
	return test_done();
}
