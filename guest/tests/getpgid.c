// getpgid(2): of oneself, of any process; threads count for their process.
/* test: cflags=-pthread */
#include "test.h"
#include <pthread.h>

static void *in_thread(void *unused)
{
	(void)unused;
	return (void *)(long)syscall(SYS_getpgid, syscall(SYS_gettid));
}

int main(void)
{
	void *seen;
	pthread_t thread;
	CHECK_EQ(syscall(SYS_getpgid, 0), getpgrp());
	CHECK_EQ(syscall(SYS_getpgid, getpid()), getpgrp());
	REQUIRE(pthread_create(&thread, NULL, in_thread, NULL) == 0);
	pthread_join(thread, &seen);
	CHECK_EQ((long)seen, getpgrp());
	CHECK_ERRNO(syscall(SYS_getpgid, -1), ESRCH);
	CHECK_ERRNO(syscall(SYS_getpgid, 99999999), ESRCH);
	/* Another session's are told, too, and a zombie's. */
	int fds[2];
	char c;
	siginfo_t info;
	REQUIRE(pipe(fds) == 0);
	pid_t a = test_fork();
	if (a == 0) {
		setsid();
		_exit(write(fds[1], "x", 1) != 1);
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(syscall(SYS_getpgid, a), a);
	CHECK_OK(waitid(P_PID, a, &info, WEXITED | WNOWAIT));
	CHECK_EQ(syscall(SYS_getpgid, a), a);
	CHECK_EQ(test_wait(a), 0);
	CHECK_ERRNO(syscall(SYS_getpgid, a), ESRCH);
	return test_done();
}
