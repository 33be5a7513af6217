/* Half-valid structures. `fill` knows them by the C type of the argument. */

/* A short time, so that a call that waits comes back; seldom nonsense. */
static void fill_timespec(struct random *r, struct timespec *t)
{
	*t = (struct timespec){ 0, below(r, 2000000) };
	if (percent(r, 6))
		*t = (struct timespec){ (time_t)integer(r), (long)integer(r) };
}

static void fill_timeval(struct random *r, struct timeval *t)
{
	*t = (struct timeval){ 0, below(r, 2000) };
	if (percent(r, 6))
		*t = (struct timeval){ (time_t)integer(r), (long)integer(r) };
}

static void fill_iovec(struct random *r, struct iovec *iov)
{
	for (int i = 0; i < 16; i++)
		iov[i] = (struct iovec){ (void *)pointer(r, buffer(r)), percent(r, 90) ? below(r, 5000) : length(r) };
}

static int descriptor(struct random *r);
static long process_id(struct random *r);

static socklen_t fill_sockaddr(struct random *r, struct sockaddr_un *address)
{
	address->sun_family = percent(r, 92) ? AF_UNIX : (sa_family_t)below(r, 46);
	switch (below(r, 5)) {
	case 0: /* abstract */
		memcpy(address->sun_path, "\0abstract", 10);
		address->sun_path[1] = (char)('a' + below(r, 4));
		return 2 + 10;
	case 1: /* autobind */
		return 2;
	case 2:
		memset(address->sun_path, 'l', sizeof address->sun_path);
		return sizeof *address;
	default:
		sprintf(address->sun_path, "s%u", below(r, 4));
		return (socklen_t)(2 + strlen(address->sun_path) + below(r, 2));
	}
}

/* SCM_RIGHTS and SCM_CREDENTIALS, or what only looks like them. */
static size_t fill_control(struct random *r, void *at)
{
	struct cmsghdr *c = at;
	size_t all = 0;

	for (unsigned i = below(r, 3); i < 3; i++) {
		unsigned n = below(r, percent(r, 95) ? 5 : 300);
		int rights = percent(r, 70);
		size_t data = rights ? n * 4 : sizeof(struct ucred);

		c->cmsg_level = percent(r, 95) ? SOL_SOCKET : (int)integer(r);
		c->cmsg_type = percent(r, 97) ? (rights ? SCM_RIGHTS : SCM_CREDENTIALS) : (int)below(r, 8);
		c->cmsg_len = percent(r, 95) ? CMSG_LEN(data) : integer(r);
		if (rights)
			for (unsigned fd = 0; fd < n; fd++)
				((int *)CMSG_DATA(c))[fd] = descriptor(r);
		else
			*(struct ucred *)CMSG_DATA(c) = (struct ucred){ (pid_t)process_id(r), getuid(), getgid() };
		all += CMSG_SPACE(data);
		c = (struct cmsghdr *)((char *)at + all);
	}
	return percent(r, 95) ? all : length(r);
}

static void fill_msghdr(struct random *r, struct msghdr *m)
{
	void *name = buffer(r), *control = buffer(r), *iov = buffer(r);

	fill_iovec(r, iov);
	*m = (struct msghdr){ .msg_iov = (void *)pointer(r, iov), .msg_iovlen = percent(r, 95) ? below(r, 4) : integer(r) };
	if (percent(r, 40))
		m->msg_name = name, m->msg_namelen = fill_sockaddr(r, name);
	if (percent(r, 60))
		m->msg_control = control, m->msg_controllen = fill_control(r, control);
	m->msg_flags = (int)flags(r);
}

static void no_handler(int sig)
{
	(void)sig;
}

/* What returns from a handler: the C library has such a function, but hides it. */
void restorer(void);
__asm__("restorer: mov $15, %eax; syscall");

static void fill_sigaction(struct random *r, uint64_t *action)
{
	static void (*const handlers[])(int) = { SIG_DFL, SIG_IGN, no_handler, no_handler, no_handler };

	action[0] = percent(r, 95) ? (uintptr_t)PICK(r, handlers) : integer(r);
	action[1] = (percent(r, 95) ? 0x04000000 : 0) | (flags(r) & (percent(r, 90) ? 0xf8000007 : -1ul));
	action[2] = (uintptr_t)restorer;
	action[3] = percent(r, 50) ? 0 : next(r);
}

static void fill_sigevent(struct random *r, struct sigevent *e)
{
	static const int how[] = { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD_ID, SIGEV_SIGNAL, SIGEV_THREAD };

	e->sigev_notify = percent(r, 95) ? PICK(r, how) : (int)integer(r);
	e->sigev_signo = percent(r, 90) ? 32 + (int)below(r, 33) : (int)integer(r);
	e->_sigev_un._tid = (pid_t)process_id(r);
}

static uint64_t thread_stack(struct random *r)
{
	uint64_t *top = (uint64_t *)(STACKS + STACK_SIZE * (1 + below(r, STACK_COUNT)) - 64);

	*top = next(r); /* the thread's seed */
	return (uintptr_t)top;
}

static uint64_t clone_flags(struct random *r)
{
	static const uint64_t useful[] = {
		CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_PARENT, CLONE_SYSVSEM, CLONE_PARENT_SETTID, CLONE_CHILD_CLEARTID,
		CLONE_CHILD_SETTID, CLONE_PIDFD, CLONE_VFORK, CLONE_IO, CLONE_VM | CLONE_SIGHAND,
		CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD,
	};
	uint64_t chosen = 0;

	for (unsigned i = below(r, 4); i; i--)
		chosen |= PICK(r, useful);
	return percent(r, 95) ? chosen : chosen | flags(r);
}

