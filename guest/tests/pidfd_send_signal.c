/* pidfd_send_signal(2). */
#include "test.h"

static volatile siginfo_t seen;

static void take(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	memcpy((void *)&seen, info, sizeof(*info));
}

static long send(int fd, int sig, siginfo_t *info, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = take, .sa_flags = SA_SIGINFO };
	siginfo_t info;
	int me = syscall(SYS_pidfd_open, getpid(), 0);
	REQUIRE(me >= 0);
	sigaction(SIGUSR1, &sa, NULL);
	CHECK_OK(send(me, 0, NULL, 0));
	CHECK_OK(send(me, SIGUSR1, NULL, 0));
	CHECK_EQ(seen.si_signo, SIGUSR1);
	CHECK_EQ(seen.si_code, SI_USER);
	CHECK_EQ(seen.si_pid, getpid());
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGUSR1;
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 77;
	CHECK_OK(send(me, SIGUSR1, &info, 0));
	CHECK_EQ(seen.si_value.sival_int, 77);
	CHECK_ERRNO(send(me, SIGUSR2, &info, 0), EINVAL);
	CHECK_ERRNO(send(me, SIGUSR1, BAD_PTR, 0), EFAULT);
	CHECK_ERRNO(send(me, 99, NULL, 0), EINVAL);
	CHECK_ERRNO(send(me, SIGUSR1, NULL, 0x80), EINVAL);
	CHECK_ERRNO(send(-1, SIGUSR1, NULL, 0), EBADF);
	CHECK_ERRNO(send(0, SIGUSR1, NULL, 0), EBADF);
	pid_t child = test_fork();
	if (!child) {
		pause();
		_exit(0);
	}
	int fd = syscall(SYS_pidfd_open, child, 0);
	info.si_code = SI_USER;
	CHECK_ERRNO(send(fd, SIGUSR1, &info, 0), EPERM);
	CHECK_OK(send(fd, SIGTERM, NULL, 0));
	CHECK_EQ(WTERMSIG(test_wait(child)), SIGTERM);
	CHECK_ERRNO(send(fd, SIGTERM, NULL, 0), ESRCH);
	return test_done();
}
