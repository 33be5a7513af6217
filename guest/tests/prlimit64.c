// prlimit64(2): both at once, of any process that is the caller's.
#include "test.h"
#include <sys/resource.h>

#define raw(pid, resource, new, old) syscall(SYS_prlimit64, pid, resource, new, old)

static pid_t sleeper(uid_t real, uid_t saved)
{
	int fds[2];
	char c;
	if (pipe(fds))
		return -1;
	pid_t pid = test_fork();
	if (pid == 0) {
		if (real)
			CHECK_OK(setresuid(real, real, saved));
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	return pid;
}

int main(void)
{
	struct rlimit old = { 1, 1 }, new = { 3, 9 }, now;
	CHECK_OK(raw(0, RLIMIT_CORE, &new, NULL));
	CHECK_OK(raw(0, RLIMIT_CORE, NULL, &old));
	CHECK(old.rlim_cur == 3 && old.rlim_max == 9);
	new.rlim_cur = 4;
	CHECK_OK(raw(getpid(), RLIMIT_CORE, &new, &old));
	CHECK_EQ(old.rlim_cur, 3);
	CHECK_OK(raw(0, RLIMIT_CORE, NULL, NULL));
	CHECK_ERRNO(raw(0, 16, NULL, NULL), EINVAL);
	CHECK_ERRNO(raw(-1, RLIMIT_CORE, NULL, NULL), ESRCH);
	CHECK_ERRNO(raw(99999999, 16, NULL, NULL), ESRCH);
	CHECK_ERRNO(raw(99999999, 16, BAD_PTR, NULL), EFAULT); /* the new limit is read first */
	new.rlim_cur = 10;
	CHECK_ERRNO(raw(0, RLIMIT_CORE, &new, &old), EINVAL);
	/* The old one is written last: a bad address does not take the change back. */
	new.rlim_cur = 5;
	CHECK_ERRNO(raw(0, RLIMIT_CORE, &new, BAD_PTR), EFAULT);
	CHECK_OK(getrlimit(RLIMIT_CORE, &now));
	CHECK_EQ(now.rlim_cur, 5);
	/* Another process. */
	pid_t child = sleeper(0, 0);
	new.rlim_cur = 6;
	CHECK_OK(raw(child, RLIMIT_CORE, &new, &old));
	CHECK_EQ(old.rlim_cur, 5);
	CHECK_OK(raw(child, RLIMIT_CORE, NULL, &old));
	CHECK_EQ(old.rlim_cur, 6);
	CHECK_OK(getrlimit(RLIMIT_CORE, &now));
	CHECK_EQ(now.rlim_cur, 5);
	kill(child, SIGKILL);
	test_wait(child);
	CHECK_ERRNO(raw(child, RLIMIT_CORE, NULL, NULL), ESRCH);
	/* Without CAP_SYS_RESOURCE all users and groups of the other must be the caller's real ones. */
	pid_t same = sleeper(1000, 1000), half = sleeper(1000, 1001), root = sleeper(0, 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(raw(same, RLIMIT_CORE, NULL, &old));
		CHECK_ERRNO(raw(half, RLIMIT_CORE, NULL, &old), EPERM);
		CHECK_ERRNO(raw(root, RLIMIT_CORE, NULL, &old), EPERM);
		CHECK_ERRNO(raw(root, 16, NULL, NULL), EPERM); /* before the number */
	}), 0);
	kill(same, SIGKILL);
	kill(half, SIGKILL);
	kill(root, SIGKILL);
	test_wait(same);
	test_wait(half);
	test_wait(root);
	return test_done();
}
