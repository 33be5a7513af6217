// AF_UNIX: what may come along with messages (SO_PASSRIGHTS, SO_PASSSEC and their kin), when they came (SO_TIMESTAMP in all its
// forms), and where a socket is bound (SIOCUNIXFILE).
// test: skip-oracle, some of it is newer than Debian's kernel
#include "test.h"
#include <linux/sockios.h>
#include <sys/socket.h>
#include <sys/un.h>

#define SO_PASSRIGHTS_ 83
#define SO_RCVPRIORITY_ 82
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#define SIOCUNIXFILE_ 0x89e0
#define STAMPING_SOFTWARE (1 << 4)
#define STAMPING_RX_SOFTWARE (1 << 3)

static int s[2];

static int option(int fd, int name)
{
	int value[4] = { -1, -1, -1, -1 };
	socklen_t len = sizeof value;

	if (getsockopt(fd, SOL_SOCKET, name, value, &len) != 0)
		return -errno;
	CHECK_EQ(len, name == SO_TIMESTAMPING || name == SO_TIMESTAMPING_NEW ? 8 : 4);
	return value[0];
}

static int set(int fd, int name, int value)
{
	return setsockopt(fd, SOL_SOCKET, name, &value, sizeof value) ? -errno : 0;
}

static ssize_t send_fd(int to, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return sendmsg(to, &msg, MSG_NOSIGNAL);
}

TEST(rights)
{
	char byte;

	for (int kind = SOCK_STREAM; kind <= SOCK_SEQPACKET; kind++) {
		if (kind == SOCK_RAW || kind == SOCK_RDM)
			continue;
		REQUIRE(socketpair(AF_UNIX, kind, 0, s) == 0);
		CHECK_EQ(option(s[1], SO_PASSRIGHTS_), 1);
		CHECK_EQ(send_fd(s[0], 0), 1);
		CHECK_EQ(set(s[1], SO_PASSRIGHTS_, 0), 0);
		CHECK_EQ(option(s[1], SO_PASSRIGHTS_), 0);
		/* What waits already may come. */
		CHECK_EQ(recv(s[1], &byte, 1, 0), 1);
		CHECK_ERRNO(send_fd(s[0], 0), EPERM);
		CHECK_EQ(send(s[0], "y", 1, 0), 1);
		CHECK_EQ(send_fd(s[1], 0), 1); /* it is about receiving */
		CHECK_EQ(set(s[1], SO_PASSRIGHTS_, 7), 0);
		CHECK_EQ(option(s[1], SO_PASSRIGHTS_), 1);
		CHECK_EQ(send_fd(s[0], 0), 1);
		close(s[0]);
		close(s[1]);
	}
}

TEST(inherited)
{
	struct sockaddr_un name = { AF_UNIX, "./listener" };
	int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), a;

	REQUIRE(bind(l, (void *)&name, sizeof name) == 0 && listen(l, 2) == 0);
	CHECK_EQ(set(l, SO_PASSRIGHTS_, 0), 0);
	CHECK_EQ(set(l, SO_PASSCRED, 1), 0);
	CHECK_EQ(set(l, SO_PASSPIDFD, 1), 0);
	CHECK_EQ(set(l, SO_PASSSEC, 1), 0);
	REQUIRE(connect(c, (void *)&name, sizeof name) == 0);
	/* Not what the listener becomes later. */
	CHECK_EQ(set(l, SO_PASSCRED, 0), 0);
	REQUIRE((a = accept(l, NULL, NULL)) >= 0);
	CHECK_EQ(option(a, SO_PASSRIGHTS_), 0);
	CHECK_EQ(option(a, SO_PASSCRED), 1);
	CHECK_EQ(option(a, SO_PASSPIDFD), 1);
	CHECK_EQ(option(a, SO_PASSSEC), 1);
	CHECK_EQ(option(c, SO_PASSRIGHTS_), 1);
	CHECK_EQ(option(c, SO_PASSCRED), 0);
	CHECK_ERRNO(send_fd(c, 0), EPERM);
	close(a);
	close(c);
	close(l);
	unlink("listener");
}

