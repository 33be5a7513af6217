// syslog(2): reading and clearing the log of the kernel, the level of the console.
/* test: guest-only, needs root and changes the console */
#include "test.h"

#define raw(type, buf, len) syscall(SYS_syslog, type, buf, len)
enum { CLOSE, OPEN, READ, READ_ALL, READ_CLEAR, CLEAR, CONSOLE_OFF, CONSOLE_ON, CONSOLE_LEVEL, SIZE_UNREAD, SIZE_BUFFER };

static char records[1 << 20];

int main(void)
{
	int fd = open("/proc/sys/kernel/dmesg_restrict", O_WRONLY);
	if (fd >= 0)
		CHECK_EQ(write(fd, "0", 1), 1);
	CHECK_OK(raw(OPEN, NULL, 0));
	CHECK_OK(raw(CLOSE, NULL, 0));
	int size = raw(SIZE_BUFFER, NULL, 0);
	CHECK(size >= 4096);
	/* Everything, as records: <level>[time] text. */
	int n = raw(READ_ALL, records, sizeof records);
	CHECK(n > 0 && n <= size * 2);
	int level;
	CHECK(sscanf(records, "<%d>[", &level) == 1 && level >= 0 && level < 24 * 8);
	CHECK_EQ(records[n - 1], '\n');
	/* The end of it: whole records. */
	int part = raw(READ_ALL, records, 300);
	CHECK(part > 0 && part <= 300);
	CHECK(records[0] == '<' && records[part - 1] == '\n');
	CHECK_EQ(raw(READ_ALL, records, 0), 0);
	CHECK_ERRNO(raw(READ_ALL, records, -1), EINVAL);
	CHECK_ERRNO(raw(READ_ALL, NULL, 100), EINVAL);
	CHECK_ERRNO(raw(READ_ALL, BAD_PTR, 1000), EFAULT);
	CHECK_ERRNO(raw(READ, NULL, 100), EINVAL);
	CHECK_ERRNO(raw(READ, records, -1), EINVAL);
	CHECK_EQ(raw(READ, records, 0), 0);
	CHECK_ERRNO(raw(READ_CLEAR, NULL, 100), EINVAL);
	/* READ takes away what it gives. */
	int unread = raw(SIZE_UNREAD, NULL, 0);
	CHECK(unread > 0);
	n = raw(READ, records, 500);
	CHECK(n > 0 && n <= 500);
	CHECK_EQ(raw(SIZE_UNREAD, NULL, 0), unread - n);
	while (raw(SIZE_UNREAD, NULL, 0) > 0)
		CHECK(raw(READ, records, sizeof records) > 0);
	CHECK(raw(READ_ALL, records, sizeof records) >= n); /* not from READ_ALL */
	/* With nothing to read it waits. */
	CHECK_EQ(IN_CHILD({
		alarm(1);
		raw(READ, records, sizeof records);
	}), SIGALRM);
	/* Clearing hides from READ_ALL. */
	CHECK(raw(READ_CLEAR, records, sizeof records) > 0);
	CHECK_EQ(raw(READ_ALL, records, sizeof records), 0);
	CHECK_OK(raw(CLEAR, NULL, 0));
	/* The console's level. */
	CHECK_ERRNO(raw(CONSOLE_LEVEL, NULL, 0), EINVAL);
	CHECK_ERRNO(raw(CONSOLE_LEVEL, NULL, 9), EINVAL);
	CHECK_OK(raw(CONSOLE_OFF, NULL, 0));
	CHECK_OK(raw(CONSOLE_ON, NULL, 0));
	CHECK_OK(raw(CONSOLE_LEVEL, NULL, 4));
	CHECK_ERRNO(raw(11, records, 10), EINVAL);
	CHECK_ERRNO(raw(-1, records, 10), EINVAL);
	/* Others may only read and ask for the size. */
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(raw(READ_ALL, records, sizeof records));
		CHECK_EQ(raw(SIZE_BUFFER, NULL, 0), size);
		CHECK_ERRNO(raw(READ_ALL, NULL, -1), EINVAL);
		for (int type = OPEN; type < SIZE_BUFFER; type++)
			if (type != READ_ALL)
				CHECK_ERRNO(raw(type, records, -1), EPERM);
		CHECK_ERRNO(raw(11, records, 10), EPERM);
	}), 0);
	return test_done();
}
