// set_robust_list(2): what a thread held when it ended is marked, and one waiter is woken.
/* test: cflags=-pthread */
#include "test.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>

struct lock {
	struct robust_list list;
	volatile int word;
};

static struct lock locks[4];
static struct robust_list_head head;

#define raw(head, len) syscall(SYS_set_robust_list, head, len)

static void *holder(void *unused)
{
	int tid = syscall(SYS_gettid);
	(void)unused;
	head.list.next = &locks[0].list;
	head.futex_offset = offsetof(struct lock, word);
	head.list_op_pending = &locks[3].list;
	locks[0].list.next = &locks[1].list;
	locks[1].list.next = &locks[2].list;
	locks[2].list.next = &head.list;
	locks[0].word = tid;
	locks[1].word = tid | FUTEX_WAITERS;
	locks[2].word = 12345; /* somebody else's */
	locks[3].word = tid; /* was just being taken */
	CHECK_OK(raw(&head, sizeof head));
	usleep(50000);
	syscall(SYS_exit, 0);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	CHECK_ERRNO(raw(&head, sizeof head - 1), EINVAL);
	CHECK_ERRNO(raw(&head, 0), EINVAL);
	CHECK_EQ(IN_CHILD(CHECK_OK(raw(BAD_PTR, sizeof head))), 0); /* looked at only at the end */
	REQUIRE(pthread_create(&thread, NULL, holder, NULL) == 0);
	while (!locks[3].word || !(locks[1].word & FUTEX_WAITERS))
		usleep(1000);
	/* The waiter is woken by the holder's end. */
	int seen = locks[1].word;
	if (!(seen & FUTEX_OWNER_DIED))
		CHECK(syscall(SYS_futex, &locks[1].word, FUTEX_WAIT, seen, NULL, NULL, 0) == 0 || errno == EAGAIN);
	for (int i = 0; i < 1000 && !(locks[3].word & FUTEX_OWNER_DIED); i++)
		usleep(1000);
	CHECK_EQ((unsigned)locks[0].word, FUTEX_OWNER_DIED);
	CHECK_EQ((unsigned)locks[1].word, FUTEX_OWNER_DIED | FUTEX_WAITERS);
	CHECK_EQ(locks[2].word, 12345);
	CHECK_EQ((unsigned)locks[3].word, FUTEX_OWNER_DIED);
	/* A list that goes round does not hold up the end. */
	CHECK_EQ(IN_CHILD({
		locks[0].list.next = &locks[1].list;
		locks[1].list.next = &locks[0].list;
		CHECK_OK(raw(&head, sizeof head));
	}), 0);
	/* As POSIX shows it. */
	pthread_mutex_t *mutex = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	CHECK_EQ(pthread_mutex_init(mutex, &attr), 0);
	CHECK_EQ(IN_CHILD(CHECK_EQ(pthread_mutex_lock(mutex), 0)), 0);
	CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(mutex), 0);
	return test_done();
}
