/* Descriptors of every kind, which a worker opens at its start, 3 and up; calls make more of them. */
#define FDS 72

/* Which are of a kind that some calls ask for. */
enum kind { REGULAR, PIPE, SOCKET, EPOLL, TIMER, SIGNAL, INOTIFY, PIDFD, TTY, KINDS };
static int kinds[KINDS][8];
static unsigned kind_count[KINDS];

static int note(enum kind kind, int fd)
{
	if (fd >= 0 && kind_count[kind] < 8)
		kinds[kind][kind_count[kind]++] = fd;
	return fd;
}

static int note_pair(enum kind kind, int result, const int *fds)
{
	return result == 0 ? (note(kind, fds[0]), note(kind, fds[1])) : -1;
}

static int descriptor(struct random *r);

/* One of that kind, mostly. */
static int descriptor_of(struct random *r, enum kind kind)
{
	return kind_count[kind] && percent(r, 88) ? kinds[kind][below(r, kind_count[kind])] : descriptor(r);
}

static int descriptor(struct random *r)
{
	switch (below(r, 24)) {
	case 0:
		return AT_FDCWD;
	case 1:
		return percent(r, 50) ? -1 : (int)integer(r);
	default:
		return 3 + (int)below(r, percent(r, 70) ? 44 : FDS);
	}
}

static void open_files(void)
{
	static const char *const files[] = { "d0", "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom", "/proc/self/maps",
					     "/proc/self/mem", "/proc/self", "/o/d", "fifo" };

	note(REGULAR, open("f0", O_RDWR));
	note(REGULAR, open("f0", O_RDWR));
	note(REGULAR, open("f1", O_RDONLY));
	note(REGULAR, open("f2", O_RDWR));
	note(REGULAR, open("f2", O_WRONLY | O_APPEND));
	note(REGULAR, open("/o/a", O_RDWR));
	open("f3", O_PATH);
	open("d0", O_PATH);
	for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
		if (open(files[i], O_RDWR | O_NONBLOCK) < 0)
			open(files[i], O_RDONLY | O_NONBLOCK);
}

/* Sockets that listen and one that waits to be accepted, at names that fill_sockaddr makes, too. */
static void open_sockets(struct random *r)
{
	struct sockaddr_un address = { AF_UNIX, "\0abstract" };
	int fds[2], kind = percent(r, 50) ? SOCK_STREAM : SOCK_SEQPACKET, fd;

	note_pair(SOCKET, socketpair(AF_UNIX, SOCK_STREAM | (percent(r, 50) ? SOCK_NONBLOCK : 0), 0, fds), fds);
	note_pair(SOCKET, socketpair(AF_UNIX, percent(r, 50) ? SOCK_DGRAM : SOCK_SEQPACKET, 0, fds), fds);
	address.sun_path[1] = (char)('a' + below(r, 4));
	fd = note(SOCKET, socket(AF_UNIX, kind, 0));
	bind(fd, (struct sockaddr *)&address, 12);
	listen(fd, 5);
	fd = note(SOCKET, socket(AF_UNIX, kind | SOCK_NONBLOCK, 0));
	connect(fd, (struct sockaddr *)&address, 12);
	fd = note(SOCKET, socket(AF_UNIX, SOCK_DGRAM, 0));
	sprintf(address.sun_path, "s%u", below(r, 4));
	unlink(address.sun_path);
	bind(fd, (struct sockaddr *)&address, sizeof address);
	note(SOCKET, socket(AF_UNIX, percent(r, 50) ? kind : SOCK_DGRAM, 0));
}

static void open_descriptors(struct random *r)
{
	int fds[2], master, unlock = 0, memfd = memfd_create("m", MFD_ALLOW_SEALING);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	ftruncate(memfd, 10000);
	note(REGULAR, memfd);
	open_files();
	for (int i = 0; i < 2; i++)
		note_pair(PIPE, pipe2(fds, percent(r, 50) ? O_NONBLOCK : percent(r, 20) ? O_DIRECT : 0), fds);
	open_sockets(r);
	master = note(TTY, open("/dev/ptmx", O_RDWR | O_NOCTTY));
	ioctl(master, TIOCSPTLCK, &unlock);
	note(TTY, ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
	eventfd(below(r, 3), percent(r, 50) ? EFD_NONBLOCK : 0);
	note(EPOLL, epoll_create1(0));
	note(EPOLL, epoll_create1(0));
	note(TIMER, timerfd_create(CLOCK_MONOTONIC, 0));
	note(SIGNAL, signalfd(-1, &set, SFD_NONBLOCK));
	note(INOTIFY, inotify_init1(IN_NONBLOCK));
	note(PIDFD, (int)syscall(SYS_pidfd_open, getpid(), 0));
}
