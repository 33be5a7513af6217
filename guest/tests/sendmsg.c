// sendmsg(2): the header, its buffers and its name; unix_scm has the control data.
#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>

static struct msghdr msg;
static struct iovec iov[3] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };

static struct msghdr *fresh(void)
{
	msg = (struct msghdr){ .msg_iov = iov, .msg_iovlen = 3 };
	return &msg;
}

int main(void)
{
	struct sockaddr_un addr = { AF_UNIX, "\0sendmsg" };
	static struct iovec many[1025];
	int fds[2], r, s;
	char buf[16];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_ERRNO(sendmsg(-1, fresh(), 0), EBADF);
	CHECK_ERRNO(sendmsg(0, fresh(), 0), ENOTSOCK);
	CHECK_ERRNO(syscall(SYS_sendmsg, fds[0], BAD_PTR, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_sendmsg, -1, BAD_PTR, 0x80000000), EINVAL);
	CHECK_EQ(sendmsg(fds[0], fresh(), 0), 5);
	CHECK_EQ(read(fds[1], buf, 16), 5);
	CHECK(!memcmp(buf, "abcde", 5));
	fresh()->msg_iovlen = 1025;
	CHECK_ERRNO(sendmsg(fds[0], &msg, 0), EMSGSIZE);
	msg.msg_iov = many;
	msg.msg_iovlen = 1024;
	CHECK_EQ(sendmsg(fds[0], &msg, 0), 0);
	fresh()->msg_iov = BAD_PTR;
	CHECK_ERRNO(sendmsg(fds[0], &msg, 0), EFAULT);
	fresh()->msg_name = BAD_PTR;
	msg.msg_namelen = 4;
	CHECK_ERRNO(sendmsg(fds[0], &msg, 0), EFAULT);
	msg.msg_namelen = -1;
	CHECK_ERRNO(sendmsg(fds[0], &msg, 0), EINVAL);
	/* A length without an address is no address; one without length is none either. */
	fresh()->msg_namelen = 4;
	CHECK_EQ(sendmsg(fds[0], &msg, 0), 5);
	fresh()->msg_name = BAD_PTR;
	CHECK_EQ(sendmsg(fds[0], &msg, 0), 5);
	fresh()->msg_name = &addr;
	msg.msg_namelen = sizeof addr;
	CHECK_ERRNO(sendmsg(fds[0], &msg, 0), EISCONN);
	close(fds[1]);
	CHECK_ERRNO(sendmsg(fds[0], fresh(), MSG_NOSIGNAL), EPIPE);
	close(fds[0]);

	r = socket(AF_UNIX, SOCK_DGRAM, 0);
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	REQUIRE(bind(r, (void *)&addr, 10) == 0);
	CHECK_ERRNO(sendmsg(s, fresh(), 0), ENOTCONN);
	fresh()->msg_name = &addr;
	msg.msg_namelen = 10;
	CHECK_EQ(sendmsg(s, &msg, 0), 5);
	CHECK_EQ(read(r, buf, 16), 5);
	msg.msg_iovlen = 0;
	CHECK_EQ(sendmsg(s, &msg, 0), 0); /* an empty message */
	CHECK_EQ(recv(r, buf, 16, MSG_DONTWAIT), 0);
	CHECK_ERRNO(recv(r, buf, 16, MSG_DONTWAIT), EAGAIN);
	close(r);
	close(s);
	return test_done();
}
