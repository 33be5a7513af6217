/* The program's root: the host's, read-only, with a file system in memory over it; over that what is the guest's own;
 * and the directories that the host lets be written. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARE_OPTIONS "trans=virtio,version=9p2000.L,msize=131072,access=any"

static void must_mount(const char *what, const char *from, const char *at, const char *type, unsigned long flags,
		       const char *options)
{
	if (mount(from, at, type, flags, options) < 0)
		fail(CANNOT_RUN, "the guest cannot mount %s at %s: %s", what, at, strerror(errno));
}

/* Makes a directory and those above it; those that are there stay as they are. */
static void make_dirs(const char *path)
{
	char part[4096];
	size_t length = strlen(path);

	if (length >= sizeof part)
		fail(CANNOT_RUN, "the path %.40s... is too long", path);
	for (size_t i = 1; i <= length; i++)
		if (path[i] == '/' || !path[i]) {
			memcpy(part, path, i);
			part[i] = '\0';
			if (mkdir(part, 0755) < 0 && errno != EEXIST && errno != EROFS)
				fail(CANNOT_RUN, "the guest cannot make the directory %s: %s", part, strerror(errno));
		}
}

static void overlay(const char *lower, const char *name, const char *at)
{
	char upper[64], work[64], options[256];
	struct stat st;

	snprintf(upper, sizeof upper, "/memory/%s", name);
	snprintf(work, sizeof work, "/memory/%s.work", name);
	mkdir(upper, 0755);
	mkdir(work, 0755);
	mkdir(at, 0755);
	/* The top directory is the upper one: it is to look like the lower. */
	if (stat(lower, &st) == 0) {
		struct timespec times[2] = { st.st_atim, st.st_mtim };

		if (chown(upper, st.st_uid, st.st_gid) < 0 || chmod(upper, st.st_mode & 07777) < 0 ||
		    utimensat(AT_FDCWD, upper, times, 0) < 0)
			warn_host("the guest cannot copy the attributes of %s: %s", lower, strerror(errno));
	}
	snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s,redirect_dir=on", lower, upper, work);
	must_mount("the overlay", "overlay", at, "overlay", 0, options);
}

/* What a program gets of this machine itself. A root that lacks one of the directories gets it, in memory. */
static void mount_own(const char *type, const char *at, unsigned long flags, const char *options)
{
	make_dirs(at);
	must_mount(type, type, at, type, flags, options);
}

static void mount_all_own(void)
{
	static const char *const links[][2] = {
		{ "/dev/fd", "/proc/self/fd" },
		{ "/dev/stdin", "/proc/self/fd/0" },
		{ "/dev/stdout", "/proc/self/fd/1" },
		{ "/dev/stderr", "/proc/self/fd/2" },
	};
	char user[64];
	const unsigned long flags = MS_NOSUID | MS_NODEV;

	mount_own("proc", "/proc", flags | MS_NOEXEC, NULL);
	mount_own("sysfs", "/sys", flags | MS_NOEXEC, NULL);
	mount_own("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
	mount_own("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
	mount_own("tmpfs", "/dev/shm", flags, "mode=1777");
	mount_own("tmpfs", "/run", flags, "mode=755");
	mount_own("tmpfs", "/tmp", flags, "mode=1777");
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlink(links[i][1], links[i][0]) < 0 && errno != EEXIST)
			warn_host("the guest cannot make %s: %s", links[i][0], strerror(errno));
	mkdir("/run/lock", 01777);
	mkdir("/run/user", 0755);
	snprintf(user, sizeof user, "/run/user/%u", run.uid);
	if (mkdir(user, 0700) == 0 && chown(user, run.uid, run.gid) < 0)
		warn_host("the guest cannot give away %s: %s", user, strerror(errno));
}

/* A current directory below /tmp or /run is not hidden by the guest's own: it lies, as the root does, under memory. */
static void show_directory(int initial)
{
	if (fchdir(initial) < 0)
		fail(CANNOT_RUN, "the guest cannot return to its first root: %s", strerror(errno));
	make_dirs(run.shown);
	must_mount("the current directory", "shown", run.shown, NULL, MS_BIND, NULL);
}

void make_root(void)
{
	int initial = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	mkdir("/lower", 0755);
	mkdir("/memory", 0755);
	must_mount("the host's root", "root", "/lower", "9p", MS_RDONLY, SHARE_OPTIONS ",cache=loose");
	must_mount("memory", "tmpfs", "/memory", "tmpfs", 0, "mode=0755");
	overlay("/lower", "root", "/root");
	if (run.shown) {
		char path[4200];

		/* Over a mount of its own, the directory needs no quoting in overlay's options. */
		snprintf(path, sizeof path, "/lower%s", run.shown);
		mkdir("/below", 0755);
		must_mount("the current directory", path, "/below", NULL, MS_BIND, NULL);
		overlay("/below", "shown", "/shown");
	}
	if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0)
		fail(CANNOT_RUN, "the guest cannot change its root: %s", strerror(errno));
	mount_all_own();
	if (run.shown)
		show_directory(initial);
	for (size_t i = 0; i < run.share_count; i++) {
		make_dirs(run.shares[i].path);
		must_mount("a directory of --rw", run.shares[i].tag, run.shares[i].path, "9p", 0, SHARE_OPTIONS);
	}
	if (chdir("/") < 0)
		fail(CANNOT_RUN, "the guest cannot enter its root: %s", strerror(errno));
	close(initial);
	if (run.hostname && sethostname(run.hostname, strlen(run.hostname)) < 0)
		warn_host("the guest cannot take the name %s: %s", run.hostname, strerror(errno));
}
