// socketpair(2): two connected sockets, their types and flags, and what goes wrong.
#include "test.h"

#include <sys/socket.h>

TEST(errors)
{
	int fds[2] = { -7, -7 };

	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM | 0x10, 0, fds), EINVAL);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM | 0x100000, 0, fds), EINVAL);
	CHECK_EQ(fds[0], -7);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD_PTR), EFAULT);
	CHECK_ERRNO(socketpair(-1, SOCK_STREAM, 0, fds), EAFNOSUPPORT);
	CHECK_ERRNO(socketpair(46, SOCK_STREAM, 0, fds), EAFNOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, 11, 0, fds), EINVAL);
	CHECK_ERRNO(socketpair(AF_UNIX, 0, 0, fds), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_RDM, 0, fds), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 2, fds), EPROTONOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, 12, 2, fds), EINVAL);
	/* The protocol is looked at before the type. */
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_RDM, 2, fds), EPROTONOSUPPORT);
}

TEST(numbers_are_free_after_a_failure)
{
	int fds[2], before = dup(0), after;

	close(before);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_RDM, 0, fds), ESOCKTNOSUPPORT);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD_PTR), EFAULT);
	after = dup(0);
	CHECK_EQ(after, before);
	close(after);
}

TEST(both_ways)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW };
	char buf[16];
	int fds[2];

	for (unsigned i = 0; i < 4; i++) {
		REQUIRE(socketpair(AF_UNIX, types[i], i & 1 ? PF_UNIX : 0, fds) == 0);
		CHECK_EQ(write(fds[0], "abc", 3), 3);
		CHECK_EQ(read(fds[1], buf, sizeof buf), 3);
		CHECK(!memcmp(buf, "abc", 3));
		CHECK_EQ(write(fds[1], "defgh", 5), 5);
		CHECK_EQ(read(fds[0], buf, sizeof buf), 5);
		CHECK(!memcmp(buf, "defgh", 5));
		close(fds[0]);
		close(fds[1]);
	}
}

TEST(flags)
{
	struct stat st;
	int fds[2];

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
		CHECK_EQ(fcntl(fds[i], F_GETFL), O_RDWR | O_NONBLOCK);
		CHECK_ERRNO(read(fds[i], &st, 1), EAGAIN);
		CHECK_OK(fstat(fds[i], &st));
		CHECK_EQ(st.st_mode, S_IFSOCK | 0777);
		CHECK_EQ(st.st_size, 0);
		CHECK_ERRNO(lseek(fds[i], 0, SEEK_CUR), ESPIPE);
		CHECK_ERRNO(pread(fds[i], &st, 1, 0), ESPIPE);
		CHECK_ERRNO(ftruncate(fds[i], 0), EINVAL);
		CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fds[i], 0) == MAP_FAILED && errno == ENODEV);
	}
	close(fds[0]);
	close(fds[1]);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	CHECK_EQ(fcntl(fds[0], F_GETFD), 0);
	CHECK_EQ(fcntl(fds[0], F_GETFL), O_RDWR);
	close(fds[0]);
	close(fds[1]);
}

TEST(links)
{
	char path[64], link[64], wanted[64];
	struct stat st;
	int fds[2], n;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_OK(fstat(fds[0], &st));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fds[0]);
	n = readlink(path, link, sizeof link - 1);
	REQUIRE(n > 0);
	link[n] = 0;
	snprintf(wanted, sizeof wanted, "socket:[%lu]", (unsigned long)st.st_ino);
	CHECK_STREQ(link, wanted);
	CHECK_ERRNO(open(path, O_RDWR), ENXIO);
	close(fds[0]);
	close(fds[1]);
}

TEST(limit)
{
	struct rlimit { unsigned long cur, max; } old, few;
	int fds[2] = { -7, -7 }, lowest = dup(0);

	close(lowest);
	REQUIRE(syscall(SYS_prlimit64, 0, 7, NULL, &old) == 0);
	few = old;
	few.cur = lowest + 1;
	REQUIRE(syscall(SYS_prlimit64, 0, 7, &few, NULL) == 0);
	CHECK_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), EMFILE);
	/* No number, before no family. */
	CHECK_ERRNO(socketpair(-1, SOCK_STREAM, 0, fds), EMFILE);
	CHECK_EQ(fds[0], -7);
	syscall(SYS_prlimit64, 0, 7, &old, NULL);
	CHECK_EQ(dup(0), lowest);
	close(lowest);
}

TEST_MAIN
