/* What the kernel has in use when nothing runs any more. */
#define CLASSES 24
/* What may be more than before without being a leak: stocks, tables that grew. */
#define PAGE_LIMIT 256
#define OBJECT_LIMIT 200

struct usage {
	long pages, tasks, /* pages: those that are free or the heap's */ objects[CLASSES], sizes[CLASSES];
};

/* Processes, dead ones too, but not the kernel's threads, which may be started when they are first needed. */
static long processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	long count = 0;

	while (proc && (entry = readdir(proc))) {
		char path[300], text[300] = "", first;
		int stat, cmdline;

		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		if (atol(entry->d_name) <= 0 || (stat = open(path, O_RDONLY)) < 0)
			continue;
		read(stat, text, sizeof text - 1);
		snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
		cmdline = open(path, O_RDONLY);
		count += read(cmdline, &first, 1) == 1 || strstr(text, ") Z ") || strstr(text, ") X ");
		close(stat);
		close(cmdline);
	}
	if (proc)
		closedir(proc);
	return count;
}

static void measure(struct usage *u)
{
	char line[300];
	FILE *f;
	int n = 0;

	memset(u, 0, sizeof *u);
	put_file("/proc/sys/vm/drop_caches", "3", 0);
	if ((f = fopen("/proc/slabinfo", "r"))) {
		while (fgets(line, sizeof line, f))
			if (n < CLASSES && sscanf(line, "kmalloc-%ld %ld", &u->sizes[n], &u->objects[n]) == 2)
				n++;
		fclose(f);
	}
	if ((f = fopen("/proc/meminfo", "r"))) {
		long kib;

		while (fgets(line, sizeof line, f))
			if (sscanf(line, "MemFree: %ld", &kib) == 1 || sscanf(line, "Slab: %ld", &kib) == 1)
				u->pages += kib / 4;
		fclose(f);
	}
	u->tasks = processes();
}

/* Whether something grew by more than that. */
static int compare(const struct usage *before, const struct usage *after, int print)
{
	int grown = after->tasks > before->tasks || before->pages - after->pages > PAGE_LIMIT;

	if (print)
		printf("tasks: %ld, then %ld; pages: %ld, then %ld\n", before->tasks, after->tasks, before->pages,
		       after->pages);
	for (int i = 0; i < CLASSES && before->sizes[i]; i++) {
		grown |= after->objects[i] - before->objects[i] > OBJECT_LIMIT;
		if (print)
			printf("objects of %ld bytes: %ld, then %ld\n", before->sizes[i], before->objects[i], after->objects[i]);
	}
	return grown;
}
