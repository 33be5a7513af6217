// AF_UNIX streams: one byte out of band (MSG_OOB), the mark behind it (SIOCATMARK), SIGURG and POLLPRI (unix(7)).
// test: skip-oracle, Debian's kernel is older than the mark's last rules
#include "test.h"
#include <linux/sockios.h>
#include <sys/socket.h>

static int s[2];

static void open_pair(void)
{
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
}

static void close_pair(void)
{
	close(s[0]);
	close(s[1]);
}

static void put(const char *bytes, int flags)
{
	CHECK_EQ(send(s[0], bytes, strlen(bytes), flags), (ssize_t)strlen(bytes));
}

/* What one recv gives: the bytes, or the error's name. */
static void get(int line, size_t size, int flags, const char *expected)
{
	char bytes[64] = "";
	ssize_t n = recv(s[1], bytes, size, flags | MSG_DONTWAIT);
	const char *got = n < 0 ? test_errno(errno) : bytes;

	if (strcmp(got, expected))
		test_fail(line, "recv(%zu, %#x) gave \"%s\", not \"%s\"", size, flags, got, expected);
}
#define GET(size, flags, expected) get(__LINE__, size, flags, expected)

/* poll's answer and the mark. */
static void look(int line, int events, int mark)
{
	struct pollfd poller = { .fd = s[1], .events = POLLIN | POLLPRI };
	int at = -1;

	poll(&poller, 1, 0);
	if (poller.revents != events)
		test_fail(line, "poll says %#x, not %#x", poller.revents, events);
	if (ioctl(s[1], SIOCATMARK, &at) != 0 || at != mark)
		test_fail(line, "the mark says %d, not %d", at, mark);
}
#define LOOK(events, mark) look(__LINE__, events, mark)

TEST(read_apart)
{
	open_pair();
	CHECK_ERRNO(send(s[0], "", 0, MSG_OOB), EOPNOTSUPP);
	GET(9, MSG_OOB, "EINVAL");
	put("hello", MSG_OOB);
	LOOK(POLLIN | POLLPRI, 0);
	GET(9, MSG_OOB | MSG_PEEK, "o");
	GET(9, MSG_OOB, "o");
	LOOK(POLLIN, 0);
	GET(9, MSG_OOB, "EINVAL");
	put("!", 0);
	/* What lies before the mark and what behind come apart. */
	GET(9, 0, "hell");
	LOOK(POLLIN, 1);
	GET(9, 0, "!");
	LOOK(0, 0);
	close_pair();
}

TEST(read_past)
{
	open_pair();
	put("ab", MSG_OOB);
	put("cd", 0);
	GET(9, MSG_PEEK, "a");
	GET(9, 0, "a");
	LOOK(POLLIN | POLLPRI, 1);
	/* Who goes on loses it. */
	GET(9, MSG_PEEK, "cd");
	GET(9, 0, "cd");
	LOOK(0, 0);
	GET(9, MSG_OOB, "EINVAL");
	/* The last thing that there is. */
	put("x", MSG_OOB);
	LOOK(POLLIN | POLLPRI, 1);
	GET(9, MSG_PEEK, "EAGAIN");
	LOOK(POLLIN | POLLPRI, 1);
	GET(9, 0, "EAGAIN");
	LOOK(0, 0);
	close_pair();
}

TEST(the_last_counts)
{
	open_pair();
	put("ab", MSG_OOB);
	put("cd", MSG_OOB);
	/* b is an ordinary byte now. */
	GET(9, 0, "abc");
	GET(9, MSG_OOB, "d");
	LOOK(POLLIN, 1);
	GET(9, 0, "EAGAIN");
	LOOK(0, 0);
	/* Marks don't pile up. */
	for (int i = 0; i < 3; i++) {
		put("x", MSG_OOB);
		GET(9, MSG_OOB, "x");
		LOOK(POLLIN, 1);
	}
	put("y", 0);
	LOOK(POLLIN, 1);
	GET(9, MSG_PEEK, "y");
	GET(9, 0, "y");
	LOOK(0, 0);
	/* A mark, then another byte out of band. */
	put("x", MSG_OOB);
	GET(9, MSG_OOB, "x");
	put("y", MSG_OOB);
	LOOK(POLLIN | POLLPRI, 1);
	put("z", 0);
	GET(9, 0, "z");
	LOOK(0, 0);
	close_pair();
}

