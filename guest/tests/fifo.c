/* pipe(7), fifo(7): opens of FIFOs, atomic writes, packets, capacity, hang-ups. */
#include "test.h"

static char buf[200000];

static short ready(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

TEST(opens)
{
	REQUIRE(mkfifo("p", 0600) == 0);
	CHECK_ERRNO(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
	int r = open("p", O_RDONLY | O_NONBLOCK);
	REQUIRE(r >= 0);
	CHECK_EQ(read(r, buf, 1), 0);
	CHECK_EQ(ready(r, POLLIN), 0);
	int w = open("p", O_WRONLY | O_NONBLOCK);
	REQUIRE(w >= 0);
	CHECK_ERRNO(read(r, buf, 1), EAGAIN);
	CHECK_EQ(write(w, "ab", 2), 2);
	CHECK_EQ(ready(r, POLLIN), POLLIN);
	close(w);
	CHECK_EQ(ready(r, POLLIN), POLLIN | POLLHUP);
	CHECK_EQ(read(r, buf, 10), 2);
	CHECK_EQ(read(r, buf, 10), 0);
	CHECK_EQ(ready(r, POLLIN), POLLHUP);
	/* A new writer ends the hang-up. */
	w = open("p", O_WRONLY);
	CHECK_EQ(ready(r, POLLIN), 0);
	close(r);
	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(ready(w, POLLOUT), POLLOUT | POLLERR);
	CHECK_ERRNO(write(w, "x", 1), EPIPE);
	close(w);
	int rw = open("p", O_RDWR);
	CHECK_EQ(write(rw, "xyz", 3), 3);
	CHECK_EQ(read(rw, buf, 10), 3);
	CHECK_ERRNO(lseek(rw, 0, SEEK_SET), ESPIPE);
	close(rw);
	/* What is left in it is gone with the last one who has it open. */
	rw = open("p", O_RDWR | O_NONBLOCK);
	CHECK_ERRNO(read(rw, buf, 10), EAGAIN);
	close(rw);
}

TEST(partners_wait_for_each_other)
{
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		int w = open("p", O_WRONLY);
		_exit(write(w, "hello", 5) != 5);
	}
	int r = open("p", O_RDONLY);
	CHECK_EQ(read(r, buf, 10), 5);
	CHECK_EQ(read(r, buf, 10), 0);
	CHECK_EQ(test_wait(child), 0);
	close(r);
	child = test_fork();
	if (!child) {
		usleep(20000);
		r = open("p", O_RDONLY);
		_exit(read(r, buf, 10) != 3);
	}
	int w = open("p", O_WRONLY);
	CHECK_EQ(write(w, "bye", 3), 3);
	CHECK_EQ(test_wait(child), 0);
	close(w);
}

static void nothing(int sig)
{
	(void)sig;
}

TEST(a_signal_ends_the_wait)
{
	struct sigaction sa = { .sa_handler = nothing };
	struct itimerval it = { { 0, 0 }, { 0, 20000 } };
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	CHECK_ERRNO(open("p", O_RDONLY), EINTR);
	CHECK_ERRNO(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
}

TEST(atomic_writes)
{
	int p[2], n = 0;
	REQUIRE(pipe2(p, O_NONBLOCK) == 0);
	/* Small writes go through as a whole or not at all. */
	while (write(p[1], buf, 3000) == 3000)
		n++;
	CHECK_EQ(errno, EAGAIN);
	CHECK(n >= 16);
	CHECK_EQ(ioctl(p[0], FIONREAD, &n) + n % 3000, 0);
	CHECK_ERRNO(write(p[1], buf, 4096), EAGAIN);
	while (read(p[0], buf, sizeof(buf)) > 0)
		;
	/* Large ones go as far as there is room. */
	CHECK_EQ(write(p[1], buf, 200000), 65536);
	CHECK_ERRNO(write(p[1], buf, 200000), EAGAIN);
	CHECK_EQ(ready(p[1], POLLOUT), 0);
	CHECK_EQ(read(p[0], buf, 4095), 4095);
	CHECK_EQ(ready(p[1], POLLOUT), 0);
	CHECK_EQ(read(p[0], buf, 1), 1);
	CHECK_EQ(ready(p[1], POLLOUT), POLLOUT);
	CHECK_EQ(write(p[1], buf, 5000), 4096);
	close(p[0]);
	close(p[1]);
}

TEST(packets)
{
	int p[2];
	REQUIRE(pipe2(p, O_DIRECT | O_NONBLOCK) == 0);
	CHECK_EQ(fcntl(p[1], F_GETFL) & O_DIRECT, O_DIRECT);
	CHECK_EQ(write(p[1], "abc", 3), 3);
	CHECK_EQ(write(p[1], "defgh", 5), 5);
	CHECK_EQ(read(p[0], buf, 100), 3);
	/* What doesn't fit of a packet is lost. */
	CHECK_EQ(read(p[0], buf, 2), 2);
	CHECK_ERRNO(read(p[0], buf, 100), EAGAIN);
	/* A large write is cut into packets. */
	CHECK_EQ(write(p[1], buf, 5000), 5000);
	CHECK_EQ(read(p[0], buf, 10000), 4096);
	CHECK_EQ(read(p[0], buf, 10000), 904);
	CHECK_OK(fcntl(p[1], F_SETFL, O_NONBLOCK));
	CHECK_EQ(write(p[1], "a", 1), 1);
	CHECK_EQ(write(p[1], "b", 1), 1);
	CHECK_EQ(read(p[0], buf, 10), 2);
	close(p[0]);
	close(p[1]);
}

TEST(capacity)
{
	int p[2];
	REQUIRE(pipe2(p, O_NONBLOCK) == 0);
	CHECK_EQ(fcntl(p[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(fcntl(p[0], F_SETPIPE_SZ, 5000), 8192);
	CHECK_EQ(fcntl(p[1], F_GETPIPE_SZ), 8192);
	CHECK_EQ(write(p[1], buf, 20000), 8192);
	CHECK_ERRNO(fcntl(p[1], F_SETPIPE_SZ, 4096), EBUSY);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 16384), 16384);
	CHECK_EQ(write(p[1], buf, 20000), 8192);
	CHECK_EQ(read(p[0], buf, 20000), 16384);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 1), 4096);
	CHECK_EQ(fcntl(p[1], F_SETPIPE_SZ, 0), 4096);
	CHECK_ERRNO(fcntl(0, F_GETPIPE_SZ), EBADF);
	close(p[0]);
	close(p[1]);
}

TEST(ioctls)
{
	int p[2], n = 1, f = make_file("f", "hello");
	REQUIRE(pipe(p) == 0);
	CHECK_OK(ioctl(p[0], FIONBIO, &n));
	CHECK_ERRNO(read(p[0], buf, 1), EAGAIN);
	CHECK_EQ(fcntl(p[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	n = 0;
	CHECK_OK(ioctl(p[0], FIONBIO, &n));
	CHECK_EQ(fcntl(p[0], F_GETFL) & O_NONBLOCK, 0);
	CHECK_ERRNO(ioctl(p[0], FIONBIO, BAD_PTR), EFAULT);
	CHECK_OK(ioctl(p[0], FIOCLEX));
	CHECK_EQ(fcntl(p[0], F_GETFD), FD_CLOEXEC);
	CHECK_OK(ioctl(p[0], FIONCLEX));
	CHECK_EQ(fcntl(p[0], F_GETFD), 0);
	CHECK_EQ(write(p[1], "abc", 3), 3);
	CHECK_OK(ioctl(p[0], FIONREAD, &n));
	CHECK_EQ(n, 3);
	CHECK_EQ(read(f, buf, 2), 2);
	CHECK_OK(ioctl(f, FIONREAD, &n));
	CHECK_EQ(n, 3);
	CHECK_ERRNO(ioctl(p[0], TIOCGWINSZ, buf), ENOTTY);
	CHECK_ERRNO(ioctl(f, TIOCGWINSZ, buf), ENOTTY);
	CHECK_ERRNO(ioctl(open("f", O_PATH), FIONREAD, &n), EBADF);
}

TEST_MAIN
