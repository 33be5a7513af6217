/* Makes every system call of the table with random arguments, and looks what the kernel has left afterwards:
 *
 *   fuzz [-s SEED] [-t SECONDS] [-j SLOTS] [-m user|root|both] [-e EPISODE] [-v] [-c] [-r EPISODE.SLOT.NUMBER]
 *
 * Time goes in episodes, each in a new tree of files (/fz), as an unprivileged user and as root in turn. In each there
 * are some slots; in a slot one worker follows another. A worker makes 150 calls, with threads and children; whatever
 * becomes of it, its slot sees to it that nothing of it stays. What a worker does follows from the seed and its number, but
 * for what the others do to it; its name, as in "fz 3.0.17", is that number. -r runs that one alone (-v prints each call before it
 * is made); -c prints which calls were made how often. At the end frames, tasks and objects of the kernel are counted
 * against what there was after the first episodes; a process that cannot be killed is a failure, too. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/random.h"
#include "fuzz/memory.h"
#include "fuzz/table.h"
#include "fuzz/paths.h"
#include "fuzz/structures.h"
#include "fuzz/descriptors.h"
#include "fuzz/values.h"
#include "fuzz/tuning.h"
#include "fuzz/worker.h"
#include "fuzz/leaks.h"

/* Seconds of an episode, of a worker at most, and of patience with what was killed. */
#define EPISODE_MS 4000
#define WORKER_MS 500
#define DEATH_MS 30000

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void print_file(long pid, const char *name)
{
	char text[1000];
	int n, fd;

	snprintf(text, sizeof text, "/proc/%ld/%s", pid, name);
	fd = open(text, O_RDONLY);
	n = (int)read(fd, text, sizeof text - 1);
	text[n < 0 ? 0 : n] = 0;
	printf("%s: %s\n", name, text);
	close(fd);
}

/* Kills this process's children, or says what is known of them. How many there are. */
static int each_child(int report)
{
	char text[300];
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (proc && (entry = readdir(proc))) {
		long pid = atol(entry->d_name), parent = 0;
		FILE *f;

		snprintf(text, sizeof text, "/proc/%ld/stat", pid);
		if (pid <= 0 || !(f = fopen(text, "r")))
			continue;
		char *name_end = fgets(text, sizeof text, f) ? strrchr(text, ')') : NULL;

		fclose(f);
		if (!name_end || sscanf(name_end + 1, " %*c %ld", &parent) != 1 || parent != getpid())
			continue;
		found++;
		if (report)
			for (const char *const *name = (const char *[]){ "stat", "syscall", "wchan", "status", NULL }; *name; name++)
				print_file(pid, *name);
		else
			kill((pid_t)pid, SIGKILL);
	}
	if (proc)
		closedir(proc);
	return found;
}

/* Leaves no child of this process, which gets all orphans: 0 if one does not die. */
static int reap_all(void)
{
	uint64_t deadline = now_ms() + DEATH_MS;

	for (;;) {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return 1;
		each_child(0);
		if (now_ms() > deadline) {
			printf("a process does not die:\n");
			each_child(1);
			return 0;
		}
		usleep(500);
	}
}

/* One worker after another, until the time is over. */
static void __attribute__((noreturn)) run_slot(uint64_t seed, unsigned episode, unsigned slot, uint64_t deadline)
{
	sigset_t child_ended;
	int ok = 1;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ended, NULL);
	for (unsigned number = 0; ok && now_ms() < deadline; number++) {
		uint64_t end = now_ms() + WORKER_MS;
		pid_t pid = fork();

		if (pid == 0) {
			sigprocmask(SIG_UNBLOCK, &child_ended, NULL);
			worker(seed, episode, slot, number);
		}
		while (now_ms() < end && waitpid(pid, NULL, WNOHANG) == 0)
			sigtimedwait(&child_ended, NULL, &(struct timespec){ 0, 50000000 });
		ok = reap_all();
	}
	fflush(stdout);
	_exit(ok ? 0 : 1);
}

static void make_tree(void)
{
	static const char *const dirs[] = { "bin", "dev", "dev/pts", "proc", "sys", "w", "m", "m/t", "m/p", "m/q", "o", "ol", "ol/d",
					    "ou", "ou/up", "ou/wk", "tmp" };
	static const struct { const char *name; unsigned minor; } devices[] = { { "null", 3 }, { "zero", 5 }, { "full", 7 },
										 { "random", 8 }, { "urandom", 9 } };
	char path[64];

	umask(0);
	mkdir("/fz", 0755);
	if (mount("tmpfs", "/fz", "tmpfs", 0, "size=24m,mode=755") || chdir("/fz"))
		perror("/fz"), exit(1);
	for (unsigned i = 0; i < sizeof dirs / sizeof *dirs; i++)
		mkdir(dirs[i], 0777);
	for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++) {
		snprintf(path, sizeof path, "dev/%s", devices[i].name);
		mknod(path, S_IFCHR | 0666, makedev(1, devices[i].minor));
	}
	mknod("dev/tty", S_IFCHR | 0666, makedev(5, 0));
	symlink("pts/ptmx", "dev/ptmx");
	put_file("ol/a", "below\n", 0666);
	put_file("ol/d/b", "deep below\n", 0666);
	copy_file("/proc/self/exe", "bin/fuzz");
	mount("proc", "proc", "proc", 0, NULL);
	mount("sysfs", "sys", "sysfs", 0, NULL);
	mount("devpts", "dev/pts", "devpts", 0, "mode=666,ptmxmode=666");
	mount("overlay", "o", "overlay", 0, "lowerdir=ol,upperdir=ou/up,workdir=ou/wk");
	chdir("/");
}

