// sendmmsg(2): several messages in one call.
#include "test.h"

#include <sys/socket.h>

int main(void)
{
	struct iovec iov[3] = { { "a", 1 }, { "bc", 2 }, { "def", 3 } }, bad = { BAD_PTR, 1 };
	struct mmsghdr msgs[3];
	char buf[8];
	int fds[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	memset(msgs, 0, sizeof msgs);
	for (int i = 0; i < 3; i++) {
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_len = 99;
	}
	CHECK_ERRNO(sendmmsg(-1, msgs, 3, 0), EBADF);
	CHECK_ERRNO(sendmmsg(0, msgs, 3, 0), ENOTSOCK);
	CHECK_EQ(sendmmsg(fds[0], msgs, 0, 0), 0);
	CHECK_EQ(sendmmsg(fds[0], msgs, 3, 0), 3);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(msgs[i].msg_len, i + 1);
		CHECK_EQ(read(fds[1], buf, 8), i + 1);
	}
	/* A failure counts only if it is the first one's. */
	msgs[1].msg_hdr.msg_iov = &bad;
	CHECK_EQ(sendmmsg(fds[0], msgs, 3, 0), 1);
	CHECK_EQ(read(fds[1], buf, 8), 1);
	CHECK_ERRNO(recv(fds[1], buf, 8, MSG_DONTWAIT), EAGAIN);
	CHECK_ERRNO(sendmmsg(fds[0], msgs + 1, 2, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_sendmmsg, fds[0], BAD_PTR, 1, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_sendmmsg, -1, BAD_PTR, 1, 0x80000000), EINVAL);
	close(fds[1]);
	CHECK_ERRNO(sendmmsg(fds[0], msgs, 1, 0), ECONNREFUSED);
	close(fds[0]);
	return test_done();
}
