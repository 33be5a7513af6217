// prctl(2): PR_SET_MM and PR_SET_IO_FLUSHER, which need CAP_SYS_RESOURCE.
/* test: guest-only, containers lack that capability */
#include "prctl.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#define PR_GET_IO_FLUSHER 58
#endif

TEST(io_flusher)
{
	CHECK_EQ(raw(PR_GET_IO_FLUSHER), 0);
	CHECK_ERRNO(raw(PR_GET_IO_FLUSHER, 1), EINVAL);
	CHECK_ERRNO(raw(PR_SET_IO_FLUSHER, 2), EINVAL);
	CHECK_ERRNO(raw(PR_SET_IO_FLUSHER, 1, 1), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_SET_IO_FLUSHER, 1));
		CHECK_EQ(raw(PR_GET_IO_FLUSHER), 1);
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PR_GET_IO_FLUSHER), 1)), 0);
		CHECK_OK(raw(PR_SET_IO_FLUSHER, 0));
		CHECK_EQ(raw(PR_GET_IO_FLUSHER), 0);
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(PR_SET_IO_FLUSHER, 2), EPERM);
		CHECK_ERRNO(raw(PR_GET_IO_FLUSHER, 1), EPERM);
	}),
		 0);
}

static unsigned long field_of_stat(int number)
{
	static char buf[2048];
	int fd = open("/proc/self/stat", O_RDONLY), n = read(fd, buf, sizeof buf - 1);
	close(fd);
	buf[n > 0 ? n : 0] = 0;
	char *at = strrchr(buf, ')');
	for (int i = 2; at && i < number; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoul(at, NULL, 10) : 0;
}

TEST(mm_fields)
{
	static const struct { int option, column; } fields[] = {
		{ PR_SET_MM_START_CODE, 26 }, { PR_SET_MM_END_CODE, 27 }, { PR_SET_MM_START_STACK, 28 },
		{ PR_SET_MM_START_DATA, 45 }, { PR_SET_MM_END_DATA, 46 }, { PR_SET_MM_START_BRK, 47 },
		{ PR_SET_MM_ARG_START, 48 }, { PR_SET_MM_ARG_END, 49 }, { PR_SET_MM_ENV_START, 50 },
		{ PR_SET_MM_ENV_END, 51 },
	};
	CHECK_EQ(IN_CHILD({
		for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++) {
			unsigned long value = field_of_stat(fields[i].column);
			CHECK(value != 0);
			CHECK_OK(raw(PR_SET_MM, fields[i].option, value));
			CHECK_EQ(field_of_stat(fields[i].column), value);
		}
		unsigned long start = field_of_stat(48), end = field_of_stat(49);
		CHECK_OK(raw(PR_SET_MM, PR_SET_MM_ARG_START, start + 1));
		CHECK_EQ(field_of_stat(48), start + 1);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ARG_END, start), EINVAL); /* before the start */
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ARG_START, 4096), EINVAL); /* too low for anybody */
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ARG_START, 1ul << 47), EINVAL);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ARG_START, start, 1), EINVAL);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ARG_START, start, 0, 1), EINVAL);
		CHECK_ERRNO(raw(PR_SET_MM, 99, start), EINVAL);
		CHECK_EQ(field_of_stat(49), end);
		/* An address in no area: refused for strings, taken for code. */
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ENV_END, 0x7ffffffef000), EFAULT);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_EXE_FILE, -1), EBADF);
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ARG_START, start), EPERM);
		CHECK_ERRNO(raw(PR_SET_MM, 99, start), EPERM);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_ARG_START, start, 1), EINVAL);
	}),
		 0);
}

/* The heap by its two ends. */
TEST(mm_brk)
{
	CHECK_EQ(IN_CHILD({
		unsigned long start = field_of_stat(47), now = (unsigned long)syscall(SYS_brk, 0);
		CHECK_OK(raw(PR_SET_MM, PR_SET_MM_BRK, now));
		CHECK_EQ(syscall(SYS_brk, 0), now);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_BRK, start - 1), EINVAL);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_START_BRK, now + 1), EINVAL);
	}),
		 0);
}

static unsigned long auxv_of_proc(unsigned long *to, int words)
{
	int fd = open("/proc/self/auxv", O_RDONLY), n = read(fd, to, words * 8);
	close(fd);
	return n > 0 ? n / 8 : 0;
}

TEST(mm_auxv)
{
	unsigned long words[80] = { 0 }, seen[80] = { 0 };
	CHECK_EQ(IN_CHILD({
		CHECK(auxv_of_proc(words, 80) > 10);
		for (int i = 0; i < 80; i += 2)
			if (words[i] == AT_CLKTCK)
				words[i + 1] = 123;
		CHECK_OK(raw(PR_SET_MM, PR_SET_MM_AUXV, words, 40 * 8));
		CHECK(auxv_of_proc(seen, 80) > 10);
		CHECK_EQ(memcmp(words, seen, 20 * 8), 0);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_AUXV, words, 8000), EINVAL);
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_AUXV, BAD_PTR, 16), EFAULT);
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(PR_SET_MM, PR_SET_MM_AUXV, words, 16), EPERM);
	}),
		 0);
}

TEST_MAIN
