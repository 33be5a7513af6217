/* pidfd_open(2): polling, waiting. */
#include "test.h"

int main(void)
{
	siginfo_t si;
	CHECK_ERRNO(syscall(SYS_pidfd_open, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_pidfd_open, -1, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_pidfd_open, getpid(), 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_pidfd_open, 1 << 30, 0), ESRCH);
	int me = syscall(SYS_pidfd_open, getpid(), O_NONBLOCK);
	REQUIRE(me >= 0);
	CHECK_EQ(fcntl(me, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(me, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	struct pollfd p = { me, POLLIN, 0 };
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_ERRNO(waitid(P_PIDFD, me, &si, WEXITED), ECHILD);
	CHECK_ERRNO(waitid(P_PIDFD, 0, &si, WEXITED), EBADF);
	CHECK_ERRNO(waitid(P_PIDFD, 99, &si, WEXITED), EBADF);
	pid_t child = test_fork();
	if (!child) {
		usleep(30000);
		_exit(5);
	}
	int fd = syscall(SYS_pidfd_open, child, 0);
	REQUIRE(fd >= 0);
	p.fd = fd;
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_OK(waitid(P_PIDFD, fd, &si, WEXITED | WNOWAIT));
	CHECK_EQ(si.si_pid, child);
	CHECK_EQ(si.si_status, 5);
	CHECK_OK(waitid(P_PIDFD, fd, &si, WEXITED));
	CHECK_ERRNO(waitid(P_PIDFD, fd, &si, WEXITED), ECHILD);
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_ERRNO(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
	return test_done();
}
