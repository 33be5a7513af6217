// 10,000 threads alive at once; then 4,000 processes alive at once. session/many runs it.
#include "test.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/resource.h>

enum { THREADS = 10000, PROCESSES = 4000, STACK = 1024 };

static int go, started, ended;

/* Debian's kernel allows no more than would take an eighth of the memory. */
static void raise_limits(void)
{
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = open("/proc/sys/kernel/threads-max", O_WRONLY);

	if (fd >= 0) {
		write(fd, "20000\n", 6);
		close(fd);
	}
	setrlimit(RLIMIT_NPROC, &none);
}

static int thread(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &go, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	__atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_exit, 0);
	return 0;
}

TEST(threads)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, made = 0;
	char *stacks = mmap(NULL, (size_t)THREADS * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(stacks != MAP_FAILED);
	raise_limits();
	while (made < THREADS && clone(thread, stacks + (size_t)(made + 1) * STACK, flags, NULL) > 0)
		made++;
	CHECK_EQ(made, THREADS);
	while (__atomic_load_n(&started, __ATOMIC_SEQ_CST) < made)
		usleep(10000);
	CHECK_EQ(ended, 0);
	__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &go, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	while (__atomic_load_n(&ended, __ATOMIC_SEQ_CST) < made)
		usleep(10000);
}

TEST(processes)
{
	int hold[2], made = 0, status;
	char c;

	REQUIRE(pipe(hold) == 0);
	raise_limits();
	for (; made < PROCESSES; made++) {
		pid_t pid = fork();
		if (pid < 0)
			break;
		if (!pid) {
			close(hold[1]);
			/* Until the parent closes its end, or ends. */
			_exit(read(hold[0], &c, 1) == 0 ? 0 : 1);
		}
	}
	CHECK_EQ(made, PROCESSES);
	CHECK_EQ(waitpid(-1, &status, WNOHANG), 0);
	close(hold[1]);
	for (int i = 0; i < made; i++) {
		REQUIRE(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
	CHECK_ERRNO(wait(&status), ECHILD);
}

TEST_MAIN
