#include "test.h"

int main(void)
{
	int x = 1, st;
	volatile int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t parent = getpid(), child = syscall(SYS_fork);
	if (child == 0) {
		CHECK_EQ(getppid(), parent);
		CHECK(getpid() != parent);
		x = 2;
		*shared = 7;
		_exit(x + 10);
	}
	CHECK_EQ(waitpid(child, &st, 0), child);
	CHECK(WIFEXITED(st) && WEXITSTATUS(st) == 12);
	CHECK_EQ(x, 1);
	CHECK_EQ(*shared, 7);
	/* Descriptors share their offset, signals pending are not inherited. */
	int fd = make_file("f", "abcdef");
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	raise(SIGUSR1);
	CHECK_EQ(IN_CHILD({
		sigset_t p;
		sigpending(&p);
		CHECK(!sigismember(&p, SIGUSR1));
		char c;
		CHECK_EQ(read(fd, &c, 1), 1);
	}), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 1);
	/* Many at once. */
	for (int i = 0; i < 50; i++)
		if (fork() == 0)
			_exit(i);
	int sum = 0;
	for (int i = 0; i < 50; i++)
		if (wait(&st) > 0)
			sum += WEXITSTATUS(st);
	CHECK_EQ(sum, 49 * 50 / 2);
	CHECK_ERRNO(wait(&st), ECHILD);
	return test_done();
}