/* Unmounts what is mounted at /fz and below: of the mounts that can be reached the last one. Whether there is one. */
static int unmount_one(int report)
{
	char line[600], at[600], *found[64];
	FILE *mounts = fopen("/proc/mounts", "r");
	int count = 0, done = 0;

	while (mounts && count < 64 && fgets(line, sizeof line, mounts))
		if (sscanf(line, "%*s %599s", at) == 1 && !strncmp(at, "/fz", 3) && (at[3] == '/' || !at[3])) {
			if (report)
				printf("/fz stays mounted: %s", line);
			found[count++] = strdup(at);
		}
	if (mounts)
		fclose(mounts);
	for (int i = count; i--; free(found[i]))
		done = done || umount2(found[i], MNT_DETACH) == 0;
	return count > 0;
}

static int remove_tree(void)
{
	for (int tries = 0; tries < 200; tries++)
		if (!unmount_one(0))
			return 1;
	return !unmount_one(1);
}

/* An episode; whether all that it made went away again. */
static int run_episode(uint64_t seed, unsigned episode, unsigned slots, unsigned ms)
{
	uint64_t deadline = now_ms() + ms;
	int status, ok = 1;

	make_tree();
	setpriority(PRIO_PROCESS, 0, 0);
	fflush(stdout);
	for (unsigned slot = 0; slot < slots; slot++)
		if (fork() == 0)
			run_slot(seed, episode, slot, deadline);
	while (slots--)
		if (wait(&status) < 0 || status != 0)
			ok = 0, printf("a slot ended with %#x\n", status);
	return reap_all() & remove_tree() & ok;
}

static void print_calls(void)
{
	for (unsigned i = 0; i < CALL_COUNT; i++) {
		int nr = calls[i].nr;

		if (nr < 512 && counters->calls[nr] != counters->absent[nr])
			printf("%s %u %u%s", calls[i].name, counters->calls[nr], counters->good[nr], i % 6 ? "  " : "\n");
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned seconds = 30, slots = 2 * (unsigned)sysconf(_SC_NPROCESSORS_ONLN), episode = 0, number = 0, slot = 0;
	int option, only = 0, replay = 0, ok = 1, print = 0;
	const char *mode = "both";
	uint64_t seed = 1, start = now_ms();
	struct usage before = { 0 }, after;

	if (getuid() != 0 || argc < 2) /* it was started by one of its workers */
		return 0;
	while ((option = getopt(argc, argv, "s:t:j:m:e:r:vc")) > 0)
		switch (option) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 't': seconds = (unsigned)atoi(optarg); break;
		case 'j': slots = (unsigned)atoi(optarg); break;
		case 'm': mode = optarg; break;
		case 'e': episode = (unsigned)atoi(optarg), only = 1; break;
		case 'r': replay = sscanf(optarg, "%u.%u.%u", &episode, &slot, &number) == 3; break;
		case 'v': verbose = 1; break;
		case 'c': print = 1; break;
		default: return 2;
		}
	counters = mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	put_file("/proc/self/oom_score_adj", "-1000", 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	printf("fuzz: seed %#lx\n", seed);
	as_root = episode & 1;
	if (replay) {
		make_tree();
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		pid_t pid = fork();

		if (pid == 0)
			worker(seed, episode, slot, number);
		for (int i = 0; i < 100 && waitpid(pid, NULL, WNOHANG) == 0; i++)
			usleep(20000);
		return !(reap_all() & remove_tree());
	}
	for (unsigned done = 0; ok && now_ms() - start < seconds * 1000ul; done++, episode++) {
		as_root = !strcmp(mode, "both") ? episode & 1 : !strcmp(mode, "root");
		ok = run_episode(seed, episode, slots, EPISODE_MS);
		if (done == 1) /* the first user's and the first root's are for what is made once */
			measure(&before);
		if (only)
			break;
	}
	printf("fuzz: %u calls in %u episodes\n", counters->total, episode);
	if (print)
		print_calls();
	if (ok && before.tasks) {
		/* What is freed late has some seconds. */
		for (int tries = 0; measure(&after), tries < 8 && compare(&before, &after, 0); tries++)
			sleep(1);
		ok = !compare(&before, &after, print);
		if (!ok)
			compare(&before, &after, 1);
	}
	printf("fuzz: %s\n", ok ? "ok" : "FAILED");
	return !ok;
}