TEST(in_line)
{
	int on = 1;

	open_pair();
	CHECK_OK(setsockopt(s[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
	put("ab", MSG_OOB);
	put("cd", 0);
	LOOK(POLLIN | POLLPRI, 0);
	GET(9, MSG_OOB, "EINVAL");
	GET(9, 0, "a");
	LOOK(POLLIN | POLLPRI, 1);
	GET(9, MSG_PEEK, "bcd");
	GET(9, 0, "bcd");
	LOOK(0, 0);
	close_pair();
}

/* recvmsg says that it was out of band; files come with it. */
TEST(with_files)
{
	char byte = 'x', room[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	open_pair();
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(c), &s[0], sizeof(int));
	CHECK_EQ(sendmsg(s[0], &msg, MSG_OOB), 1);
	byte = 0;
	msg.msg_flags = 0;
	CHECK_EQ(recvmsg(s[1], &msg, MSG_OOB), 1);
	CHECK_EQ(byte, 'x');
	CHECK_EQ(msg.msg_flags, MSG_OOB);
	CHECK_EQ(msg.msg_controllen, 0);
	CHECK_ERRNO(recv(s[1], BAD_PTR, 1, MSG_OOB), EINVAL);
	put("y", MSG_OOB);
	CHECK_ERRNO(recv(s[1], BAD_PTR, 1, MSG_OOB), EFAULT);
	GET(1, MSG_OOB, "EINVAL");
	close_pair();
}

TEST(end)
{
	char byte;

	/* Read out of band is read: no reset. */
	open_pair();
	put("x", MSG_OOB);
	GET(9, MSG_OOB, "x");
	close(s[1]);
	CHECK_EQ(read(s[0], &byte, 1), 0);
	CHECK_ERRNO(send(s[0], "x", 1, MSG_OOB | MSG_NOSIGNAL), EPIPE);
	close(s[0]);
	open_pair();
	put("x", MSG_OOB);
	close(s[1]);
	CHECK_ERRNO(read(s[0], &byte, 1), ECONNRESET);
	close(s[0]);
	/* It may be read behind the end of sending. */
	open_pair();
	put("xy", MSG_OOB);
	CHECK_OK(shutdown(s[0], SHUT_WR));
	GET(9, MSG_OOB, "y");
	GET(9, 0, "x");
	GET(9, 0, "");
	close_pair();
}

TEST(other_kinds)
{
	int at;

	for (int kind = SOCK_DGRAM; kind <= SOCK_SEQPACKET; kind += SOCK_SEQPACKET - SOCK_DGRAM) {
		REQUIRE(socketpair(AF_UNIX, kind, 0, s) == 0);
		CHECK_ERRNO(send(s[0], "x", 1, MSG_OOB), EOPNOTSUPP);
		CHECK_ERRNO(recv(s[1], &at, 1, MSG_OOB), EOPNOTSUPP);
		CHECK_ERRNO(ioctl(s[0], SIOCATMARK, &at), EOPNOTSUPP);
		close_pair();
	}
	open_pair();
	CHECK_ERRNO(ioctl(s[0], SIOCATMARK, BAD_PTR), EFAULT);
	close_pair();
	s[1] = socket(AF_UNIX, SOCK_STREAM, 0);
	GET(9, MSG_OOB, "EINVAL");
	CHECK_ERRNO(send(s[1], "x", 1, MSG_OOB), ENOTCONN);
	close(s[1]);
}

static volatile sig_atomic_t urgent, code, band, fd_seen;

static void on_urgent(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	urgent++;
	code = info->si_code;
	band = info->si_code == POLL_PRI ? info->si_band : 0;
	fd_seen = info->si_code == POLL_PRI ? info->si_fd : -1;
}

TEST(signals)
{
	struct sigaction sa = { .sa_sigaction = on_urgent, .sa_flags = SA_SIGINFO };

	sigaction(SIGURG, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	open_pair();
	put("x", MSG_OOB);
	CHECK_EQ(urgent, 0); /* nobody has asked */
	CHECK_OK(fcntl(s[1], F_SETOWN, getpid()));
	put("x", MSG_OOB);
	CHECK_EQ(urgent, 1); /* O_ASYNC or not */
	CHECK_EQ(code, SI_KERNEL);
	put("x", 0);
	CHECK_EQ(urgent, 1);
	/* With a signal of one's own there are two, and O_ASYNC matters. */
	CHECK_OK(fcntl(s[1], F_SETSIG, SIGUSR1));
	put("x", MSG_OOB);
	CHECK_EQ(urgent, 2);
	int in = fcntl(s[1], F_GETFL);
	CHECK_OK(fcntl(s[1], F_SETFL, in | O_ASYNC));
	sigset_t set, none;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &set, NULL);
	put("x", MSG_OOB);
	CHECK_EQ(urgent, 3);
	sigprocmask(SIG_SETMASK, &none, NULL);
	CHECK_EQ(urgent, 4);
	CHECK_EQ(code, POLL_PRI);
	CHECK_EQ(band, POLLPRI | POLLRDBAND);
	CHECK_EQ(fd_seen, s[1]);
	close_pair();
}

/* A reader that waits is woken, finds nothing that it may read, and waits on. */
TEST(waiting_reader)
{
	char bytes[8] = "";

	open_pair();
	pid_t pid = test_fork();
	if (pid == 0) {
		usleep(20000);
		put("x", MSG_OOB);
		usleep(20000);
		put("y", 0);
		_exit(0);
	}
	CHECK_EQ(recv(s[1], bytes, sizeof bytes, 0), 1);
	CHECK_EQ(bytes[0], 'y');
	CHECK_EQ(test_wait(pid), 0);
	/* A peek waits, too, and leaves it. */
	pid = test_fork();
	if (pid == 0) {
		put("x", MSG_OOB);
		usleep(20000);
		put("y", 0);
		_exit(0);
	}
	CHECK_EQ(recv(s[1], bytes, sizeof bytes, MSG_PEEK), 1);
	CHECK_EQ(bytes[0], 'y');
	GET(1, MSG_OOB, "x");
	CHECK_EQ(test_wait(pid), 0);
	close_pair();
}

TEST_MAIN