TEST(labels)
{
	char room[256], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };

	/* Without a security module nothing comes of it. */
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	CHECK_EQ(option(s[1], SO_PASSSEC), 0);
	CHECK_EQ(set(s[1], SO_PASSSEC, 5), 0);
	CHECK_EQ(option(s[1], SO_PASSSEC), 1);
	CHECK_EQ(send(s[0], "x", 1, 0), 1);
	CHECK_EQ(recvmsg(s[1], &msg, 0), 1);
	CHECK_EQ(msg.msg_controllen, 0);
	CHECK_EQ(msg.msg_flags, 0);
	CHECK_EQ(option(s[1], SO_PEERSEC), -ENOPROTOOPT);
	CHECK_EQ(option(s[1], SO_RCVPRIORITY_), 0);
	CHECK_EQ(set(s[1], SO_RCVPRIORITY_, 1), 0);
	CHECK_EQ(option(s[1], SO_RCVPRIORITY_), 1);
	close(s[0]);
	close(s[1]);
}

/* Which of the four is on, as a digit each: SO_TIMESTAMP, SO_TIMESTAMPNS, and the _NEW of both. */
static int stamps(void)
{
	return option(s[1], SO_TIMESTAMP_OLD) * 1000 + option(s[1], SO_TIMESTAMPNS_OLD) * 100 +
	       option(s[1], SO_TIMESTAMP_NEW) * 10 + option(s[1], SO_TIMESTAMPNS_NEW);
}

/* The control messages of one message: their types and lengths, each as type * 1000 + length. */
static int received(long *times, int *kinds)
{
	char room[512], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	int count = 0;

	CHECK_EQ(send(s[0], "x", 1, 0), 1);
	CHECK_EQ(recvmsg(s[1], &msg, 0), 1);
	CHECK_EQ(msg.msg_flags, 0);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c && count < 4; c = CMSG_NXTHDR(&msg, c), count++) {
		CHECK_EQ(c->cmsg_level, SOL_SOCKET);
		kinds[count] = c->cmsg_type * 1000 + (int)(c->cmsg_len - CMSG_LEN(0));
		memcpy(times + 2 * count, CMSG_DATA(c), 16);
	}
	return count;
}

TEST(time_stamps)
{
	static const struct { int name, state; } forms[] = {
		{ SO_TIMESTAMP_OLD, 1000 }, { SO_TIMESTAMPNS_OLD, 100 }, { SO_TIMESTAMP_NEW, 10 }, { SO_TIMESTAMPNS_NEW, 11 },
	};
	long times[8];
	int kinds[4];

	for (int kind = SOCK_DGRAM; kind >= SOCK_STREAM; kind--) {
		REQUIRE(socketpair(AF_UNIX, kind, 0, s) == 0);
		CHECK_EQ(received(times, kinds), 0);
		for (int i = 0; i < 4; i++) {
			struct timespec before, after;

			CHECK_EQ(set(s[1], forms[i].name, 1), 0);
			CHECK_EQ(stamps(), forms[i].state);
			clock_gettime(CLOCK_REALTIME, &before);
			int count = received(times, kinds);
			clock_gettime(CLOCK_REALTIME, &after);
			/* A stream doesn't say. */
			CHECK_EQ(count, kind == SOCK_DGRAM);
			if (count != 1)
				continue;
			CHECK_EQ(kinds[0], forms[i].name * 1000 + 16);
			CHECK(times[0] >= before.tv_sec && times[0] <= after.tv_sec);
			CHECK(times[1] >= 0 && times[1] < (i % 2 ? 1000000000 : 1000000));
		}
		CHECK_EQ(set(s[1], SO_TIMESTAMP_OLD, 0), 0);
		CHECK_EQ(stamps(), 0);
		CHECK_EQ(received(times, kinds), 0);
		close(s[0]);
		close(s[1]);
	}
}

