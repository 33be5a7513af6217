/* Virtio ports as files, step by step: after each "ready N" the session does something at the host's end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *path;
static char block[100000];

static void say(const char *what, long result)
{
	if (result < 0)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s: %ld\n", what, result);
	fflush(stdout);
}

static void say_poll(int fd, short events, int timeout)
{
	struct pollfd p = { .fd = fd, .events = events };

	poll(&p, 1, timeout);
	printf("poll:%s%s%s%s\n", p.revents & POLLIN ? " in" : "", p.revents & POLLOUT ? " out" : "",
	       p.revents & POLLHUP ? " hup" : "", p.revents & POLLERR ? " err" : "");
	fflush(stdout);
}

static void ready(int step)
{
	printf("ready %d\n", step);
	fflush(stdout);
}

/* Waits for the host's end to come or to go. */
static void wait_host(int fd, int connected)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	for (int tries = 0; tries < 3000; tries++) {
		poll(&p, 1, 0);
		if (!(p.revents & POLLHUP) == connected)
			return;
		usleep(10000);
	}
	printf("the host's end does not %s\n", connected ? "come" : "go");
	exit(1);
}

static void nothing(int signal)
{
	(void)signal;
}

static void fill(int fd)
{
	long total = 0, n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	/* The host takes a part in its own time; full is what stays full. */
	for (int quiet = 0; quiet < 20; quiet++) {
		while ((n = write(fd, block, 4096)) > 0) {
			total += n;
			quiet = 0;
		}
		usleep(10000);
	}
	say("full", n);
	printf("some fitted: %d, not everything: %d\n", total > 0, total < 64 << 20);
	say_poll(fd, POLLOUT, 0);
	ready(4);
	/* The host reads now. */
	say_poll(fd, POLLOUT, 30000);
	fcntl(fd, F_SETFL, 0);
	say("write", write(fd, "\nEND\n", 5));
}

int main(int argc, char **argv)
{
	char bytes[64];
	int fd;

	path = argc > 1 ? argv[1] : "/dev/vport0p1";
	memset(block, 'x', sizeof block);
	fd = open(path, O_RDWR | O_NONBLOCK);
	say("open", fd >= 0);
	say("open again", open(path, O_RDWR));
	say("read", read(fd, bytes, sizeof bytes));
	say("write", write(fd, "x", 1));
	say("write of nothing", write(fd, "x", 0));
	say_poll(fd, POLLIN | POLLOUT, 0);
	say("lseek", lseek(fd, 0, SEEK_SET));
	say("pread", pread(fd, bytes, 1, 0));
	say("FIONREAD", ioctl(fd, FIONREAD, bytes));
	say("mmap", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	say("fsync", fsync(fd));
	ready(1);

	wait_host(fd, 1);
	say_poll(fd, POLLIN | POLLOUT, 0);
	say("read", read(fd, bytes, sizeof bytes));
	say("write", write(fd, "hello\n", 6));
	say("write from nowhere", write(fd, (void *)16, 5));
	ready(2);

	say_poll(fd, POLLIN, 30000);
	say("read to nowhere", read(fd, (void *)16, 5));
	fcntl(fd, F_SETFL, 0);
	say("read", read(fd, bytes, 2));
	say("read", read(fd, bytes + 2, sizeof bytes - 2));
	printf("got %.5s", bytes);
	sigaction(SIGALRM, &(struct sigaction){ .sa_handler = nothing }, NULL);
	alarm(1);
	say("read", read(fd, bytes, 1));
	say("long write", write(fd, block, sizeof block));
	ready(3);

	fill(fd);
	ready(5);

	/* The host's end is closed while a reader waits. */
	say("read", read(fd, bytes, sizeof bytes));
	say_poll(fd, POLLIN | POLLOUT, 0);
	ready(6);

	/* A writer waits until it is back. */
	say("write", write(fd, "again\n", 6));
	ready(7);
	say("read", read(fd, bytes, sizeof bytes));
	say("close", close(fd));
	fd = open(path, O_RDWR);
	say("open", fd >= 0);
	ready(8);
	return 0;
}
