/* What some calls' arguments are to each other; without this they would seldom come further than the first check. */
static const uint64_t open_flags[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL, O_WRONLY | O_TRUNC,
				       O_PATH, O_DIRECTORY, O_RDWR | O_NONBLOCK, O_NOFOLLOW, O_TMPFILE | O_RDWR, O_RDWR | O_APPEND,
				       O_CLOEXEC, O_DIRECT, O_RDWR | O_NOCTTY | O_NONBLOCK, O_NOATIME, O_RDWR | O_SYNC };

static void tune_memory(struct random *r, int nr, uint64_t *a)
{
	static const uint64_t map_kinds[] = { MAP_PRIVATE | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED,
					      MAP_SHARED_VALIDATE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN };
	static const uint64_t map_more[] = { 0, 0, 0, MAP_POPULATE, MAP_LOCKED, MAP_NORESERVE, MAP_STACK, MAP_NONBLOCK, MAP_HUGETLB,
					     MAP_32BIT, MAP_FIXED_NOREPLACE, MAP_SYNC };

	switch (nr) {
	case SYS_mmap:
		a[2] = percent(r, 95) ? below(r, 8) : flags(r);
		a[3] = PICK(r, map_kinds) | PICK(r, map_more);
		if (a[0] >= PLAY && a[0] < PLAY + PLAY_SIZE)
			a[3] |= percent(r, 70) ? MAP_FIXED : 0;
		a[5] = 4096 * below(r, 8);
		break;
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		a[2] = percent(r, 90) ? below(r, 8) : flags(r);
		break;
	case SYS_mremap:
		a[3] = percent(r, 90) ? below(r, 8) : flags(r);
		break;
	case SYS_madvise:
		a[2] = percent(r, 90) ? below(r, 27) : below(r, 105);
		break;
	case SYS_brk:
		a[0] = (uint64_t)sbrk(0) + 4096 * below(r, 64);
		break;
	}
}

static void tune_files(struct random *r, int nr, uint64_t *a)
{
	static const int ioctls[] = { FIONREAD, FIONBIO, FIOASYNC, FIOCLEX, FIONCLEX, 2 /* FIGETBSZ */, TIOCPKT, TIOCSPTLCK, TIOCGPTN, TIOCGPTPEER,
				      TIOCSTI, TIOCSCTTY, TIOCNOTTY, TIOCSPGRP, TIOCGSID, TIOCSIG, TIOCEXCL, 0x40086602, 0x80086601,
				      0x5460, 0x40049409, (int)0xc020660b, 0x80081270 };

	switch (nr) {
	case SYS_ioctl:
		a[0] = (uint64_t)(percent(r, 50) ? descriptor_of(r, TTY) : descriptor(r));
		a[1] = percent(r, 50) ? 0x5401 + below(r, 0x60) : (uint64_t)PICK(r, ioctls);
		a[2] = percent(r, 60) ? pointer(r, buffer(r)) : integer(r);
		break;
	case SYS_fcntl:
		a[1] = percent(r, 70) ? below(r, 17) : 1024 + below(r, 17);
		a[2] = percent(r, 40) ? pointer(r, buffer(r)) : percent(r, 50) ? below(r, FDS) : flags(r);
		break;
	case SYS_open:
		a[1] = PICK(r, open_flags) | (percent(r, 10) ? flags(r) : 0);
		break;
	case SYS_openat:
		a[2] = PICK(r, open_flags) | (percent(r, 10) ? flags(r) : 0);
		break;
	case SYS_ftruncate:
	case SYS_fallocate:
	case SYS_fsetxattr:
	case SYS_fgetxattr:
	case SYS_copy_file_range:
	case SYS_sync_file_range:
		a[0] = (uint64_t)descriptor_of(r, REGULAR);
		if (nr == SYS_copy_file_range)
			a[2] = (uint64_t)descriptor_of(r, REGULAR);
		if (nr == SYS_fallocate)
			a[1] = percent(r, 80) ? below(r, 128) : flags(r), a[3] = 1 + below(r, 10000);
		break;
	case SYS_splice:
	case SYS_sendfile:
	case SYS_tee:
	case SYS_vmsplice:
		a[below(r, 2) * (nr == SYS_splice ? 2 : 1)] = (uint64_t)descriptor_of(r, PIPE);
		if (nr == SYS_splice) {
			a[5] = percent(r, 80) ? below(r, 16) : flags(r);
			a[1] = percent(r, 60) ? 0 : a[1], a[3] = percent(r, 60) ? 0 : a[3];
		}
		break;
	case SYS_inotify_add_watch:
		a[0] = (uint64_t)descriptor_of(r, INOTIFY);
		a[2] = next(r) & 0xfff;
		break;
	case SYS_inotify_rm_watch:
		a[0] = (uint64_t)descriptor_of(r, INOTIFY);
		a[1] = 1 + below(r, 4);
		break;
	case SYS_epoll_ctl:
		a[1] = percent(r, 60) ? EPOLL_CTL_ADD : 2 + below(r, 2);
		a[2] = (uint64_t)descriptor_of(r, (enum kind)below(r, KINDS));
		break;
	case SYS_mount: {
		static const char *const kinds[] = { "tmpfs", "proc", "sysfs", "devpts", "overlay", "ramfs", "9p", "mqueue", "none" };
		static const char *const points[] = { "/m/p", "/m/q", "/m", "d1", "d0/d1", "/m/t", "f1", "." };
		static const char *const data[] = { "size=1m", "mode=700", "lowerdir=/o,upperdir=/m/t,workdir=/m/q", "lowerdir=/w:/o",
						    "size=", "x", "nr_inodes=5", "uid=1,gid=2,ptmxmode=666", "hidepid=2" };
		char *text = buffer(r);

		a[2] = pointer(r, strcpy(text, PICK(r, kinds)));
		a[1] = pointer(r, strcpy(text + 64, PICK(r, points)));
		a[4] = pointer(r, strcpy(text + 128, PICK(r, data)));
		a[3] = percent(r, 60) ? 0 : PICK(r, ((const uint64_t[]){ MS_BIND, MS_REMOUNT, MS_MOVE, MS_BIND | MS_REC, MS_RDONLY,
									  MS_PRIVATE, MS_REMOUNT | MS_BIND | MS_RDONLY, 1ul << below(r, 32) }));
		break;
	}
	}
}

