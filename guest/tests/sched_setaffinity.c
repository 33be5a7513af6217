// sched_setaffinity(2): sets of any length; where one runs afterwards.
#include "test.h"
#include <sched.h>

#define raw(pid, len, mask) syscall(SYS_sched_setaffinity, pid, len, mask)

int main(void)
{
	unsigned long mask[16], old[16], none[16] = { 0 };
	memset(old, 0, sizeof old);
	CHECK(syscall(SYS_sched_getaffinity, 0, sizeof old, old) > 0);
	int last = 63 - __builtin_clzl(old[0]);
	CHECK_ERRNO(raw(0, 8, none), EINVAL);
	CHECK_ERRNO(raw(0, 0, none), EINVAL);
	CHECK_ERRNO(raw(0, 8, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(0, 0, BAD_PTR), EINVAL); /* nothing is read */
	CHECK_ERRNO(raw(99999999, 8, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(99999999, 8, none), ESRCH);
	CHECK_ERRNO(raw(-1, 8, old), ESRCH);
	CHECK_EQ(IN_CHILD({
		unsigned cpu;
		for (int i = 0; i <= last; i++) {
			memset(mask, 0, sizeof mask);
			mask[0] = old[0] & 1ul << i;
			if (!mask[0])
				continue;
			CHECK_OK(raw(0, sizeof mask, mask));
			CHECK_OK(getcpu(&cpu, NULL));
			CHECK_EQ(cpu, i);
			/* Children inherit it. */
			CHECK_EQ(IN_CHILD(CHECK_OK(getcpu(&cpu, NULL)); CHECK_EQ(cpu, i)), 0);
		}
		/* Processors that aren't there don't matter, if one is. */
		memset(mask, 0xff, sizeof mask);
		CHECK_OK(raw(getpid(), sizeof mask, mask));
		CHECK_EQ(syscall(SYS_sched_getaffinity, 0, 8, mask), 8);
		CHECK_EQ(mask[0], old[0]);
		mask[0] = 1ul << 63;
		mask[1] = 0;
		CHECK_ERRNO(raw(0, 16, mask), EINVAL);
		/* One byte is enough for the first eight. */
		mask[0] = ~0ul;
		CHECK_OK(raw(0, 1, mask));
	}), 0);
	/* Another process; only one's own user's without CAP_SYS_NICE. */
	int fds[2];
	char c;
	REQUIRE(pipe(fds) == 0);
	pid_t child = test_fork();
	if (child == 0)
		_exit(read(fds[0], &c, 1) != 1);
	mask[0] = 1ul << last;
	CHECK_OK(raw(child, 8, mask));
	CHECK_EQ(syscall(SYS_sched_getaffinity, child, 8, mask), 8);
	CHECK_EQ(mask[0], 1ul << last);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(child, 8, old), EPERM);
		CHECK_ERRNO(raw(child, 8, none), EPERM);
		CHECK_OK(raw(0, 8, old));
	}), 0);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(test_wait(child), 0);
	return test_done();
}
