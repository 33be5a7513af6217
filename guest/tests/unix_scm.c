// Files and credentials that go along with data: SCM_RIGHTS, SCM_CREDENTIALS (unix(7), cmsg(3)).
#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>

#ifndef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0x40000000
#endif

static int a, b;

static void pair(int type)
{
	int fds[2];

	REQUIRE(socketpair(AF_UNIX, type, 0, fds) == 0);
	a = fds[0];
	b = fds[1];
}

static void unpair(void)
{
	close(a);
	close(b);
}

/* Sends len bytes with count descriptors. */
static long send_fds(int sock, const char *text, size_t len, const int *fds, int count)
{
	char control[CMSG_SPACE(300 * sizeof(int))];
	struct iovec iov = { (void *)text, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (count >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	return sendmsg(sock, &msg, 0);
}

static int flags_seen, control_seen;

/* Receives bytes and up to max descriptors; *count says how many came. */
static long recv_fds(int sock, char *text, size_t len, int *fds, int max, int *count, int flags)
{
	char control[CMSG_SPACE(300 * sizeof(int))];
	struct iovec iov = { text, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = max < 0 ? NULL : control };
	struct cmsghdr *c;

	msg.msg_controllen = max < 0 ? 0 : CMSG_LEN(max * sizeof(int));
	long n = recvmsg(sock, &msg, flags);
	flags_seen = msg.msg_flags;
	control_seen = msg.msg_controllen;
	*count = 0;
	if (n < 0)
		return n;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
			*count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds, CMSG_DATA(c), *count * sizeof(int));
		}
	return n;
}

TEST(a_file_is_passed)
{
	int file = make_file("f", "content"), fds[4], count, types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	char buf[16];

	for (int i = 0; i < 3; i++) {
		pair(types[i]);
		CHECK_EQ(send_fds(a, "x", 1, &file, 1), 1);
		CHECK_EQ(recv_fds(b, buf, 16, fds, 4, &count, 0), 1);
		CHECK_EQ(flags_seen, 0);
		REQUIRE(count == 1);
		CHECK(fds[0] != file);
		CHECK_EQ(fcntl(fds[0], F_GETFD), 0);
		CHECK_EQ(lseek(file, 3, SEEK_SET), 3);
		CHECK_EQ(read(fds[0], buf, 4), 4); /* one open file, one position */
		CHECK(!memcmp(buf, "tent", 4));
		close(fds[0]);
		unpair();
	}
	close(file);
}

TEST(close_on_exec_is_asked_for)
{
	int file = make_file("f", ""), fds[4], count;
	char buf[4];

	pair(SOCK_STREAM);
	CHECK_OK(fcntl(file, F_SETFD, FD_CLOEXEC));
	CHECK_EQ(send_fds(a, "x", 1, &file, 1), 1);
	CHECK_EQ(recv_fds(b, buf, 4, fds, 4, &count, MSG_CMSG_CLOEXEC), 1);
	CHECK_EQ(flags_seen, MSG_CMSG_CLOEXEC);
	REQUIRE(count == 1);
	CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	close(fds[0]);
	close(file);
	unpair();
}