static void tune_sockets(struct random *r, int nr, uint64_t *a)
{
	if ((nr >= SYS_connect && nr <= SYS_getpeername) || (nr >= SYS_setsockopt && nr <= SYS_getsockopt) || nr == SYS_accept4 ||
	    nr == SYS_sendmmsg || nr == SYS_recvmmsg)
		a[0] = (uint64_t)descriptor_of(r, SOCKET);
	switch (nr) {
	case SYS_socket:
	case SYS_socketpair:
		a[0] = percent(r, 92) ? AF_UNIX : below(r, 46);
		a[1] = PICK(r, ((const uint64_t[]){ SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM | SOCK_NONBLOCK, SOCK_RAW, 9 }));
		a[2] = percent(r, 90) ? 0 : integer(r);
		break;
	case SYS_bind:
	case SYS_connect:
		a[1] = (uintptr_t)buffer(r);
		a[2] = fill_sockaddr(r, (void *)a[1]);
		break;
	case SYS_listen:
	case SYS_shutdown:
		a[1] = percent(r, 90) ? below(r, 4) : integer(r);
		break;
	case SYS_setsockopt:
	case SYS_getsockopt:
		a[1] = percent(r, 90) ? SOL_SOCKET : below(r, 300);
		a[2] = percent(r, 90) ? below(r, 84) : integer(r);
		if (nr == SYS_setsockopt)
			a[4] = percent(r, 80) ? PICK(r, ((const uint64_t[]){ 1, 4, 8, 16 })) : integer(r);
		break;
	case SYS_sendto:
	case SYS_recvfrom:
	case SYS_sendmsg:
	case SYS_recvmsg:
		a[nr == SYS_sendto || nr == SYS_recvfrom ? 3 : 2] = percent(r, 80) ? 0 : flags(r);
		break;
	}
}

