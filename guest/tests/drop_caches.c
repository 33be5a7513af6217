// /proc/sys/vm/drop_caches and /proc/slabinfo.
/* test: guest-only, it needs root */
#include "test.h"

static int put(const char *value)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY), result = (int)write(fd, value, strlen(value)), saved = errno;

	close(fd);
	errno = saved;
	return result;
}

TEST(values)
{
	struct stat st;

	CHECK_OK(stat("/proc/sys/vm/drop_caches", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0200);
	CHECK_EQ(put("1\n"), 2);
	CHECK_EQ(put("2"), 1);
	CHECK_EQ(put("3\n"), 2);
	CHECK_ERRNO(put("0"), EINVAL);
	CHECK_ERRNO(put("5"), EINVAL);
	CHECK_ERRNO(put("x"), EINVAL);
}

TEST(nothing_is_lost)
{
	char text[10] = "";
	int fd = make_file("kept", "content");

	mkdir("d", 0755);
	close(make_file("d/f", "deep"));
	CHECK_EQ(put("3"), 1);
	CHECK_EQ(read(fd, text, 9), 7);
	CHECK_STREQ(text, "content");
	CHECK_OK(access("d/f", R_OK));
	CHECK_ERRNO(access("d/g", R_OK), ENOENT);
}

TEST(slabinfo)
{
	FILE *f = fopen("/proc/slabinfo", "r");
	char line[300], name[100];
	long used, all, size, last = 0;
	struct stat st;

	REQUIRE(f);
	CHECK_OK(fstat(fileno(f), &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0400);
	CHECK(fgets(line, sizeof line, f));
	CHECK_STREQ(line, "slabinfo - version: 2.1\n");
	CHECK(fgets(line, sizeof line, f) && !strncmp(line, "# name            <active_objs> <num_objs> <objsize>", 52));
	while (fgets(line, sizeof line, f)) {
		CHECK_EQ(sscanf(line, "%99s %ld %ld %ld", name, &used, &all, &size), 4);
		CHECK(used <= all && size > 0);
		last += used;
	}
	CHECK(last > 0);
	fclose(f);
}

TEST_MAIN
