/* Paths, as a worker sees them, and what stands there. A worker's directory is one of /w/0, /w/1 …, which several share. */
static const char *const paths[] = {
	"f0", "f1", "f2", "f3", "d0", "d0/f", "d0/d1", "d1", "d1/x", "l0", "l1", "l2", "l3/f", "fifo", "s0", "s1", "null", "new",
	"prog", "script", "badscript", "badelf", "empty", ".", "..", "/", "", "d0/../f1", "d0//d1/./", "f0/", "f0/x", "nosuch/x",
	"/o/a", "/o/d/b", "/o/d", "/o/new", "/o/d/new", "/o", "/ou/up/a", "/m/t", "/m", "/m/p", "/m/q",
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/pts/0",
	"/dev/pts/1", "/dev/pts/ptmx", "/proc", "/proc/self", "/proc/self/mem", "/proc/self/maps", "/proc/self/smaps",
	"/proc/self/status", "/proc/self/stat", "/proc/self/statm", "/proc/self/cmdline", "/proc/self/environ", "/proc/self/auxv",
	"/proc/self/pagemap", "/proc/self/comm", "/proc/self/oom_score_adj", "/proc/self/cwd", "/proc/self/root", "/proc/self/exe",
	"/proc/self/fd", "/proc/self/fd/3", "/proc/self/fd/5", "/proc/self/fd/9", "/proc/self/fd/17", "/proc/self/fdinfo/6",
	"/proc/self/fdinfo/8", "/proc/self/fdinfo/10", "/proc/self/task", "/proc/thread-self", "/proc/self/mounts",
	"/proc/self/mountinfo", "/proc/self/limits", "/proc/self/io", "/proc/self/wchan", "/proc/self/syscall", "/proc/self/ns",
	"/proc/self/coredump_filter", "/proc/self/clear_refs", "/proc/self/timers", "/proc/1/maps", "/proc/1/status",
	"/proc/meminfo", "/proc/stat", "/proc/sys/kernel/hostname", "/proc/sys/vm", "/proc/slabinfo", "/proc/net/unix",
	"/proc/mounts", "/proc/filesystems", "/proc/interrupts", "/proc/kallsyms", "/proc/version", "/sys", "/sys/devices/system/cpu",
	"/sys/devices/system/cpu/online",
};

static char *path(struct random *r)
{
	char *text = buffer(r);
	unsigned kind = below(r, 100);

	strcpy(text, paths[percent(r, 55) ? below(r, 24) : below(r, sizeof paths / sizeof *paths)]);
	if (kind < 2) {
		memset(text, 'n', 300);
		text[below(r, 2) + 255] = 0;
	} else if (kind == 2) {
		memset(text, 'p', SLOT);
		for (unsigned i = 0; i < SLOT; i += 1 + below(r, 256))
			text[i] = '/';
		text[SLOT - 1 - below(r, 3)] = 0;
	} else if (kind == 3) {
		text[0] = (char)next(r);
	} else if (kind < 10) {
		sprintf(text, "n%u", below(r, 12));
	}
	return text;
}

static void put_file(const char *name, const char *content, int mode)
{
	int fd = open(name, O_WRONLY | O_CREAT, mode);

	if (fd >= 0) {
		write(fd, content, strlen(content));
		fchmod(fd, mode);
		close(fd);
	}
}

static void copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);

	while (sendfile(out, in, NULL, 1 << 20) > 0)
		;
	fchmod(out, 0755);
	close(in);
	close(out);
}

/* The files of one working directory, which is the current one. */
static void make_files(void)
{
	char text[64];

	for (int i = 0; i < 4; i++) {
		sprintf(text, "f%d", i);
		put_file(text, "some text in a file\nand a second line\n", 0666);
	}
	truncate("f2", 100000);
	mkdir("d0", 0777);
	mkdir("d0/d1", 0777);
	mkdir("d1", 0777);
	put_file("d0/f", "deep\n", 0666);
	symlink("f0", "l0");
	symlink("l1", "l1");
	symlink("/", "l2");
	symlink("d0", "l3");
	mkfifo("fifo", 0666);
	mknod("null", S_IFCHR | 0666, makedev(1, 3));
	link("/bin/fuzz", "prog");
	put_file("script", "#!prog x\n", 0755);
	put_file("badscript", "#!script\n", 0755);
	put_file("badelf", "\177ELF\2\1\1 and then nothing of the kind at all, for longer than a header is", 0755);
	put_file("empty", "", 0755);
	for (const char *const *name = (const char *[]){ "d0", "d0/d1", "d1", "d0/f", NULL }; *name; name++)
		chmod(*name, 0777);
}
