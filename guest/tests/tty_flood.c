// Megabytes through a pseudo-terminal in both directions at once, held up by ^S and ^Q, TIOCPKT and TCXONC: nothing is lost.
// test: guest-only slow timeout=180, mounts devpts
#include "test.h"
#include "pty.h"

#define TOTAL (10 << 20)
#define PIECE 8192

/* Never ^S or ^Q, and different all the time. */
static unsigned char byte_at(long at)
{
	return 32 + (at * 7 + at / 223) % 223;
}

static void send_all(int fd, long total)
{
	static unsigned char piece[PIECE];

	for (long at = 0; at < total;) {
		/* Lengths of all kinds. */
		long size = 1 + (at * 31) % PIECE, done = 0;

		if (size > total - at)
			size = total - at;
		for (long i = 0; i < size; i++)
			piece[i] = byte_at(at + i);
		while (done < size) {
			ssize_t n = write(fd, piece + done, size - done);

			if (n <= 0)
				_exit(9);
			done += n;
		}
		at += size;
	}
	_exit(0);
}

/* Reads `total` bytes and calls `at_times` now and then; the place of the first wrong one, -1 if all were right. */
static long receive_all(int fd, long total, int packets, void (*at_times)(long at))
{
	static unsigned char piece[PIECE];
	long at = 0, times = 0;

	while (at < total) {
		ssize_t n = read(fd, piece, sizeof piece), from = packets ? 1 : 0;

		if (n <= 0)
			return at;
		if (packets && piece[0] != TIOCPKT_DATA)
			continue;
		for (ssize_t i = from; i < n; i++, at++)
			if (piece[i] != byte_at(at))
				return at;
		if (at_times && at / 65536 > times) {
			times = at / 65536;
			at_times(at);
		}
	}
	return -1;
}

static void raw(int flow)
{
	struct termios t;

	REQUIRE(tcgetattr(slave, &t) == 0);
	cfmakeraw(&t);
	if (flow)
		t.c_iflag |= IXON;
	REQUIRE(tcsetattr(slave, TCSANOW, &t) == 0);
}

TEST(setup)
{
	pty_setup();
}

TEST(both_directions)
{
	pty_open();
	raw(0);
	pid_t from_master = test_fork();
	if (from_master == 0)
		send_all(master, TOTAL);
	pid_t from_slave = test_fork();
	if (from_slave == 0)
		send_all(slave, TOTAL);
	pid_t reader = test_fork();
	if (reader == 0)
		_exit(receive_all(slave, TOTAL, 0, NULL) != -1);
	CHECK_EQ(receive_all(master, TOTAL, 0, NULL), -1);
	CHECK_EQ(test_wait(from_master), 0);
	CHECK_EQ(test_wait(from_slave), 0);
	CHECK_EQ(test_wait(reader), 0);
	pty_close();
}

/* ^S, then ^Q: what comes in between had left before. */
static void stop_and_start(long at)
{
	(void)at;
	CHECK_EQ(write(master, "\023", 1), 1);
	usleep(1000);
	CHECK_EQ(write(master, "\021", 1), 1);
}

TEST(stopped_by_keys)
{
	int on = 1;

	pty_open();
	raw(1);
	REQUIRE(ioctl(master, TIOCPKT, &on) == 0);
	pid_t from_slave = test_fork();
	if (from_slave == 0)
		send_all(slave, TOTAL / 4);
	CHECK_EQ(receive_all(master, TOTAL / 4, 1, stop_and_start), -1);
	CHECK_EQ(test_wait(from_slave), 0);
	/* The keys themselves are not read. */
	int count = -1;
	CHECK_OK(ioctl(slave, FIONREAD, &count));
	CHECK_EQ(count, 0);
	pty_close();
}

static void suspend_and_resume(long at)
{
	(void)at;
	CHECK_OK(tcflow(slave, TCOOFF));
	usleep(1000);
	CHECK_OK(tcflow(slave, TCOON));
}

TEST(stopped_by_program)
{
	pty_open();
	raw(0);
	pid_t from_slave = test_fork();
	if (from_slave == 0)
		send_all(slave, TOTAL / 4);
	CHECK_EQ(receive_all(master, TOTAL / 4, 0, suspend_and_resume), -1);
	CHECK_EQ(test_wait(from_slave), 0);
	CHECK_OK(tcdrain(slave));
	pty_close();
}

/* Stopped for good, a writer waits; woken, it goes on where it was. */
TEST(stopped_writer_waits)
{
	pty_open();
	raw(1);
	CHECK_EQ(write(master, "\023", 1), 1);
	CHECK_OK(tcdrain(slave)); /* Linux hands the key over in a worker thread, which a drained port has seen */
	pty_nonblock(slave, 1);
	for (int i = 0; i < 10000 && write(slave, "a", 1) == 1; i++)
		pty_nonblock(slave, 1);
	CHECK_ERRNO(write(slave, "b", 1), EAGAIN);
	struct pollfd poller = { .fd = slave, .events = POLLOUT };
	CHECK_EQ(write(master, "\021", 1), 1);
	CHECK_EQ(poll(&poller, 1, 10000), 1);
	CHECK_EQ(write(slave, "c", 1), 1);
	pty_close();
}

TEST_MAIN
