/* signalfd4: signalfd(2) with flags. */
#include "test.h"
#include <sys/epoll.h>
#include <sys/signalfd.h>

static struct signalfd_siginfo si[4];

int main(void)
{
	sigset_t set, two;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGKILL);
	two = set;
	sigaddset(&two, SIGUSR2);
	sigaddset(&two, SIGRTMIN);
	sigaddset(&two, SIGCHLD);
	sigprocmask(SIG_BLOCK, &two, NULL);
	CHECK_ERRNO(syscall(SYS_signalfd4, -1, &set, 8, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_signalfd4, -1, &set, 7, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_signalfd4, 0, &set, 8, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_signalfd4, 99, &set, 8, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_signalfd4, -1, BAD_PTR, 8, 0), EFAULT);
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	struct pollfd p = { fd, POLLIN, 0 };
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_ERRNO(read(fd, si, sizeof(si)), EAGAIN);
	CHECK_ERRNO(read(fd, si, 127), EINVAL);
	CHECK_ERRNO(write(fd, si, 128), EINVAL);
	raise(SIGUSR2);
	CHECK_EQ(poll(&p, 1, 0), 0);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(read(fd, si, sizeof(si)), 128);
	CHECK_EQ(si[0].ssi_signo, SIGUSR1);
	CHECK_EQ(si[0].ssi_code, SI_USER);
	CHECK_EQ(si[0].ssi_pid, getpid());
	CHECK_EQ(si[0].ssi_uid, getuid());
	/* Another mask for the same file: what is pending comes, several at once. */
	CHECK_EQ(signalfd(fd, &two, 0), fd);
	union sigval v = { .sival_int = 1234 };
	sigqueue(getpid(), SIGRTMIN, v);
	CHECK_EQ(read(fd, si, sizeof(si)), 256);
	CHECK_EQ(si[0].ssi_signo, SIGUSR2);
	CHECK_EQ(si[1].ssi_signo, SIGRTMIN);
	CHECK_EQ(si[1].ssi_code, SI_QUEUE);
	CHECK_EQ(si[1].ssi_int, 1234);
	/* A child's end, with a waiting read and through epoll. */
	int ep = epoll_create1(0);
	struct epoll_event e = { EPOLLIN, { 0 } };
	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		_exit(7);
	}
	CHECK_EQ(epoll_wait(ep, &e, 1, 5000), 1);
	fcntl(fd, F_SETFL, 0);
	CHECK_EQ(read(fd, si, sizeof(si)), 128);
	CHECK_EQ(si[0].ssi_signo, SIGCHLD);
	CHECK_EQ(si[0].ssi_code, CLD_EXITED);
	CHECK_EQ(si[0].ssi_pid, child);
	CHECK_EQ(si[0].ssi_status, 7);
	wait(NULL);
	pid_t me = getpid();
	child = test_fork();
	if (!child) {
		usleep(20000);
		_exit(kill(me, SIGUSR1));
	}
	CHECK_EQ(read(fd, si, 128), 128);
	CHECK_EQ(si[0].ssi_signo, SIGUSR1);
	CHECK_EQ(si[0].ssi_pid, child);
	test_wait(child);
	return test_done();
}