static void tune_processes(struct random *r, int nr, uint64_t *a)
{
	static const char *const programs[] = { "prog", "script", "badscript", "badelf", "empty", "d0", "f0", "/bin/fuzz", "null" };

	switch (nr) {
	case SYS_clone:
		a[0] = clone_flags(r);
		a[0] |= a[0] & (CLONE_THREAD | CLONE_PARENT) ? 0 : percent(r, 90) ? SIGCHLD : below(r, 256);
		a[1] = a[0] & CLONE_VM || percent(r, 5) ? thread_stack(r) : 0;
		break;
	case SYS_clone3:
		a[1] = percent(r, 90) ? 88 : percent(r, 50) ? 64 : integer(r);
		break;
	case SYS_execve: /* few, for it is the worker's end */
		a[0] = pointer(r, strcpy(buffer(r), PICK(r, programs)));
		break;
	case SYS_prctl:
		a[0] = percent(r, 90) ? below(r, 80) : integer(r);
		a[1] = percent(r, 40) ? pointer(r, buffer(r)) : below(r, 70);
		for (int i = 2; i < 5; i++)
			a[i] = percent(r, 70) ? 0 : integer(r);
		break;
	case SYS_arch_prctl:
		a[0] = percent(r, 90) ? PICK(r, ((const uint64_t[]){ 0x1001, 0x1002, 0x1003, 0x1004, 0x1011, 0x1012, 0x1021, 0x1022 })) : integer(r);
		if (a[0] == 0x1002 && percent(r, 90)) /* FS: the C library dies of it */
			a[0] = 0x1003;
		break;
	case SYS_futex: {
		uint32_t *word = (uint32_t *)(ARENA + SLOT * below(r, 4));

		a[1] = below(r, 14) | (percent(r, 50) ? 128 : 0) | (percent(r, 10) ? 256 : 0);
		a[2] = percent(r, 50) ? *word : below(r, 4);
		if (percent(r, 80))
			a[0] = (uintptr_t)word;
		if (percent(r, 50) && a[1] % 128 != 0 && a[1] % 128 != 9)
			a[3] = below(r, 4);
		break;
	}
	case SYS_rt_sigaction:
	case SYS_rt_sigprocmask:
		a[3] = percent(r, 95) ? 8 : integer(r);
		break;
	case SYS_prlimit64:
	case SYS_setrlimit: /* it needs descriptors and memory */
		a[nr == SYS_prlimit64] = percent(r, 90) ? RLIMIT_CORE : below(r, 16);
		break;
	case SYS_pselect6:
	case SYS_select:
		a[0] = percent(r, 90) ? below(r, 65) : integer(r);
		break;
	case SYS_personality: /* READ_IMPLIES_EXEC and such stay with all that is made */
		a[0] = 0xffffffff;
		break;
	case SYS_execveat:
		a[1] = pointer(r, strcpy(buffer(r), PICK(r, programs)));
		a[4] = percent(r, 80) ? 0 : flags(r);
		break;
	case SYS_waitid:
	case SYS_wait4:
		a[nr == SYS_waitid ? 3 : 2] = (percent(r, 80) ? WNOHANG : 0) | (percent(r, 80) ? WEXITED : 0) | (flags(r) & 0xff00000f);
		if (nr == SYS_waitid)
			a[0] = below(r, 4);
		break;
	case SYS_close_range:
		a[0] = 40 + below(r, 40);
		break;
	}
}

static void tune(struct random *r, int nr, uint64_t *a)
{
	if (percent(r, 6))
		return;
	tune_memory(r, nr, a);
	tune_files(r, nr, a);
	tune_sockets(r, nr, a);
	tune_processes(r, nr, a);
}

/* Whether the call leaves alone what is not the workers' own. */
static int is_safe(int nr, const uint64_t *a)
{
	uint32_t first = (uint32_t)a[0], second = (uint32_t)a[1];

	for (unsigned i = 0; i < sizeof never / sizeof *never; i++)
		if (never[i] == nr)
			return 0;
	if (!as_root)
		return 1;
	switch (nr) {
	case SYS_syslog: /* the console's loudness */
		return first < 5;
	case SYS_setpriority:
		return first != PRIO_USER;
	case SYS_ioprio_set:
		return first == 1;
	case SYS_fcntl: /* signals to strangers */
		return second != F_SETOWN && second != F_SETOWN_EX;
	case SYS_ioctl:
		return second != FIOSETOWN && second != SIOCSPGRP;
	case SYS_acct:
		return 0;
	}
	return 1;
}
