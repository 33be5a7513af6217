/* A value for an argument, by its type and name in the table. */
static pid_t leader; /* the worker's first process */
static int as_root;

/* Processes that may be hit: oneself and what one made; as a user also others, who are not there to be hit. */
static long process_id(struct random *r)
{
	switch (below(r, as_root ? 6 : 9)) {
	case 0:
		return 0;
	case 1:
		return INT_MAX - (long)below(r, 3);
	case 2:
		return (long)syscall(SYS_gettid);
	case 3 ... 5:
		return leader;
	case 6:
		return leader + 1 + below(r, 4);
	case 7:
		return -(long)leader;
	default:
		return percent(r, 50) ? (int)integer(r) : 1;
	}
}

static int one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return 1;
	return 0;
}
#define ONE_OF(name, ...) one_of(name, (const char *const[]){ __VA_ARGS__, NULL })

static uint64_t pointer_value(struct random *r, const char *type, const char *name)
{
	if (ONE_OF(name, "filename", "pathname", "path", "oldname", "newname", "old", "new", "new_root", "put_old", "from_path",
		   "to_path", "special", "specialfile", "dev_name", "dir_name", "fs_name") ||
	    (!strcmp(type, "const char *") && percent(r, 50)))
		return pointer(r, path(r));
	if (!strcmp(type, "struct robust_list_head *"))
		return pointer(r, (void *)(ARENA + SLOT * below(r, 4)));
	void *good = ONE_OF(name, "uaddr", "uaddr2") ? (void *)(ARENA + SLOT * below(r, 4)) : buffer(r);

	if (!strstr(type, "u32"))
		fill(r, type, good);
	return pointer(r, good);
}

static uint64_t value(struct random *r, const char *type, const char *name)
{
	if (strstr(type, "pid_t") || ONE_OF(name, "pid", "who", "tgid"))
		return (uint64_t)process_id(r);
	if (percent(r, 2))
		return integer(r);
	if (ONE_OF(name, "start", "addr", "new_addr", "brk"))
		return play_address(r);
	if (!strcmp(name, "name") && percent(r, 80)) /* of an attribute */
		return pointer(r, strcpy(buffer(r), PICK(r, ((const char *const[]){ "user.a", "user.b", "user.", "trusted.x", "security.capability",
									      "system.posix_acl_access", "user.longer_than_that", "x" }))));
	if (strchr(type, '*') || !strncmp(type, "cap_user", 8))
		return pointer_value(r, type, name);
	if (ONE_OF(name, "dfd", "olddfd", "newdfd") && percent(r, 75))
		return (uint64_t)AT_FDCWD;
	if (ONE_OF(name, "epfd"))
		return (uint64_t)descriptor_of(r, EPOLL);
	if (ONE_OF(name, "ufd"))
		return (uint64_t)descriptor_of(r, percent(r, 80) ? TIMER : SIGNAL);
	if (ONE_OF(name, "pidfd"))
		return (uint64_t)descriptor_of(r, PIDFD);
	if (!strcmp(type, "timer_t"))
		return percent(r, 90) ? below(r, 3) : integer(r);
	if (strstr(name, "fd") || !strcmp(name, "fildes"))
		return (uint64_t)(int64_t)descriptor(r);
	if (!strcmp(name, "sigsetsize"))
		return percent(r, 95) ? 8 : integer(r);
	if (ONE_OF(name, "sig", "arg1"))
		return percent(r, 95) ? below(r, 66) : integer(r);
	if (strstr(name, "vlen") || strstr(name, "iovcnt") || ONE_OF(name, "nr_segs", "nr_futexes", "vlen"))
		return percent(r, 92) ? below(r, 9) : integer(r);
	if (ONE_OF(name, "len", "old_len", "new_len") && !strcmp(type, "unsigned long"))
		return play_length(r);
	if (strstr(type, "size_t") || ONE_OF(name, "len", "count", "size", "bufsiz"))
		return length(r);
	if (strstr(type, "off_t"))
		return percent(r, 80) ? below(r, 20000) : integer(r);
	if (ONE_OF(name, "timeout", "seconds"))
		return below(r, 4);
	if (strstr(name, "clock"))
		return percent(r, 90) ? below(r, 12) : integer(r);
	if (ONE_OF(name, "uid", "gid", "ruid", "euid", "suid", "rgid", "egid", "sgid", "user", "group"))
		return percent(r, 70) ? 65534 : integer(r);
	if (ONE_OF(name, "option", "which", "cmd", "op", "how", "advice", "behavior", "resource", "type", "func"))
		return percent(r, 90) ? below(r, 48) : integer(r);
	if (ONE_OF(name, "mode"))
		return percent(r, 80) ? next(r) & 0777 : integer(r);
	if (strstr(name, "flag") || ONE_OF(name, "prot", "mask", "options"))
		return flags(r);
	return percent(r, 60) ? below(r, 32) : integer(r);
}
