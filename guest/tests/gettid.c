// gettid(2): each thread's own number; the leader's is the process's.
/* test: cflags=-pthread */
#include "test.h"
#include <pthread.h>

static void *in_thread(void *where)
{
	*(pid_t *)where = syscall(SYS_gettid);
	char path[64];
	sprintf(path, "/proc/self/task/%d", *(pid_t *)where);
	return (void *)(long)(access(path, F_OK) == 0);
}

int main(void)
{
	pthread_t a, b;
	pid_t tids[2] = { 0, 0 };
	void *listed[2];
	CHECK_EQ(syscall(SYS_gettid), getpid());
	REQUIRE(pthread_create(&a, NULL, in_thread, &tids[0]) == 0);
	REQUIRE(pthread_create(&b, NULL, in_thread, &tids[1]) == 0);
	pthread_join(a, &listed[0]);
	pthread_join(b, &listed[1]);
	CHECK(listed[0] && listed[1]);
	CHECK(tids[0] > 0 && tids[1] > 0 && tids[0] != tids[1]);
	CHECK(tids[0] != getpid() && tids[1] != getpid());
	/* A thread that has ended has no number any more, a moment after it was joined. */
	for (int i = 0; i < 1000 && syscall(SYS_tgkill, getpid(), tids[0], 0) == 0; i++)
		usleep(1000);
	CHECK_ERRNO(syscall(SYS_tgkill, getpid(), tids[0], 0), ESRCH);
	pid_t me = getpid();
	CHECK_EQ(IN_CHILD(CHECK(syscall(SYS_gettid) == getpid() && getpid() != me)), 0);
	return test_done();
}
