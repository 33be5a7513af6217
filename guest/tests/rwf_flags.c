// preadv2(2), pwritev2(2): RWF_NOWAIT, RWF_NOAPPEND, RWF_NOSIGNAL, and those that no file here can have.
// test: skip-oracle cflags=-pthread, some of them are newer than Debian's kernel
#include "test.h"
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define NOWAIT 8
#define APPEND 0x10
#define NOAPPEND 0x20
#define ATOMIC 0x40
#define DONTCACHE 0x80
#define NOSIGNAL 0x100

static long get(int fd, void *to, size_t size, long pos, int flags)
{
	struct iovec v = { to, size };

	return syscall(SYS_preadv2, fd, &v, 1L, pos, 0L, (long)flags);
}

static long put(int fd, const char *text, long pos, int flags)
{
	struct iovec v = { (void *)text, strlen(text) };

	return syscall(SYS_pwritev2, fd, &v, 1L, pos, 0L, (long)flags);
}

TEST(nowait)
{
	static char much[1 << 16];
	uint64_t value = 0;
	int p[2], s[2], e = eventfd(0, 0), t = timerfd_create(CLOCK_MONOTONIC, 0);
	int zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR), random = open("/dev/urandom", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	int sig = signalfd(-1, &none, 0);
	REQUIRE(pipe(p) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	/* What would sleep does not, */
	CHECK_ERRNO(get(p[0], &value, 8, -1, NOWAIT), EAGAIN);
	CHECK_ERRNO(get(s[0], &value, 8, -1, NOWAIT), EAGAIN);
	CHECK_ERRNO(get(e, &value, 8, -1, NOWAIT), EAGAIN);
	CHECK_ERRNO(get(t, &value, 8, -1, NOWAIT), EAGAIN);
	CHECK_ERRNO(get(sig, much, 128, -1, NOWAIT), EAGAIN);
	memset(much, 'x', sizeof much - 1);
	while (put(p[1], much, -1, NOWAIT) > 0)
		;
	CHECK_ERRNO(put(p[1], much, -1, NOWAIT), EAGAIN);
	while (put(s[0], much, -1, NOWAIT) > 0)
		;
	CHECK_ERRNO(put(s[0], much, -1, NOWAIT), EAGAIN);
	/* and what would not is as ever. */
	CHECK_EQ(get(p[0], much, 100, -1, NOWAIT), 100);
	CHECK_EQ(get(s[1], much, 100, -1, NOWAIT), 100);
	CHECK_EQ(get(zero, &value, 8, 0, NOWAIT), 8);
	CHECK_EQ(get(random, &value, 8, 0, NOWAIT), 8);
	CHECK_EQ(get(null, &value, 8, 0, NOWAIT), 0);
	CHECK_EQ(put(null, "abc", 0, NOWAIT), 3);
	CHECK_EQ(put(zero, "abc", 0, NOWAIT), 3);
	CHECK_EQ(write(e, &(uint64_t){ 5 }, 8), 8);
	CHECK_EQ(get(e, &value, 8, -1, NOWAIT), 8);
	CHECK_EQ(value, 5);
	/* The open file is as it was. */
	CHECK_EQ(fcntl(p[0], F_GETFL) & O_NONBLOCK, 0);
	CHECK_EQ(fcntl(s[0], F_GETFL) & O_NONBLOCK, 0);
	close(p[1]);
	while (get(p[0], much, sizeof much, -1, NOWAIT) > 0)
		;
	CHECK_EQ(get(p[0], much, 1, -1, NOWAIT), 0);
}

TEST(where_it_is_refused)
{
	char byte;
	int mem = memfd_create("x", 0), full = open("/dev/full", O_RDONLY), fifo;

	CHECK_ERRNO(get(mem, &byte, 1, 0, NOWAIT), EOPNOTSUPP);
	CHECK_ERRNO(put(mem, "x", 0, NOWAIT), EOPNOTSUPP);
	CHECK_ERRNO(get(full, &byte, 1, 0, NOWAIT), EOPNOTSUPP);
	REQUIRE(mkfifo("fifo", 0600) == 0);
	REQUIRE((fifo = open("fifo", O_RDWR)) >= 0);
	CHECK_ERRNO(get(fifo, &byte, 1, -1, NOWAIT), EOPNOTSUPP);
	for (int flag = ATOMIC; flag <= DONTCACHE; flag *= 2) {
		CHECK_ERRNO(get(mem, &byte, 1, 0, flag), EOPNOTSUPP);
		CHECK_ERRNO(put(mem, "x", 0, flag), EOPNOTSUPP);
		CHECK_ERRNO(put(fifo, "x", -1, flag), EOPNOTSUPP);
	}
	CHECK_ERRNO(put(mem, "x", 0, APPEND | NOAPPEND), EINVAL);
	CHECK_ERRNO(put(mem, "x", 0, 0x40000000 | APPEND | NOAPPEND), EOPNOTSUPP);
	close(mem);
	close(full);
	close(fifo);
}

TEST(noappend)
{
	char text[32] = "";
	int fd = memfd_create("x", 0);

	REQUIRE(write(fd, "abcdef", 6) == 6);
	REQUIRE(fcntl(fd, F_SETFL, O_APPEND) == 0);
	CHECK_EQ(put(fd, "X", 1, 0), 1); /* at the end, wherever */
	CHECK_EQ(put(fd, "Y", 1, NOAPPEND), 1);
	CHECK_EQ(lseek(fd, 3, SEEK_SET), 3);
	CHECK_EQ(put(fd, "ZZ", -1, NOAPPEND), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 5);
	CHECK_EQ(pread(fd, text, 31, 0), 7);
	CHECK_STREQ(text, "aYcZZfX");
	CHECK_EQ(get(fd, text, 2, 0, NOAPPEND), 2);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_APPEND, O_APPEND);
	fcntl(fd, F_SETFL, 0);
	CHECK_EQ(put(fd, "Q", -1, NOAPPEND), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6);
	close(fd);
}

static volatile sig_atomic_t broken;

static void on_pipe(int sig)
{
	(void)sig;
	broken++;
}

TEST(nosignal)
{
	int p[2], s[2];

	signal(SIGPIPE, on_pipe);
	REQUIRE(pipe(p) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	close(p[0]);
	close(s[0]);
	CHECK_ERRNO(put(p[1], "x", -1, NOSIGNAL), EPIPE);
	CHECK_EQ(broken, 0);
	CHECK_ERRNO(put(s[1], "x", -1, NOSIGNAL), EPIPE);
	CHECK_EQ(broken, 0);
	CHECK_ERRNO(put(p[1], "x", -1, 0), EPIPE);
	CHECK_EQ(broken, 1);
	CHECK_ERRNO(put(s[1], "x", -1, 0), EPIPE);
	CHECK_EQ(broken, 2);
}

TEST_MAIN
