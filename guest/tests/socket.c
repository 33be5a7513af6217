// socket(2): which sockets there are, and in which order what is wrong is found.
#include "test.h"

#include <sys/socket.h>

TEST(errors)
{
	CHECK_ERRNO(socket(AF_UNIX, SOCK_STREAM | 0x10, 0), EINVAL);
	CHECK_ERRNO(socket(-1, SOCK_STREAM | 0x10, 0), EINVAL);
	CHECK_ERRNO(socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_ERRNO(socket(46, SOCK_STREAM, 0), EAFNOSUPPORT);
	CHECK_ERRNO(socket(1000, 15, 0), EAFNOSUPPORT);
	CHECK_ERRNO(socket(AF_UNIX, 11, 0), EINVAL);
	CHECK_ERRNO(socket(AF_UNIX, 15, 7), EINVAL);
	CHECK_ERRNO(socket(AF_UNIX, 0, 0), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socket(AF_UNIX, SOCK_PACKET, 0), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socket(AF_UNIX, SOCK_RDM, 2), EPROTONOSUPPORT);
	CHECK_ERRNO(socket(AF_UNIX, SOCK_STREAM, -1), EPROTONOSUPPORT);
	CHECK_ERRNO(socket(AF_UNSPEC, SOCK_STREAM, 0), EAFNOSUPPORT);
}

TEST(kinds)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW };
	socklen_t len;
	int value;

	for (int i = 0; i < 4; i++) {
		int s = socket(AF_UNIX, types[i], i == 1 ? PF_UNIX : 0);
		REQUIRE(s >= 0);
		len = sizeof value;
		CHECK_OK(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &len));
		CHECK_EQ(value, types[i] == SOCK_RAW ? SOCK_DGRAM : types[i]);
		len = sizeof value;
		CHECK_OK(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &value, &len));
		CHECK_EQ(value, AF_UNIX);
		CHECK_EQ(fcntl(s, F_GETFL), O_RDWR);
		CHECK_EQ(fcntl(s, F_GETFD), 0);
		close(s);
	}
}

TEST(flags)
{
	struct stat st;
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	REQUIRE(s >= 0);
	CHECK_EQ(fcntl(s, F_GETFL), O_RDWR | O_NONBLOCK);
	CHECK_EQ(fcntl(s, F_GETFD), FD_CLOEXEC);
	CHECK_OK(fstat(s, &st));
	CHECK_EQ(st.st_mode, S_IFSOCK | 0777);
	CHECK_EQ(st.st_uid, geteuid());
	CHECK_OK(fchmod(s, 0600));
	CHECK_OK(fstat(s, &st));
	CHECK_EQ(st.st_mode, S_IFSOCK | 0600);
	close(s);
}

TEST(not_connected)
{
	char c;
	struct pollfd p = { 0, POLLIN | POLLOUT | POLLRDHUP, 0 };

	signal(SIGPIPE, SIG_IGN);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(read(s, &c, 1), EINVAL);
	CHECK_ERRNO(write(s, "x", 1), ENOTCONN);
	p.fd = s;
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLOUT | POLLHUP);
	close(s);
	s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK_ERRNO(read(s, &c, 1), ENOTCONN);
	CHECK_ERRNO(write(s, "x", 1), ENOTCONN);
	p.fd = s;
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLOUT | POLLHUP);
	close(s);
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	CHECK_ERRNO(read(s, &c, 1), EAGAIN);
	CHECK_ERRNO(write(s, "x", 1), ENOTCONN);
	p.fd = s;
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLOUT);
	close(s);
}

TEST_MAIN
