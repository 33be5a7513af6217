// What /proc says of AF_UNIX sockets: /proc/net/unix and /proc/sys/net (proc(5)).
#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>

/* The line of /proc/net/unix that has this inode number. */
static int find_line(ino_t ino, char *line, size_t size)
{
	FILE *f = fopen("/proc/net/unix", "r");
	unsigned long seen;
	int found = 0;

	REQUIRE(f != NULL);
	while (!found && fgets(line, size, f))
		found = sscanf(line, "%*[^:]: %*x %*x %*x %*x %*x %lu", &seen) == 1 && seen == ino;
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	return found;
}

static ino_t ino_of(int fd)
{
	struct stat st = { 0 };

	CHECK_OK(fstat(fd, &st));
	return st.st_ino;
}

/* Protocol, flags, type and state, and what follows the number. */
static void check_line(int line, int fd, unsigned flags, unsigned type, unsigned state, const char *name)
{
	char text[256], wanted[256];
	unsigned protocol, seen_flags, seen_type, seen_state;
	int end = 0;

	if (!find_line(ino_of(fd), text, sizeof text)) {
		test_fail(line, "no line");
		return;
	}
	CHECK_EQ(sscanf(text, "%*[^:]: %*x %x %x %x %x %*u%n", &protocol, &seen_flags, &seen_type, &seen_state, &end), 4);
	CHECK_EQ(protocol, 0);
	CHECK_EQ(seen_flags, flags);
	CHECK_EQ(seen_type, type);
	CHECK_EQ(seen_state, state);
	snprintf(wanted, sizeof wanted, "%s%s", *name ? " " : "", name);
	CHECK_STREQ(text + end, wanted);
}

TEST(lines)
{
	struct sockaddr_un path = { AF_UNIX, "./some name" }, abstract = { AF_UNIX, "\0a\0b" };
	char head[128], link[32];
	int s = socket(AF_UNIX, SOCK_STREAM, 0), l = socket(AF_UNIX, SOCK_SEQPACKET, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0);
	int fds[2];
	FILE *f = fopen("/proc/self/net/unix", "r");

	REQUIRE(f && fgets(head, sizeof head, f));
	fclose(f);
	CHECK_STREQ(head, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	memset(link, 0, sizeof link);
	CHECK_EQ(readlink("/proc/net", link, sizeof link), 8);
	CHECK_STREQ(link, "self/net");
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	check_line(__LINE__, s, 0, 1, 1, "");
	check_line(__LINE__, fds[0], 0, 1, 3, "");
	REQUIRE(bind(l, (void *)&path, sizeof path) == 0 && listen(l, 1) == 0);
	check_line(__LINE__, l, 0x10000, 5, 1, "./some name");
	REQUIRE(bind(d, (void *)&abstract, 6) == 0);
	check_line(__LINE__, d, 0, 2, 1, "@a@b");
	ino_t gone = ino_of(s);
	close(s);
	CHECK(!find_line(gone, head, sizeof head));
	close(l);
	close(d);
	close(fds[0]);
	close(fds[1]);
	unlink("some name");
}

static unsigned references(int fd)
{
	char text[256];
	unsigned count = 0;

	CHECK(find_line(ino_of(fd), text, sizeof text));
	CHECK_EQ(sscanf(text, "%*[^:]: %x", &count), 1);
	return count;
}

/* Two, and one for each socket that has it as its peer. */
TEST(counts)
{
	struct sockaddr_un name = { AF_UNIX, "./counted" };
	int d = socket(AF_UNIX, SOCK_DGRAM, 0), senders[3], fds[2];

	REQUIRE(bind(d, (void *)&name, sizeof name) == 0);
	CHECK_EQ(references(d), 2);
	for (int i = 0; i < 3; i++) {
		REQUIRE((senders[i] = socket(AF_UNIX, SOCK_DGRAM, 0)) >= 0);
		REQUIRE(connect(senders[i], (void *)&name, sizeof name) == 0);
		CHECK_EQ(references(d), 3 + i);
		CHECK_EQ(references(senders[i]), 2);
	}
	CHECK_EQ(send(senders[0], "x", 1, 0), 1);
	CHECK_EQ(references(d), 5);
	for (int i = 0; i < 3; i++)
		close(senders[i]);
	CHECK_EQ(references(d), 2);
	close(d);
	unlink("counted");
	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK_EQ(references(fds[0]), 3);
	close(fds[1]);
	CHECK_EQ(references(fds[0]), 2);
	check_line(__LINE__, fds[0], 0, 1, 3, "");
	close(fds[0]);
}

static int number(const char *path)
{
	FILE *f = fopen(path, "r");
	int value = -1;

	if (f) {
		CHECK_EQ(fscanf(f, "%d", &value), 1);
		fclose(f);
	}
	return value;
}

TEST(parameters)
{
	int value = 0, s = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t len = sizeof value;

	CHECK(number("/proc/sys/net/core/somaxconn") >= 128);
	CHECK(number("/proc/sys/net/unix/max_dgram_qlen") >= 1);
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_SNDBUF, &value, &len));
	CHECK_EQ(number("/proc/sys/net/core/wmem_default"), value);
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_RCVBUF, &value, &len));
	CHECK_EQ(number("/proc/sys/net/core/rmem_default"), value);
	value = 0x7fffffff;
	CHECK_OK(setsockopt(s, SOL_SOCKET, SO_SNDBUF, &value, sizeof value));
	CHECK_OK(getsockopt(s, SOL_SOCKET, SO_SNDBUF, &value, &len));
	CHECK_EQ(number("/proc/sys/net/core/wmem_max") * 2, value);
	close(s);
}

TEST_MAIN
