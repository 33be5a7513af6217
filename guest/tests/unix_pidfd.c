// test: skip-oracle, Debian's kernel is older than SO_PEERPIDFD and SO_PASSPIDFD
// Processes at the other end as files: SO_PEERPIDFD, SO_PASSPIDFD (unix(7), pidfd_open(2)).
#include "test.h"

#include <sys/socket.h>

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

static int pid_of(int pidfd)
{
	char path[64], line[128];
	int pid = 0;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f))
		sscanf(line, "Pid: %d", &pid);
	if (f)
		fclose(f);
	return pid;
}

TEST(peer)
{
	int fds[2], pidfd = -1, s = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len = sizeof pidfd;

	CHECK_ERRNO(getsockopt(s, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len), ENODATA);
	close(s);
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len));
	CHECK_EQ(len, 4);
	CHECK_EQ(pid_of(pidfd), getpid());
	CHECK_EQ(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	CHECK_OK(syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
	close(pidfd);
	close(fds[0]);
	close(fds[1]);
}

TEST(sender)
{
	char control[128], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof control };
	int fds[2], on = 1, pidfd = -1;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_OK(setsockopt(fds[1], SOL_SOCKET, SO_PASSPIDFD, &on, sizeof on));
	pid_t pid = test_fork();
	if (pid == 0) {
		if (write(fds[0], "x", 1) != 1)
			_exit(1);
		pause();
	}
	CHECK_EQ(recvmsg(fds[1], &msg, 0), 1);
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);
	REQUIRE(h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_PIDFD);
	memcpy(&pidfd, CMSG_DATA(h), sizeof pidfd);
	CHECK_EQ(pid_of(pidfd), pid);
	CHECK_OK(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
	int status = test_wait(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(pidfd);
	close(fds[0]);
	close(fds[1]);
}

TEST_MAIN