TEST(a_stream_stops_at_files)
{
	int file = make_file("f", ""), fds[4], count;
	char buf[16];

	pair(SOCK_STREAM);
	CHECK_EQ(write(a, "ab", 2), 2);
	CHECK_EQ(send_fds(a, "cd", 2, &file, 1), 2);
	CHECK_EQ(write(a, "ef", 2), 2);
	/* What was before comes with it, what is after does not. */
	CHECK_EQ(recv_fds(b, buf, 16, fds, 4, &count, 0), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(count, 1);
	close(fds[0]);
	CHECK_EQ(recv_fds(b, buf, 16, fds, 4, &count, 0), 2);
	CHECK_EQ(count, 0);
	/* They come with the first byte. */
	CHECK_EQ(send_fds(a, "cd", 2, &file, 1), 2);
	CHECK_EQ(recv_fds(b, buf, 1, fds, 4, &count, 0), 1);
	CHECK_EQ(count, 1);
	close(fds[0]);
	CHECK_EQ(recv_fds(b, buf, 16, fds, 4, &count, 0), 1);
	CHECK_EQ(count, 0);
	/* Without a byte there is nothing that they could go with. */
	CHECK_EQ(send_fds(a, "", 0, &file, 1), 0);
	CHECK_ERRNO(recv(b, buf, 4, MSG_DONTWAIT), EAGAIN);
	/* Who reads plainly loses them. */
	CHECK_EQ(send_fds(a, "g", 1, &file, 1), 1);
	CHECK_EQ(read(b, buf, 16), 1);
	close(file);
	unpair();
}

TEST(room_for_fewer)
{
	int pipes[2], fds[4], count;
	char buf[4];

	REQUIRE(pipe(pipes) == 0);
	pair(SOCK_DGRAM);
	CHECK_EQ(send_fds(a, "x", 1, pipes, 2), 1);
	CHECK_EQ(recv_fds(b, buf, 4, fds, 1, &count, 0), 1);
	CHECK_EQ(flags_seen, MSG_CTRUNC);
	CHECK_EQ(count, 1);
	close(fds[0]);
	CHECK_EQ(send_fds(a, "x", 1, pipes, 2), 1);
	CHECK_EQ(recv_fds(b, buf, 4, fds, 0, &count, 0), 1);
	CHECK_EQ(flags_seen, MSG_CTRUNC);
	CHECK_EQ(count, 0);
	CHECK_EQ(control_seen, 0);
	CHECK_EQ(send_fds(a, "x", 1, pipes, 2), 1);
	CHECK_EQ(recv_fds(b, buf, 4, fds, -1, &count, 0), 1);
	CHECK_EQ(flags_seen, MSG_CTRUNC);
	/* The ones that were not taken are closed: only ours are left. */
	close(pipes[1]);
	CHECK_EQ(read(pipes[0], buf, 1), 0);
	close(pipes[0]);
	unpair();
}

TEST(no_free_numbers)
{
	struct rlimit { unsigned long cur, max; } old, few;
	int pipes[2], fds[4], count;
	char buf[4];

	REQUIRE(pipe(pipes) == 0);
	pair(SOCK_DGRAM);
	CHECK_EQ(send_fds(a, "x", 1, pipes, 2), 1);
	int lowest = dup(0);
	close(lowest);
	REQUIRE(syscall(SYS_prlimit64, 0, 7, NULL, &old) == 0);
	few = old;
	few.cur = lowest + 1;
	REQUIRE(syscall(SYS_prlimit64, 0, 7, &few, NULL) == 0);
	CHECK_EQ(recv_fds(b, buf, 4, fds, 4, &count, 0), 1);
	CHECK_EQ(flags_seen, MSG_CTRUNC);
	CHECK_EQ(count, 1);
	syscall(SYS_prlimit64, 0, 7, &old, NULL);
	close(fds[0]);
	close(pipes[0]);
	close(pipes[1]);
	unpair();
}

TEST(limits_and_errors)
{
	int fds[300], count, got[300], null = open("/dev/null", O_RDWR);
	char buf[4];

	pair(SOCK_STREAM);
	for (int i = 0; i < 300; i++)
		fds[i] = null;
	CHECK_ERRNO(send_fds(a, "x", 1, fds, 254), EINVAL);
	CHECK_EQ(send_fds(a, "x", 1, fds, 253), 1);
	CHECK_EQ(recv_fds(b, buf, 4, got, 253, &count, 0), 1);
	CHECK_EQ(count, 253);
	for (int i = 0; i < count; i++)
		close(got[i]);
	fds[1] = -1;
	CHECK_ERRNO(send_fds(a, "x", 1, fds, 2), EBADF);
	CHECK_EQ(send_fds(a, "x", 1, fds, 0), 1);
	CHECK_EQ(recv_fds(b, buf, 4, got, 4, &count, 0), 1);
	CHECK_EQ(count, 0);
	/* A place can be passed. */
	fds[0] = open(".", O_PATH);
	CHECK_EQ(send_fds(a, "x", 1, fds, 1), 1);
	CHECK_EQ(recv_fds(b, buf, 4, got, 4, &count, 0), 1);
	REQUIRE(count == 1);
	CHECK_EQ(fcntl(got[0], F_GETFL) & O_PATH, O_PATH);
	close(got[0]);
	close(fds[0]);
	close(null);
	unpair();
}

TEST(malformed)
{
	union {
		char bytes[64];
		struct cmsghdr align;
	} u;
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u };
	struct cmsghdr *c = &u.align;

	pair(SOCK_STREAM);
	memset(&u, 0, sizeof u);
	*c = (struct cmsghdr){ .cmsg_len = 8, .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	CHECK_ERRNO(sendmsg(a, &msg, 0), EINVAL);
	c->cmsg_len = 65;
	CHECK_ERRNO(sendmsg(a, &msg, 0), EINVAL);
	*c = (struct cmsghdr){ .cmsg_len = 20, .cmsg_level = SOL_SOCKET, .cmsg_type = 99 };
	CHECK_ERRNO(sendmsg(a, &msg, 0), EINVAL);
	*c = (struct cmsghdr){ .cmsg_len = 20, .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS };
	CHECK_ERRNO(sendmsg(a, &msg, 0), EINVAL);
	/* Another level's are passed over; too short for a header is none. */
	*c = (struct cmsghdr){ .cmsg_len = 64, .cmsg_level = 6, .cmsg_type = 99 };
	CHECK_EQ(sendmsg(a, &msg, 0), 1);
	msg.msg_controllen = 15;
	c->cmsg_len = 3;
	CHECK_EQ(sendmsg(a, &msg, 0), 1);
	msg.msg_control = BAD_PTR;
	msg.msg_controllen = 64;
	CHECK_ERRNO(sendmsg(a, &msg, 0), EFAULT);
	msg.msg_controllen = 1 << 30;
	CHECK_ERRNO(sendmsg(a, &msg, 0), ENOBUFS);
	unpair();
}

TEST(peeked_files_stay)
{
	int file = make_file("f", "q"), fds[4], count;
	char buf[4], c;

	pair(SOCK_STREAM);
	CHECK_EQ(send_fds(a, "x", 1, &file, 1), 1);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(recv_fds(b, buf, 4, fds, 4, &count, i < 2 ? MSG_PEEK : 0), 1);
		REQUIRE(count == 1);
		CHECK_EQ(pread(fds[0], &c, 1, 0), 1);
		CHECK_EQ(c, 'q');
		close(fds[0]);
	}
	close(file);
	unpair();
}

