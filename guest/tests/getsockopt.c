// getsockopt(2) on SOL_SOCKET: how much is written, and what is known of peers.
#include "test.h"

#include <grp.h>
#include <sys/socket.h>

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

TEST(errors)
{
	int value, s = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len = sizeof value;

	CHECK_ERRNO(getsockopt(-1, SOL_SOCKET, SO_TYPE, &value, &len), EBADF);
	CHECK_ERRNO(getsockopt(0, SOL_SOCKET, SO_TYPE, &value, &len), ENOTSOCK);
	CHECK_ERRNO(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, BAD_PTR), EFAULT);
	CHECK_ERRNO(getsockopt(s, SOL_SOCKET, SO_TYPE, BAD_PTR, &len), EFAULT);
	CHECK_ERRNO(getsockopt(s, SOL_SOCKET, 999, &value, &len), ENOPROTOOPT);
	CHECK_ERRNO(getsockopt(s, 6, 1, &value, &len), EOPNOTSUPP);
	len = -1;
	CHECK_ERRNO(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &len), EINVAL);
	CHECK_ERRNO(getsockopt(s, SOL_SOCKET, 999, &value, &len), EINVAL);
	close(s);
}

TEST(lengths)
{
	int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	char value[8] = "xxxxxxx";
	socklen_t len = 2;

	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_TYPE, value, &len));
	CHECK_EQ(len, 2);
	CHECK(!memcmp(value, "\5\0xxxxx", 8));
	len = 0;
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_TYPE, value, &len));
	CHECK_EQ(len, 0);
	len = 8;
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_TYPE, value, &len));
	CHECK_EQ(len, 4);
	CHECK(!memcmp(value, "\5\0\0\0xxx", 8));
	close(s);
}

TEST(peers)
{
	struct ucred cred = { 5, 5, 5 };
	socklen_t len = sizeof cred;
	int fds[2], s = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	CHECK_EQ(cred.pid, 0);
	CHECK_EQ(cred.uid, (uid_t)-1);
	CHECK_EQ(cred.gid, (gid_t)-1);
	CHECK_ERRNO(getsockopt(s, SOL_SOCKET, SO_PEERGROUPS, &cred, &len), ENODATA);
	close(s);
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		REQUIRE(socketpair(AF_UNIX, type, 0, fds) == 0);
		len = sizeof cred;
		CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
		CHECK_EQ(cred.pid, getpid());
		CHECK_EQ(cred.uid, geteuid());
		CHECK_EQ(cred.gid, getegid());
		close(fds[0]);
		close(fds[1]);
	}
}

TEST(peer_groups)
{
	gid_t groups[4] = { 9, 9, 9, 9 };
	int fds[2];
	socklen_t len = sizeof groups;

	if (geteuid() != 0)
		SKIP("not root");
	CHECK_EQ(IN_CHILD({
		REQUIRE(setgroups(2, (gid_t[]){ 30, 20 }) == 0);
		REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
		CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_PEERGROUPS, groups, &len));
		CHECK_EQ(len, 8);
		CHECK_EQ(groups[0], 20);
		CHECK_EQ(groups[1], 30);
		CHECK_EQ(groups[2], 9);
		len = 4;
		CHECK_ERRNO(getsockopt(fds[0], SOL_SOCKET, SO_PEERGROUPS, groups, &len), ERANGE);
		CHECK_EQ(len, 8);
	}), 0);
}

TEST(cookies)
{
	uint64_t a = 0, b = 0, again = 0;
	socklen_t len = 8;
	int fds[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_COOKIE, &a, &len));
	CHECK_OK(getsockopt(fds[1], SOL_SOCKET, SO_COOKIE, &b, &len));
	CHECK_OK(getsockopt(fds[0], SOL_SOCKET, SO_COOKIE, &again, &len));
	CHECK(a != 0 && a != b && a == again);
	len = 4;
	CHECK_ERRNO(getsockopt(fds[0], SOL_SOCKET, SO_COOKIE, &a, &len), EINVAL);
	close(fds[0]);
	close(fds[1]);
}

TEST_MAIN
