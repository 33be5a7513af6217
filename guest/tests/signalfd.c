/* signalfd, the call without flags. */
#include "test.h"
#include <sys/signalfd.h>

int main(void)
{
	struct signalfd_siginfo si;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = syscall(SYS_signalfd, -1, &set, 8);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	raise(SIGUSR1);
	CHECK_EQ(read(fd, &si, sizeof(si)), 128);
	CHECK_EQ(si.ssi_signo, SIGUSR1);
	CHECK_ERRNO(syscall(SYS_signalfd, -1, &set, 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_signalfd, -1, BAD_PTR, 8), EFAULT);
	return test_done();
}