TEST(in_flight_files_live)
{
	int pipes[2], fds[2], count;
	char buf[8];

	REQUIRE(pipe(pipes) == 0);
	pair(SOCK_STREAM);
	CHECK_EQ(send_fds(a, "x", 1, &pipes[1], 1), 1);
	close(pipes[1]);
	CHECK_OK(fcntl(pipes[0], F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(read(pipes[0], buf, 8), EAGAIN);
	close(a);
	CHECK_EQ(recv_fds(b, buf, 4, fds, 4, &count, 0), 1);
	REQUIRE(count == 1);
	CHECK_EQ(write(fds[0], "hi", 2), 2);
	close(fds[0]);
	CHECK_EQ(read(pipes[0], buf, 8), 2);
	CHECK_EQ(read(pipes[0], buf, 8), 0);
	close(b);
	close(pipes[0]);
	/* Nobody receives them: they end with the socket. */
	REQUIRE(pipe(pipes) == 0);
	pair(SOCK_STREAM);
	CHECK_EQ(send_fds(a, "x", 1, &pipes[1], 1), 1);
	close(pipes[1]);
	close(b);
	CHECK_EQ(read(pipes[0], buf, 8), 0);
	close(a);
	close(pipes[0]);
}

/* Who sent what is received next. */
static struct ucred recv_cred(int sock, int *present)
{
	char control[CMSG_SPACE(sizeof(struct ucred))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof control };
	struct ucred cred = { -1, -1, -1 };

	*present = 0;
	CHECK_EQ(recvmsg(sock, &msg, 0), 1);
	struct cmsghdr *h = CMSG_FIRSTHDR(&msg);
	if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_CREDENTIALS) {
		CHECK_EQ(h->cmsg_len, CMSG_LEN(sizeof cred));
		memcpy(&cred, CMSG_DATA(h), sizeof cred);
		*present = 1;
	}
	return cred;
}

static long send_cred(int sock, struct ucred cred)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} u;
	struct iovec iov = { "c", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof u };

	memset(&u, 0, sizeof u);
	u.align = (struct cmsghdr){ CMSG_LEN(sizeof cred), SOL_SOCKET, SCM_CREDENTIALS };
	memcpy(CMSG_DATA(&u.align), &cred, sizeof cred);
	return sendmsg(sock, &msg, 0);
}

