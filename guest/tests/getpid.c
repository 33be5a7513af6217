// getpid(2): the process's number, the same in every thread, another one in a child.
/* test: cflags=-pthread */
#include "test.h"
#include <pthread.h>

static void *in_thread(void *unused)
{
	(void)unused;
	return (void *)(long)syscall(SYS_getpid);
}

int main(void)
{
	void *seen;
	pthread_t thread;
	pid_t me = syscall(SYS_getpid);
	CHECK(me > 0);
	CHECK_EQ(syscall(SYS_getpid), me);
	CHECK_EQ(syscall(SYS_gettid), me);
	char path[64], link[64] = "";
	CHECK(readlink("/proc/self", link, sizeof link - 1) > 0);
	snprintf(path, sizeof path, "%d", me);
	CHECK_STREQ(link, path);
	REQUIRE(pthread_create(&thread, NULL, in_thread, NULL) == 0);
	pthread_join(thread, &seen);
	CHECK_EQ((long)seen, me);
	/* A child has a number of its own, and the one that fork told its parent. */
	int fds[2];
	pid_t told = 0;
	REQUIRE(pipe(fds) == 0);
	pid_t child = test_fork();
	if (child == 0) {
		told = syscall(SYS_getpid);
		_exit(write(fds[1], &told, sizeof told) != sizeof told);
	}
	CHECK_EQ(test_wait(child), 0);
	CHECK_EQ(read(fds[0], &told, sizeof told), sizeof told);
	CHECK_EQ(told, child);
	CHECK(child != me);
	/* It outlasts execve, vfork's child sees its own. */
	pid_t v = vfork();
	if (v == 0)
		_exit(syscall(SYS_getpid) == me);
	CHECK_EQ(test_wait(v), 0);
	return test_done();
}
