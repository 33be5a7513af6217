// How a read of a terminal waits: lines, MIN and TIME, signals, non-blocking reads (termios(3)).
// test: guest-only timeout=40, mounts devpts
#include "test.h"
#include "pty.h"

static char bytes[8192];

static void raw(int min, int time)
{
	struct termios t;

	REQUIRE(tcgetattr(slave, &t) == 0);
	cfmakeraw(&t);
	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = time;
	REQUIRE(tcsetattr(slave, TCSANOW, &t) == 0);
}

/* Another process types, after a while and with pauses. */
static pid_t typist(const char *const *keys, int first_ms, int pause_ms)
{
	pid_t pid = test_fork();

	if (pid)
		return pid;
	usleep(first_ms * 1000);
	for (; *keys; keys++) {
		if (write(master, *keys, strlen(*keys)) < 0)
			_exit(1);
		usleep(pause_ms * 1000);
	}
	_exit(0);
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

/* What the slave can read at once, until it has so many bytes. */
static void wait_input(int count)
{
	int have = 0;

	for (int i = 0; i < 5000 && have < count; i++) {
		REQUIRE(ioctl(slave, FIONREAD, &have) == 0);
		if (have < count)
			usleep(1000);
	}
	CHECK_EQ(have, count);
}

TEST(lines)
{
	pty_setup();
	pty_open();
	CHECK_EQ(write(master, "one\ntwo\nthr", 11), 11);
	wait_input(8);
	CHECK_EQ(read(slave, bytes, 2), 2);
	CHECK_EQ(read(slave, bytes, 100), 2);
	CHECK_EQ(bytes[1], '\n');
	CHECK_EQ(read(slave, bytes, 4), 4);
	pty_nonblock(slave, 1);
	CHECK_ERRNO(read(slave, bytes, 1), EAGAIN);
	CHECK_EQ(read(slave, bytes, 0), 0);
	/* An end of file pushes what there is; right behind a full buffer it goes with it. */
	CHECK_EQ(write(master, "\4", 1), 1);
	wait_input(3);
	CHECK_EQ(read(slave, bytes, 3), 3);
	CHECK_ERRNO(read(slave, bytes, 3), EAGAIN);
	CHECK_EQ(write(master, "ab\4\4", 4), 4);
	wait_input(2);
	CHECK_EQ(read(slave, bytes, 3), 2);
	CHECK_EQ(read(slave, bytes, 3), 0);
	CHECK_ERRNO(read(slave, bytes, 3), EAGAIN);
	pty_close();
}

TEST(no_minimum_no_time)
{
	pty_open();
	raw(0, 0);
	CHECK_EQ(read(slave, bytes, 10), 0);
	pty_nonblock(slave, 1);
	CHECK_EQ(read(slave, bytes, 10), 0);
	CHECK_EQ(write(master, "abc", 3), 3);
	wait_input(3);
	CHECK_EQ(read(slave, bytes, 2), 2);
	CHECK_EQ(read(slave, bytes, 2), 1);
	pty_close();
}

TEST(minimum)
{
	static const char *const keys[] = { "a", "bc", "d", "e", NULL };
	struct pollfd poller;
	pid_t pid;

	pty_open();
	raw(4, 0);
	pid = typist(keys, 0, 20);
	CHECK_EQ(read(slave, bytes, 100) >= 4, 1);
	CHECK_EQ(test_wait(pid), 0);
	tcflush(slave, TCIFLUSH);
	/* Fewer bytes than MIN: a read that must not wait takes them, poll says no. */
	CHECK_EQ(write(master, "xyz", 3), 3);
	wait_input(3);
	poller = (struct pollfd){ .fd = slave, .events = POLLIN };
	CHECK_EQ(poll(&poller, 1, 0), 0);
	pty_nonblock(slave, 1);
	CHECK_EQ(read(slave, bytes, 100), 3);
	CHECK_ERRNO(read(slave, bytes, 100), EAGAIN);
	pty_nonblock(slave, 0);
	/* A smaller buffer is enough. */
	CHECK_EQ(write(master, "pq", 2), 2);
	CHECK_EQ(read(slave, bytes, 2), 2);
	CHECK_EQ(write(master, "1234", 4), 4);
	CHECK_EQ(poll(&poller, 1, 5000), 1);
	pty_close();
}

TEST(time)
{
	static const char *const keys[] = { "k", NULL };
	struct timespec start;
	pid_t pid;

	pty_open();
	raw(0, 3);
	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_EQ(read(slave, bytes, 10), 0);
	CHECK(elapsed_ms(&start) >= 290);
	raw(0, 100);
	pid = typist(keys, 50, 0);
	CHECK_EQ(read(slave, bytes, 10), 1);
	CHECK(elapsed_ms(&start) < 9000);
	CHECK_EQ(test_wait(pid), 0);
	raw(0, 100);
	pty_nonblock(slave, 1);
	CHECK_ERRNO(read(slave, bytes, 10), EAGAIN);
	pty_close();
}

TEST(minimum_and_time)
{
	static const char *const keys[] = { "ab", NULL };
	struct timespec start;
	struct pollfd poller;
	pid_t pid;

	pty_open();
	raw(5, 2);
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = typist(keys, 100, 0);
	/* The time runs from the first byte on. */
	CHECK_EQ(read(slave, bytes, 10), 2);
	CHECK(elapsed_ms(&start) >= 290);
	CHECK_EQ(test_wait(pid), 0);
	poller = (struct pollfd){ .fd = slave, .events = POLLIN };
	CHECK_EQ(write(master, "x", 1), 1);
	CHECK_EQ(poll(&poller, 1, 5000), 1);
	CHECK_EQ(write(master, "yz12", 4), 4);
	CHECK_EQ(read(slave, bytes, 10), 5);
	pty_close();
}

static void on_signal(int signal)
{
	(void)signal;
}

TEST(interrupted)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval soon = { .it_value = { .tv_usec = 100000 }, .it_interval = { .tv_usec = 100000 } };
	struct itimerval never = { 0 };

	sigaction(SIGALRM, &action, NULL);
	pty_open();
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK_ERRNO(read(slave, bytes, 10), EINTR);
	CHECK_ERRNO(read(master, bytes, 10), EINTR);
	raw(5, 0);
	CHECK_EQ(write(master, "ab", 2), 2);
	CHECK_EQ(read(slave, bytes, 10), 2);
	setitimer(ITIMER_REAL, &never, NULL);
	pty_close();
}

