// devpts: each mount is an instance of its own; /dev/ptmx finds the one beside it; options, limits, TIOCGPTPEER.
// test: guest-only, mounts devpts and sets kernel.pty
#include "files.h"
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <termios.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int open_master(const char *ptmx)
{
	return open(ptmx, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int number_of(int master)
{
	int number = -1;

	CHECK_OK(ioctl(master, TIOCGPTN, &number));
	return number;
}

/* The options of what is mounted at "a/pts" or the like, as /proc/mounts has them. */
static const char *options_of(const char *where)
{
	static char options[256];
	char path[PATH_MAX + 64], cwd[PATH_MAX];
	char *at;

	REQUIRE(getcwd(cwd, sizeof cwd) != NULL);
	snprintf(path, sizeof path, " %s/%s devpts ", cwd, where);
	slurp("/proc/self/mounts");
	at = strstr(text, path);
	if (!at || sscanf(at + strlen(path), "%255s", options) != 1)
		return "(not mounted)";
	return options;
}

TEST(setup)
{
	mount("proc", "/proc", "proc", 0, NULL);
	REQUIRE(mkdir("a", 0755) == 0 && mkdir("a/pts", 0755) == 0 && mkdir("b", 0755) == 0);
	REQUIRE(mknod("a/ptmx", S_IFCHR | 0666, makedev(5, 2)) == 0);
	/* No devpts beside it: nothing of that name, or another file system. */
	CHECK_ERRNO(open_master("a/ptmx"), ENODEV);
	REQUIRE(mount("none", "a/pts", "devpts", 0, "mode=620,gid=5,ptmxmode=666,max=3") == 0);
	REQUIRE(mount("none", "b", "devpts", 0, "ptmxmode=600,uid=7,newinstance") == 0);
	CHECK_STREQ(options_of("a/pts"), "rw,relatime,gid=5,mode=620,ptmxmode=666,max=3");
	CHECK_STREQ(options_of("b"), "rw,relatime,uid=7,mode=600,ptmxmode=600");
}

TEST(apart)
{
	int one = open_master("a/ptmx"), two = open_master("b/ptmx"), three = open_master("a/pts/ptmx");
	struct stat st, other;
	struct statfs fs;

	REQUIRE(one >= 0 && two >= 0 && three >= 0);
	CHECK_EQ(number_of(one), 0);
	CHECK_EQ(number_of(two), 0);
	CHECK_EQ(number_of(three), 1);
	REQUIRE(stat("a/pts/0", &st) == 0 && stat("b/0", &other) == 0);
	CHECK(st.st_dev != other.st_dev);
	CHECK(st.st_rdev == other.st_rdev && st.st_rdev == makedev(136, 0));
	CHECK_EQ(st.st_ino, 3);
	CHECK_EQ(st.st_mode, S_IFCHR | 0620);
	CHECK_EQ(st.st_gid, 5);
	CHECK_EQ(st.st_uid, 0);
	CHECK_EQ(other.st_mode, S_IFCHR | 0600);
	CHECK_EQ(other.st_uid, 7);
	CHECK_OK(access("a/pts/1", F_OK));
	CHECK_ERRNO(access("b/1", F_OK), ENOENT);
	REQUIRE(stat("b/ptmx", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0600);
	CHECK_EQ(st.st_ino, 2);
	CHECK(st.st_rdev == makedev(5, 2));
	REQUIRE(stat("b", &st) == 0);
	CHECK_EQ(st.st_ino, 1);
	CHECK_EQ(st.st_nlink, 2);
	REQUIRE(statfs("b", &fs) == 0);
	CHECK_EQ(fs.f_type, 0x1cd1);
	close(one);
	close(two);
	close(three);
	CHECK_ERRNO(access("a/pts/0", F_OK), ENOENT);
	CHECK_ERRNO(access("b/0", F_OK), ENOENT);
}

TEST(limits)
{
	int fds[4];
	char was[32];

	for (int i = 0; i < 3; i++)
		CHECK((fds[i] = open_master("a/ptmx")) >= 0);
	CHECK_ERRNO(open_master("a/ptmx"), ENOSPC);
	CHECK((fds[3] = open_master("b/ptmx")) >= 0);
	/* The lowest free number is next. */
	close(fds[1]);
	CHECK((fds[1] = open_master("a/ptmx")) >= 0);
	CHECK_EQ(number_of(fds[1]), 1);
	/* All together. */
	int nr = atoi(slurp("/proc/sys/kernel/pty/nr"));
	CHECK(nr >= 4);
	snprintf(was, sizeof was, "%d", atoi(slurp("/proc/sys/kernel/pty/max")));
	char now[32];
	snprintf(now, sizeof now, "%d", nr + 1);
	CHECK_OK(spit("/proc/sys/kernel/pty/max", now));
	CHECK_ERRNO(open_master("b/ptmx"), ENOSPC);
	close(fds[3]);
	CHECK((fds[3] = open_master("b/ptmx")) >= 0);
	CHECK_EQ(atoi(slurp("/proc/sys/kernel/pty/nr")), nr);
	CHECK_OK(spit("/proc/sys/kernel/pty/max", was));
	CHECK_ERRNO(spit("/proc/sys/kernel/pty/nr", "0"), EACCES);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	CHECK_EQ(atoi(slurp("/proc/sys/kernel/pty/nr")), nr - 4);
}

TEST(number_outlives_master)
{
	int master = open_master("a/ptmx"), zero = 0, slave, next;

	REQUIRE(master >= 0 && ioctl(master, TIOCSPTLCK, &zero) == 0);
	slave = open("a/pts/0", O_RDWR | O_NOCTTY);
	REQUIRE(slave >= 0);
	close(master);
	CHECK_ERRNO(access("a/pts/0", F_OK), ENOENT);
	CHECK((next = open_master("a/ptmx")) >= 0);
	CHECK_EQ(number_of(next), 1);
	close(slave);
	close(next);
	CHECK((next = open_master("a/ptmx")) >= 0);
	CHECK_EQ(number_of(next), 0);
	close(next);
}

TEST(remount)
{
	struct stat st;
	int master;

	CHECK_OK(mount(NULL, "b", NULL, MS_REMOUNT, "gid=9,mode=640"));
	CHECK_STREQ(options_of("b"), "rw,relatime,gid=9,mode=640,ptmxmode=000");
	REQUIRE(stat("b/ptmx", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFCHR);
	CHECK((master = open_master("b/ptmx")) >= 0);
	REQUIRE(stat("b/0", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0640);
	CHECK_EQ(st.st_gid, 9);
	CHECK_EQ(st.st_uid, 0);
	close(master);
	CHECK_OK(chmod("b/ptmx", 0644));
	REQUIRE(stat("b/ptmx", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0644);
	/* The other one has not changed. */
	CHECK_STREQ(options_of("a/pts"), "rw,relatime,gid=5,mode=620,ptmxmode=666,max=3");
}

TEST(options)
{
	static const char *const bad[] = { "max=-1", "max=1048577", "uid=-1", "uid=x", "mode=9", "foo", "max=",
					   "newinstance=1" };
	static const char *const good[][2] = {
		{ NULL, "rw,relatime,mode=600,ptmxmode=000" },
		{ "", "rw,relatime,mode=600,ptmxmode=000" },
		{ "max=1048576", "rw,relatime,mode=600,ptmxmode=000" },
		{ "max=0,mode=7777", "rw,relatime,mode=7777,ptmxmode=000,max=0" },
		{ "ptmxmode=17666,,uid=3", "rw,relatime,uid=3,mode=600,ptmxmode=7666" },
	};

	REQUIRE(mkdir("c", 0755) == 0);
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
		if (mount("none", "c", "devpts", 0, bad[i]) == 0 || errno != EINVAL)
			test_fail(__LINE__, "%s was taken", bad[i]);
	for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
		CHECK_OK(mount("none", "c", "devpts", 0, good[i][0]));
		CHECK_STREQ(options_of("c"), good[i][1]);
		CHECK_OK(umount("c"));
	}
}

TEST(peer)
{
	int master = open_master("a/ptmx"), zero = 0, peer, other;
	char link[64], seen[PATH_MAX] = "", expected[PATH_MAX + 16], cwd[PATH_MAX];

	REQUIRE(master >= 0);
	CHECK_ERRNO(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), EIO); /* locked */
	REQUIRE(ioctl(master, TIOCSPTLCK, &zero) == 0);
	peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	REQUIRE(peer >= 0);
	CHECK_EQ(fcntl(peer, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(peer, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	CHECK_ERRNO(read(peer, seen, 1), EAGAIN);
	CHECK_EQ(write(master, "hello\n", 6), 6);
	struct pollfd poller = { .fd = peer, .events = POLLIN };
	CHECK_EQ(poll(&poller, 1, 5000), 1);
	CHECK_EQ(read(peer, seen, 64), 6);
	snprintf(link, sizeof link, "/proc/self/fd/%d", peer);
	memset(seen, 0, sizeof seen);
	CHECK(readlink(link, seen, sizeof seen - 1) > 0);
	REQUIRE(getcwd(cwd, sizeof cwd) != NULL);
	snprintf(expected, sizeof expected, "%s/a/pts/0", cwd);
	CHECK_STREQ(seen, expected);
	other = ioctl(master, TIOCGPTPEER, O_RDONLY | O_NOCTTY);
	CHECK(other >= 0);
	CHECK_EQ(fcntl(other, F_GETFD), 0);
	CHECK_ERRNO(write(other, "x", 1), EBADF);
	/* Only masters have one. */
	CHECK_ERRNO(ioctl(peer, TIOCGPTPEER, O_RDWR), EIO);
	CHECK_ERRNO(ioctl(open("a", O_RDONLY), TIOCGPTPEER, O_RDWR), ENOTTY);
	CHECK_ERRNO(ioctl(-1, TIOCGPTPEER, O_RDWR), EBADF);
	close(other);
	close(peer);
	/* Nobody's rights matter: whoever has the master may have the slave. */
	CHECK_EQ(IN_CHILD({
		REQUIRE(chmod("a/pts/0", 0) == 0);
		REQUIRE(setresuid(1000, 1000, 1000) == 0);
		CHECK_ERRNO(open("a/pts/0", O_RDWR | O_NOCTTY), EACCES);
		CHECK(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY) >= 0);
	}),
		 0);
	/* Something else lies over it: it is not looked for further down. */
	REQUIRE(mount("none", "a/pts", "devpts", 0, NULL) == 0);
	CHECK_ERRNO(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), ENODEV);
	CHECK_OK(umount("a/pts"));
	close(master);
}

TEST(bound)
{
	int master, zero = 0, peer;

	/* A ptmx of a devpts that is bound to a file: that devpts is meant, and found again beside the file. */
	close(open("a/bound", O_CREAT | O_WRONLY, 0644));
	REQUIRE(mount("a/pts/ptmx", "a/bound", NULL, MS_BIND, NULL) == 0);
	master = open_master("a/bound");
	REQUIRE(master >= 0);
	REQUIRE(ioctl(master, TIOCSPTLCK, &zero) == 0);
	CHECK_OK(access("a/pts/0", F_OK));
	CHECK((peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)) >= 0);
	close(peer);
	close(master);
	CHECK_OK(umount("a/bound"));
	/* A node of a slave elsewhere is nobody's. */
	master = open_master("a/ptmx");
	REQUIRE(ioctl(master, TIOCSPTLCK, &zero) == 0);
	REQUIRE(mknod("slave", S_IFCHR | 0666, makedev(136, 0)) == 0);
	CHECK_ERRNO(open("slave", O_RDWR | O_NOCTTY), EIO);
	close(master);
}

TEST(unmounted)
{
	int master, zero = 0, peer;
	char byte = 0;

	/* Busy by way of the node inside, not of the one beside. */
	master = open_master("b/ptmx");
	CHECK_ERRNO(umount("b"), EBUSY);
	close(master);
	master = open_master("a/ptmx");
	REQUIRE(master >= 0 && ioctl(master, TIOCSPTLCK, &zero) == 0);
	peer = open("a/pts/0", O_RDWR | O_NOCTTY);
	CHECK_ERRNO(umount("a/pts"), EBUSY);
	CHECK_OK(umount2("a/pts", MNT_DETACH));
	CHECK_EQ(write(master, "x\n", 2), 2);
	CHECK_EQ(read(peer, &byte, 1), 1);
	CHECK_EQ(byte, 'x');
	CHECK_ERRNO(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), ENODEV);
	close(peer);
	close(master);
	CHECK_OK(umount("b"));
	CHECK_EQ(atoi(slurp("/proc/sys/kernel/pty/nr")) >= 0, 1);
}

TEST_MAIN