TEST(credentials)
{
	int on = 1, present, types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	struct ucred cred;
	char c;

	for (int i = 0; i < 3; i++) {
		pair(types[i]);
		CHECK_EQ(write(a, "x", 1), 1);
		cred = recv_cred(b, &present);
		CHECK_EQ(present, 0);
		CHECK_OK(setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
		CHECK_EQ(write(a, "x", 1), 1);
		cred = recv_cred(b, &present);
		CHECK_EQ(present, 1);
		CHECK_EQ(cred.pid, getpid());
		CHECK_EQ(cred.uid, getuid());
		CHECK_EQ(cred.gid, getgid());
		/* Given by hand, they come only to who asks for them. */
		CHECK_EQ(send_cred(a, (struct ucred){ getpid(), getuid(), getgid() }), 1);
		cred = recv_cred(b, &present);
		CHECK_EQ(present, 1);
		CHECK_EQ(cred.pid, getpid());
		CHECK_EQ(send_cred(b, (struct ucred){ getpid(), getuid(), getgid() }), 1);
		CHECK_EQ(read(a, &c, 1), 1);
		/* The sender's, who may be another process. */
		pid_t pid = test_fork();
		if (pid == 0)
			_exit(write(a, "x", 1) != 1);
		cred = recv_cred(b, &present);
		CHECK_EQ(cred.pid, pid);
		CHECK_EQ(test_wait(pid), 0);
		CHECK_ERRNO(send_cred(a, (struct ucred){ 0x3ffffff, getuid(), getgid() }), geteuid() ? EPERM : ESRCH);
		unpair();
	}
}

TEST(credentials_of_others)
{
	int on = 1;

	if (geteuid() != 0)
		SKIP("not root");
	pair(SOCK_STREAM);
	CHECK_OK(setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
	CHECK_EQ(send_cred(a, (struct ucred){ getppid(), 12, 34 }), getppid() ? 1 : -1);
	CHECK_EQ(IN_CHILD({
		int present;
		struct ucred cred;
		if (getppid())
			cred = recv_cred(b, &present);
		CHECK_OK(syscall(SYS_setresgid, 100, 101, 102));
		CHECK_OK(syscall(SYS_setresuid, 200, 201, 202));
		CHECK_EQ(send_cred(a, (struct ucred){ getpid(), 201, 102 }), 1);
		cred = recv_cred(b, &present);
		CHECK_EQ(cred.uid, 201);
		CHECK_EQ(cred.gid, 102);
		CHECK_EQ(write(a, "x", 1), 1);
		cred = recv_cred(b, &present);
		CHECK_EQ(cred.uid, 200); /* the real ones, if none are given */
		CHECK_EQ(cred.gid, 100);
		CHECK_ERRNO(send_cred(a, (struct ucred){ 1, 201, 102 }), EPERM);
		CHECK_ERRNO(send_cred(a, (struct ucred){ getpid(), 203, 102 }), EPERM);
		CHECK_ERRNO(send_cred(a, (struct ucred){ getpid(), 201, 0 }), EPERM);
	}), 0);
	unpair();
}

TEST(senders_are_kept_apart)
{
	int on = 1;
	char control[64], buf[16];
	struct iovec iov = { buf, sizeof buf };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof control };

	pair(SOCK_STREAM);
	CHECK_OK(setsockopt(b, SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
	CHECK_EQ(write(a, "12", 2), 2);
	CHECK_EQ(write(a, "34", 2), 2);
	CHECK_EQ(IN_CHILD(CHECK_EQ(write(a, "56", 2), 2)), 0);
	CHECK_EQ(recvmsg(b, &msg, 0), 4);
	CHECK_EQ(recvmsg(b, &msg, 0), 2);
	unpair();
}

TEST_MAIN
