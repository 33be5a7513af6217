// recvmsg(2): what it writes back into the header; unix_scm has the control data.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct msghdr msg;
static char one[2], two[8];
static struct iovec iov[2] = { { one, 2 }, { two, 8 } };

static struct msghdr *fresh(void)
{
	msg = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 2, .msg_flags = 0x55 };
	return &msg;
}

int main(void)
{
	struct sockaddr_un addr = { AF_UNIX, "\0recvmsg" }, from = { AF_UNIX, "\0from" }, got;
	int fds[2], r, s;

	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	CHECK_ERRNO(recvmsg(-1, fresh(), 0), EBADF);
	CHECK_ERRNO(recvmsg(0, fresh(), 0), ENOTSOCK);
	CHECK_ERRNO(syscall(SYS_recvmsg, fds[0], BAD_PTR, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_recvmsg, -1, BAD_PTR, 0x80000000), EINVAL);
	CHECK_ERRNO(recvmsg(fds[0], fresh(), MSG_DONTWAIT), EAGAIN);
	CHECK_EQ(msg.msg_flags, 0x55);
	CHECK_EQ(write(fds[1], "abcdef", 6), 6);
	CHECK_EQ(recvmsg(fds[0], fresh(), 0), 6);
	CHECK(!memcmp(one, "ab", 2) && !memcmp(two, "cdef", 4));
	CHECK_EQ(msg.msg_flags, 0);
	/* What does not fit is cut. */
	CHECK_EQ(send(fds[1], "0123456789ab", 12, 0), 12);
	CHECK_EQ(recvmsg(fds[0], fresh(), 0), 10);
	CHECK_EQ(msg.msg_flags, MSG_TRUNC);
	CHECK_EQ(write(fds[1], "0123456789ab", 12), 12);
	CHECK_EQ(recvmsg(fds[0], fresh(), MSG_TRUNC), 12);
	CHECK_EQ(msg.msg_flags, MSG_TRUNC);
	fresh()->msg_iovlen = 1025;
	CHECK_ERRNO(recvmsg(fds[0], &msg, 0), EMSGSIZE);
	fresh()->msg_name = &got;
	msg.msg_namelen = -1;
	CHECK_ERRNO(recvmsg(fds[0], &msg, 0), EINVAL);
	close(fds[0]);
	close(fds[1]);

	r = socket(AF_UNIX, SOCK_DGRAM, 0);
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	REQUIRE(bind(r, (void *)&addr, 10) == 0);
	REQUIRE(connect(s, (void *)&addr, 10) == 0);
	CHECK_EQ(write(s, "x", 1), 1);
	fresh()->msg_name = &got;
	msg.msg_namelen = sizeof got;
	CHECK_EQ(recvmsg(r, &msg, 0), 1);
	CHECK_EQ(msg.msg_namelen, 0);
	REQUIRE(bind(s, (void *)&from, 7) == 0);
	CHECK_EQ(write(s, "x", 1), 1);
	msg.msg_namelen = 4;
	memset(&got, 'x', sizeof got);
	CHECK_EQ(recvmsg(r, &msg, 0), 1);
	CHECK_EQ(msg.msg_namelen, 7);
	CHECK(!memcmp(&got, "\1\0\0fxx", 6));
	CHECK_EQ(write(s, "x", 1), 1);
	msg.msg_name = NULL;
	msg.msg_namelen = 77;
	CHECK_EQ(recvmsg(r, &msg, 0), 1);
	CHECK_EQ(msg.msg_namelen, 77);
	CHECK_EQ(write(s, "x", 1), 1);
	fresh()->msg_name = BAD_PTR;
	msg.msg_namelen = 8;
	CHECK_ERRNO(recvmsg(r, &msg, 0), EFAULT);
	close(r);
	close(s);
	return test_done();
}
