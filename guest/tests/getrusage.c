// getrusage(2): of the process, its waited-for children, the thread.
/* test: cflags=-pthread timeout=30 */
#include "test.h"
#include <pthread.h>
#include <sys/resource.h>

#define raw(who, usage) syscall(SYS_getrusage, who, usage)

static long long us(struct timeval tv)
{
	return tv.tv_sec * 1000000ll + tv.tv_usec;
}

/* Uses this much processor time, in ms. */
static void burn(int ms)
{
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	long long end = ts.tv_sec * 1000ll + ts.tv_nsec / 1000000 + ms;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	while (ts.tv_sec * 1000ll + ts.tv_nsec / 1000000 < end);
}

static void *in_thread(void *unused)
{
	struct rusage thread, self;
	(void)unused;
	burn(100);
	CHECK_OK(raw(RUSAGE_THREAD, &thread));
	CHECK_OK(raw(RUSAGE_SELF, &self));
	CHECK(us(thread.ru_utime) + us(thread.ru_stime) >= 60000);
	CHECK(us(self.ru_utime) + us(self.ru_stime) >= us(thread.ru_utime) + us(thread.ru_stime));
	return NULL;
}

int main(void)
{
	struct rusage a, b;
	pthread_t thread;
	CHECK_OK(raw(RUSAGE_SELF, &a));
	CHECK(a.ru_maxrss > 0 && a.ru_minflt > 0);
	CHECK(a.ru_ixrss == 0 && a.ru_idrss == 0 && a.ru_isrss == 0 && a.ru_nswap == 0);
	CHECK(a.ru_msgsnd == 0 && a.ru_msgrcv == 0 && a.ru_nsignals == 0);
	CHECK_ERRNO(raw(2, &a), EINVAL);
	CHECK_ERRNO(raw(-2, &a), EINVAL);
	CHECK_ERRNO(raw(2, BAD_PTR), EINVAL);
	CHECK_ERRNO(raw(RUSAGE_SELF, BAD_PTR), EFAULT);
	/* Times and faults grow. */
	burn(100);
	CHECK_OK(raw(RUSAGE_SELF, &b));
	CHECK(us(b.ru_utime) + us(b.ru_stime) - us(a.ru_utime) - us(a.ru_stime) >= 60000);
	char *p = mmap(0, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, 4 << 20, MADV_NOHUGEPAGE);
	for (int i = 0; i < 4 << 20; i += 4096)
		p[i] = 1;
	CHECK_OK(raw(RUSAGE_SELF, &b));
	CHECK(b.ru_minflt - a.ru_minflt >= 1024);
	CHECK_OK(munmap(p, 4 << 20));
	CHECK_OK(raw(RUSAGE_SELF, &a));
	/* Sleeping is a voluntary switch. */
	for (int i = 0; i < 8; i++)
		usleep(20000);
	CHECK_OK(raw(RUSAGE_SELF, &b));
	CHECK(b.ru_nvcsw - a.ru_nvcsw >= 5);
	REQUIRE(pthread_create(&thread, NULL, in_thread, NULL) == 0);
	pthread_join(thread, NULL);
	/* An ended thread's time stays the process's. */
	CHECK_OK(raw(RUSAGE_SELF, &a));
	CHECK(us(a.ru_utime) + us(a.ru_stime) - us(b.ru_utime) - us(b.ru_stime) >= 60000);
	/* Children count once they are waited for, with their own children. */
	CHECK_OK(raw(RUSAGE_CHILDREN, &a));
	CHECK_EQ(us(a.ru_utime) + us(a.ru_stime), 0);
	CHECK_EQ(a.ru_maxrss, 0);
	pid_t child = test_fork();
	if (child == 0) {
		CHECK_OK(raw(RUSAGE_CHILDREN, &b));
		CHECK_EQ(b.ru_maxrss, 0);
		CHECK_EQ(IN_CHILD(burn(100)), 0);
		_exit(0);
	}
	siginfo_t info;
	CHECK_OK(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
	CHECK_OK(raw(RUSAGE_CHILDREN, &a));
	CHECK_EQ(us(a.ru_utime) + us(a.ru_stime), 0);
	CHECK_EQ(test_wait(child), 0);
	CHECK_OK(raw(RUSAGE_CHILDREN, &a));
	CHECK(us(a.ru_utime) + us(a.ru_stime) >= 60000);
	CHECK(a.ru_maxrss > 0);
	/* The largest resident set stays after the memory is gone. (What execve came from counts, too: a child
	 * begins anew.) */
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(RUSAGE_SELF, &a));
		p = mmap(0, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		madvise(p, 16 << 20, MADV_NOHUGEPAGE);
		for (int i = 0; i < 16 << 20; i += 4096)
			p[i] = 1;
		CHECK_OK(raw(RUSAGE_SELF, &b));
		CHECK(b.ru_maxrss - a.ru_maxrss >= 14 << 10);
		CHECK_OK(munmap(p, 16 << 20));
		CHECK_OK(raw(RUSAGE_SELF, &a));
		CHECK(a.ru_maxrss >= b.ru_maxrss);
	}), 0);
	return test_done();
}