static void fill_clone_args(struct random *r, uint64_t *args)
{
	uint64_t chosen = clone_flags(r);

	memset(args, 0, 11 * 8);
	args[0] = percent(r, 5) ? chosen | 1ul << 32 : chosen;
	args[1] = args[2] = args[3] = pointer(r, buffer(r)); /* pidfd, child_tid, parent_tid */
	args[4] = chosen & (CLONE_THREAD | CLONE_PARENT) ? 0 : percent(r, 80) ? SIGCHLD : below(r, 70);
	if (chosen & CLONE_VM) {
		args[5] = thread_stack(r) - 8192;
		args[6] = 8192;
	}
	if (percent(r, 5))
		args[below(r, 11)] = integer(r);
}

static void fill_waitv(struct random *r, uint64_t *w)
{
	for (int i = 0; i < 8; i++, w += 3) {
		uint32_t *word = (uint32_t *)(ARENA + SLOT * below(r, 4));

		w[0] = percent(r, 90) ? *word : integer(r);
		w[1] = pointer(r, word);
		w[2] = percent(r, 90) ? 2 | (below(r, 2) << 7) : integer(r);
	}
}

static void fill_strings(struct random *r, char **vector)
{
	unsigned count = below(r, 4);

	for (unsigned i = 0; i < count; i++)
		vector[i] = (char *)pointer(r, path(r));
	vector[count] = NULL;
}

/* Of a structure that begins with its own size. */
static void fill_sized(struct random *r, uint32_t *at, unsigned size)
{
	memset(at + 1, 0, size - 4);
	at[0] = percent(r, 85) ? size : (uint32_t)integer(r);
	for (unsigned i = below(r, 3); i; i--)
		at[1 + below(r, size / 4 - 1)] = (uint32_t)flags(r);
}

static void fill(struct random *r, const char *type, void *at)
{
	uint64_t *words = at;
	uint32_t *halves = at;

#define IS(part) strstr(type, part)
	if (IS("itimerspec") || IS("struct timespec"))
		fill_timespec(r, at), fill_timespec(r, (struct timespec *)at + 1);
	else if (IS("timeval"))
		fill_timeval(r, at), fill_timeval(r, (struct timeval *)at + 1);
	else if (IS("iovec"))
		fill_iovec(r, at);
	else if (IS("mmsghdr"))
		for (int i = 0; i < 3; i++)
			fill_msghdr(r, &((struct mmsghdr *)at)[i].msg_hdr);
	else if (IS("msghdr"))
		fill_msghdr(r, at);
	else if (IS("sockaddr"))
		fill_sockaddr(r, at);
	else if (IS("struct sigaction"))
		fill_sigaction(r, at);
	else if (IS("sigevent"))
		fill_sigevent(r, at);
	else if (IS("sigset"))
		words[0] = percent(r, 40) ? 0 : next(r) & next(r);
	else if (IS("clone_args"))
		fill_clone_args(r, at);
	else if (IS("futex_waitv"))
		fill_waitv(r, at);
	else if (IS("const char *const"))
		fill_strings(r, at);
	else if (IS("sched_attr"))
		fill_sized(r, at, 56);
	else if (IS("sched_param"))
		halves[0] = below(r, 4);
	else if (IS("open_how"))
		words[0] = flags(r) & 0x3fffff, words[1] = percent(r, 80) ? 0 : 0666, words[2] = below(r, 64);
	else if (IS("pollfd"))
		for (int i = 0; i < 32; i++)
			((struct pollfd *)at)[i] = (struct pollfd){ descriptor(r), (short)next(r), 0 };
	else if (IS("fd_set"))
		words[0] = next(r) & next(r) & next(r), words[1] = 0;
	else if (IS("epoll_event"))
		halves[0] = (uint32_t)(next(r) & (percent(r, 90) ? 0xf00020ff : -1ul));
	else if (IS("sigaltstack"))
		words[0] = thread_stack(r) & -4096ul, words[1] = percent(r, 80) ? 0 : flags(r), words[2] = 16384;
	else if (IS("rlimit"))
		words[0] = below(r, 1000), words[1] = percent(r, 80) ? 1000 : integer(r);
	else if (IS("siginfo"))
		halves[0] = below(r, 65), halves[1] = 0, halves[2] = percent(r, 90) ? -1 - below(r, 8) : (uint32_t)integer(r);
	else if (IS("robust_list_head"))
		words[0] = percent(r, 50) ? (uintptr_t)at : pointer(r, buffer(r)), words[1] = below(r, 64), words[2] = 0;
	else if (IS("cap_user_header"))
		halves[0] = percent(r, 85) ? 0x20080522 : (uint32_t)integer(r), halves[1] = (uint32_t)process_id(r);
	else if (IS("cap_user_data"))
		halves[0] = halves[1] = halves[2] = (uint32_t)next(r);
	else if (IS("rseq"))
		memset(at, 0, 64), words[1] = percent(r, 70) ? 0 : pointer(r, buffer(r));
	else if (IS("loff_t") || IS("off_t"))
		words[0] = percent(r, 80) ? below(r, 10000) : integer(r);
	else if (IS("xattr_args"))
		words[0] = pointer(r, buffer(r)), words[1] = below(r, 100);
	else if (IS("fildes"))
		halves[0] = 0;
#undef IS
}
