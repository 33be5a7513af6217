// recvmmsg(2): several messages in one call, and how long it waits for them.
#include "test.h"

#include <sys/socket.h>

static struct mmsghdr msgs[4];
static char bufs[4][8];
static struct iovec iov[4];

static struct mmsghdr *fresh(void)
{
	memset(msgs, 0, sizeof msgs);
	for (int i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ bufs[i], 8 };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_len = 99;
	}
	return msgs;
}

int main(void)
{
	struct timespec ts = { 0, -1 };
	int fds[2], err = 0;
	socklen_t len = sizeof err;

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_ERRNO(recvmmsg(-1, fresh(), 4, 0, NULL), EBADF);
	CHECK_ERRNO(recvmmsg(0, fresh(), 4, 0, NULL), ENOTSOCK);
	CHECK_ERRNO(recvmmsg(-1, fresh(), 4, 0, &ts), EINVAL);
	CHECK_ERRNO(syscall(SYS_recvmmsg, -1, msgs, 4, 0, BAD_PTR), EFAULT);
	CHECK_ERRNO(recvmmsg(fds[1], fresh(), 4, MSG_DONTWAIT, NULL), EAGAIN);
	CHECK_EQ(recvmmsg(fds[1], fresh(), 0, 0, NULL), 0);
	CHECK_EQ(write(fds[0], "a", 1), 1);
	CHECK_EQ(write(fds[0], "bc", 2), 2);
	CHECK_EQ(write(fds[0], "def", 3), 3);
	CHECK_EQ(recvmmsg(fds[1], fresh(), 2, 0, NULL), 2);
	CHECK_EQ(msgs[0].msg_len, 1);
	CHECK_EQ(msgs[1].msg_len, 2);
	CHECK_EQ(msgs[2].msg_len, 99);
	CHECK(!memcmp(bufs[1], "bc", 2));
	/* It waits for the first only. */
	CHECK_EQ(recvmmsg(fds[1], fresh(), 4, MSG_WAITFORONE, NULL), 1);
	CHECK_EQ(msgs[0].msg_len, 3);
	/* The time is looked at after a message, not while it waits for one. */
	CHECK_EQ(write(fds[0], "g", 1), 1);
	CHECK_EQ(write(fds[0], "h", 1), 1);
	ts = (struct timespec){ 0, 0 };
	CHECK_EQ(recvmmsg(fds[1], fresh(), 4, 0, &ts), 1);
	ts = (struct timespec){ 1000, 0 };
	CHECK_EQ(recvmmsg(fds[1], fresh(), 4, MSG_DONTWAIT, &ts), 1);
	CHECK(ts.tv_sec >= 900 && ts.tv_sec < 1000);
	/* An error after the first is told next time. */
	CHECK_EQ(write(fds[0], "i", 1), 1);
	CHECK_EQ(write(fds[0], "j", 1), 1);
	fresh();
	iov[1].iov_base = BAD_PTR;
	CHECK_EQ(recvmmsg(fds[1], msgs, 4, MSG_DONTWAIT, NULL), 1);
	CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_ERROR, &err, &len));
	CHECK_EQ(err, EFAULT);
	close(fds[0]);
	close(fds[1]);
	return test_done();
}