TEST(time_stamping)
{
	long times[8];
	int kinds[4];

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	/* Which bits there are, and what needs what. */
	for (int bit = 0; bit < 32; bit++) {
		int expected = bit > 18 || bit == 12 || bit == 16 ? -EINVAL : bit == 15 ? -EOPNOTSUPP : 0;

		CHECK_EQ(set(s[1], SO_TIMESTAMPING, 1 << bit), expected);
	}
	CHECK_EQ(set(s[1], SO_TIMESTAMPING, 1 << 12 | 1 << 11), 0);
	CHECK_EQ(set(s[1], SO_TIMESTAMPING, 1 << 16 | 1 << 7), 0);
	CHECK_EQ(set(s[1], SO_TIMESTAMPING, STAMPING_SOFTWARE), 0);
	CHECK_EQ(option(s[1], SO_TIMESTAMPING), STAMPING_SOFTWARE);
	CHECK_EQ(option(s[1], SO_TIMESTAMPING_NEW), 0);
	/* By itself it is not about messages between processes. */
	CHECK_EQ(received(times, kinds), 0);
	CHECK_EQ(set(s[1], SO_TIMESTAMPNS_OLD, 1), 0);
	CHECK_EQ(received(times, kinds), 2);
	CHECK_EQ(kinds[0], SO_TIMESTAMPNS_OLD * 1000 + 16);
	CHECK_EQ(kinds[1], SO_TIMESTAMPING * 1000 + 48);
	CHECK_EQ(times[0], times[2]);
	CHECK_EQ(times[1], times[3]);
	CHECK_EQ(set(s[1], SO_TIMESTAMPING_NEW, STAMPING_RX_SOFTWARE | STAMPING_SOFTWARE), 0);
	CHECK_EQ(option(s[1], SO_TIMESTAMPING), STAMPING_RX_SOFTWARE | STAMPING_SOFTWARE);
	CHECK_EQ(option(s[1], SO_TIMESTAMPING_NEW), STAMPING_RX_SOFTWARE | STAMPING_SOFTWARE);
	CHECK_EQ(received(times, kinds), 2);
	CHECK_EQ(kinds[0], SO_TIMESTAMPNS_NEW * 1000 + 16);
	CHECK_EQ(kinds[1], SO_TIMESTAMPING_NEW * 1000 + 48);
	/* Only on request who else may ask (OPT_RX_FILTER). */
	CHECK_EQ(set(s[1], SO_TIMESTAMPING, STAMPING_SOFTWARE | 1 << 17), 0);
	CHECK_EQ(received(times, kinds), 1);
	CHECK_EQ(set(s[1], SO_TIMESTAMPING, 0), 0);
	CHECK_EQ(received(times, kinds), 1);
	close(s[0]);
	close(s[1]);
}

TEST(bound_file)
{
	struct sockaddr_un name = { AF_UNIX, "./bound" }, abstract = { AF_UNIX, "\0passing-test" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), place, saved = 0;
	struct stat st, other;

	CHECK_ERRNO(ioctl(fd, SIOCUNIXFILE_), ENOENT);
	REQUIRE(bind(fd, (void *)&name, sizeof name) == 0);
	place = ioctl(fd, SIOCUNIXFILE_);
	saved = errno;
	if (place < 0 && saved == EPERM && geteuid() != 0)
		SKIP("needs CAP_NET_ADMIN");
	REQUIRE(place >= 0);
	CHECK_EQ(fcntl(place, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(place, F_GETFL) & O_PATH, O_PATH);
	REQUIRE(fstat(place, &st) == 0 && stat("bound", &other) == 0);
	CHECK(S_ISSOCK(st.st_mode) && st.st_ino == other.st_ino);
	CHECK_ERRNO(write(place, "x", 1), EBADF);
	close(place);
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1000, 1000, 1000) == 0);
		CHECK_ERRNO(ioctl(fd, SIOCUNIXFILE_), EPERM);
	}), 0);
	/* The name may be gone. */
	unlink("bound");
	CHECK((place = ioctl(fd, SIOCUNIXFILE_)) >= 0);
	close(place);
	close(fd);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	REQUIRE(bind(fd, (void *)&abstract, 15) == 0);
	CHECK_ERRNO(ioctl(fd, SIOCUNIXFILE_), ENOENT);
	close(fd);
}

TEST_MAIN
