// set_tid_address(2): the word that is zeroed and woken when the thread ends.
/* test: cflags=-pthread */
#include "test.h"
#include <linux/futex.h>
#include <pthread.h>

#define raw(word) syscall(SYS_set_tid_address, word)

static volatile int word = 1;
static pthread_t thread;

static void *ends(void *unused)
{
	(void)unused;
	CHECK_EQ(raw(&word), syscall(SYS_gettid));
	usleep(20000);
	syscall(SYS_exit, 0);
	return NULL;
}

int main(void)
{
	CHECK_EQ(IN_CHILD(CHECK_EQ(raw(NULL), getpid())), 0);
	CHECK_EQ(IN_CHILD(CHECK_EQ(raw(BAD_PTR), getpid())), 0); /* a bad address is found out about at the end */
	REQUIRE(pthread_create(&thread, NULL, ends, NULL) == 0);
	while (word)
		syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL, NULL, 0);
	CHECK_EQ(word, 0);
	/* A child with memory of its own has nobody to tell. */
	int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*shared = 5;
	CHECK_EQ(IN_CHILD(raw(shared)), 0);
	CHECK_EQ(*shared, 5);
	/* vfork's child shares its memory: its word is zeroed. */
	word = 6;
	pid_t v = vfork();
	if (v == 0) {
		raw(&word);
		_exit(0);
	}
	CHECK_EQ(test_wait(v), 0);
	CHECK_EQ(word, 0);
	return test_done();
}