TEST(mode_changes)
{
	struct termios t;

	pty_open();
	CHECK_EQ(write(master, "li\nne\4x", 7), 7);
	wait_input(5);
	REQUIRE(tcgetattr(slave, &t) == 0);
	raw(1, 0);
	wait_input(7);
	CHECK_EQ(read(slave, bytes, 1), 1);
	/* All that there is becomes one line. */
	REQUIRE(tcsetattr(slave, TCSANOW, &t) == 0);
	wait_input(6);
	CHECK_EQ(read(slave, bytes, 100), 6);
	CHECK_EQ(memcmp(bytes, "i\nne\0x", 6), 0);
	pty_close();
}

TEST(long_line)
{
	static char line[5000];

	pty_open();
	memset(line, 'x', sizeof(line));
	pty_nonblock(master, 1);
	/* More than fits: the rest is lost, the line's end is not. */
	for (int i = 0; i < 10; i++) {
		CHECK_EQ(write(master, line, 500), 500);
		pty_nonblock(slave, 1);
		CHECK_ERRNO(read(slave, bytes, 10), EAGAIN);
		while (read(master, bytes, sizeof(bytes)) > 0)
			;
	}
	CHECK_EQ(write(master, "y\177z\n", 4), 4);
	wait_input(4096);
	CHECK_EQ(read(slave, bytes, sizeof(bytes)), 4096);
	CHECK_EQ(bytes[4093], 'x');
	CHECK_EQ(bytes[4094], 'z');
	CHECK_EQ(bytes[4095], '\n');
	pty_close();
}

TEST(room)
{
	static char block[4096];

	/* Without a reader some thousand bytes are taken in each direction. */
	pty_open();
	raw(1, 0);
	CHECK_EQ(write(master, block, 4000), 4000);
	CHECK_EQ(write(master, block, 4000), 4000);
	CHECK_EQ(write(slave, block, 4000), 4000);
	CHECK_EQ(write(slave, block, 4000), 4000);
	pty_nonblock(master, 1);
	for (int i = 0; i < 100 && write(master, block, 1000) > 0; i++)
		;
	CHECK_ERRNO(write(master, block, 1000), EAGAIN);
	pty_nonblock(slave, 1);
	for (int i = 0; i < 100 && write(slave, block, 1000) > 0; i++)
		;
	CHECK_ERRNO(write(slave, block, 1000), EAGAIN);
	pty_close();
}

TEST_MAIN
