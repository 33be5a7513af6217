// get_robust_list(2): of oneself, of threads that one may look into.
/* test: cflags=-pthread */
#include "test.h"
#include <linux/futex.h>
#include <pthread.h>

#define raw(pid, head, len) syscall(SYS_get_robust_list, pid, head, len)

static volatile int tid, done;
static struct robust_list_head mine;

static void *other(void *unused)
{
	(void)unused;
	mine.list.next = &mine.list;
	syscall(SYS_set_robust_list, &mine, sizeof mine);
	tid = syscall(SYS_gettid);
	while (!done)
		usleep(1000);
	return NULL;
}

int main(void)
{
	struct robust_list_head *head = NULL;
	size_t len = 0;
	pthread_t thread;
	CHECK_OK(raw(0, &head, &len));
	CHECK_EQ(len, sizeof *head);
	CHECK(head != NULL); /* glibc has set it */
	struct robust_list_head *same = NULL;
	CHECK_OK(raw(getpid(), &same, &len));
	CHECK(same == head);
	REQUIRE(pthread_create(&thread, NULL, other, NULL) == 0);
	while (!tid)
		usleep(1000);
	CHECK_OK(raw(tid, &head, &len));
	CHECK(head == &mine);
	done = 1;
	pthread_join(thread, NULL);
	CHECK_ERRNO(raw(99999999, &head, &len), ESRCH);
	CHECK_ERRNO(raw(-1, &head, &len), ESRCH);
	CHECK_ERRNO(raw(0, BAD_PTR, &len), EFAULT);
	CHECK_ERRNO(raw(0, &head, BAD_PTR), EFAULT);
	/* A child starts without one. */
	pid_t child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		len = 0;
		_exit(raw(0, &head, &len) != 0 || head != NULL || len != sizeof *head);
	}
	CHECK_EQ(test_wait(child), 0);
	/* Another user's is nobody's business. */
	CHECK_EQ(IN_CHILD({
		pid_t parent = getppid();
		CHECK_OK(raw(parent, &head, &len));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(raw(0, &head, &len));
		CHECK_ERRNO(raw(parent, &head, &len), EPERM);
		CHECK_ERRNO(raw(parent, BAD_PTR, &len), EPERM);
	}), 0);
	return test_done();
}
