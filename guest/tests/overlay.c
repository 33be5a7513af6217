#include "test.h"

/* test: guest-only timeout=60 module=overlay, needs root */
#include <dirent.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

/* Three tmpfs: two lower layers and one for upper and work directories. The overlay is at m. */

static char options[1024];

static void fresh(const char *more)
{
	umount2("m", MNT_DETACH);
	umount2("u", MNT_DETACH);
	umount2("l2", MNT_DETACH);
	umount2("l1", MNT_DETACH);
	mkdir("m", 0755);
	mkdir("u", 0755);
	mkdir("l1", 0755);
	mkdir("l2", 0755);
	REQUIRE(mount("none", "l1", "tmpfs", 0, 0) == 0);
	REQUIRE(mount("none", "l2", "tmpfs", 0, 0) == 0);
	REQUIRE(mount("none", "u", "tmpfs", 0, 0) == 0);
	CHECK_OK(mkdir("u/up", 0755));
	CHECK_OK(mkdir("u/work", 0755));
	snprintf(options, sizeof options, "lowerdir=l1:l2,upperdir=u/up,workdir=u/work%s%s", more ? "," : "",
		 more ? more : "");
}

static void join(void)
{
	REQUIRE(mount("overlay", "m", "overlay", 0, options) == 0);
}

static void again(void)
{
	CHECK_OK(umount("m"));
	join();
}

static void put(const char *name, const char *text)
{
	close(make_file(name, text));
}

static const char *get(const char *name)
{
	static char buf[256];
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return test_errno(errno);
	buf[n] = 0;
	return buf;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, with / behind those of directories. */
static const char *names(const char *dir)
{
	static char out[4096];
	char *list[256];
	int n = 0;
	DIR *d = opendir(dir);
	struct dirent *e;

	out[0] = 0;
	if (!d)
		return test_errno(errno);
	while ((e = readdir(d)) && n < 256) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (asprintf(&list[n], "%s%s", e->d_name, e->d_type == DT_DIR ? "/" : e->d_type == DT_CHR ? "!" : "") > 0)
			n++;
	}
	closedir(d);
	qsort(list, n, sizeof *list, compare);
	for (int i = 0; i < n; i++) {
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", i ? " " : "", list[i]);
		free(list[i]);
	}
	return out;
}

static int is_whiteout(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == 0;
}

static ino_t ino(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 ? st.st_ino : 0;
}

TEST(mount_options)
{
	load_module("overlay");
	fresh(NULL);
	CHECK_ERRNO(mount("o", "m", "overlay", 0, ""), EINVAL);
	CHECK_ERRNO(mount("o", "m", "overlay", 0, "lowerdir=l1"), EINVAL);
	CHECK_ERRNO(mount("o", "m", "overlay", 0, "lowerdir=l1,upperdir=u/up"), EINVAL);
	CHECK_ERRNO(mount("o", "m", "overlay", 0, "lowerdir=none:l1"), ENOENT);
	CHECK_ERRNO(mount("o", "m", "overlay", 0, "lowerdir=l1:l2,nonsense"), EINVAL);
	CHECK_ERRNO(mount("o", "m", "overlay", 0, "lowerdir=l1,upperdir=u/up,workdir=l2"), EINVAL);
	CHECK_ERRNO(mount("o", "m", "overlay", 0, "lowerdir=l1,upperdir=u/up,workdir=u/up"), EINVAL);
	CHECK_OK(mkdir("u/up/sub", 0755));
	CHECK_ERRNO(mount("o", "m", "overlay", 0, "lowerdir=l1,upperdir=u/up,workdir=u/up/sub"), EINVAL);
	CHECK_OK(rmdir("u/up/sub"));
	put("l1/f", "");
	CHECK(mount("o", "m", "overlay", 0, "lowerdir=l1/f:l2") == -1);
	join();
	struct statfs fs;
	CHECK_OK(statfs("m", &fs));
	CHECK_EQ(fs.f_type, 0x794c7630);
	CHECK_STREQ(names("u/work"), "work/");
	CHECK_OK(umount("m"));
	CHECK_OK(mount("o", "m", "overlay", 0, "lowerdir=l1:l2"));
	CHECK_ERRNO(open("m/new", O_CREAT | O_WRONLY, 0644), EROFS);
	CHECK_ERRNO(chmod("m/f", 0600), EROFS);
	CHECK_ERRNO(unlink("m/f"), EROFS);
	CHECK_ERRNO(mkdir("m/d", 0755), EROFS);
	CHECK_ERRNO(open("m/f", O_RDWR), EROFS);
	CHECK_STREQ(get("m/f"), "");
	CHECK_OK(umount("m"));
}

TEST(escaped_paths)
{
	fresh(NULL);
	CHECK_OK(mkdir("l1/a:b", 0755));
	put("l1/a:b/f", "colon");
	CHECK_OK(mount("o", "m", "overlay", 0, "lowerdir=l1/a\\:b:l2"));
	CHECK_STREQ(get("m/f"), "colon");
}

TEST(merging)
{
	fresh(NULL);
	put("l1/top", "1");
	put("l2/top", "2");
	put("l2/low", "low");
	put("u/up/mine", "up");
	CHECK_OK(mkdir("l1/d", 0755));
	CHECK_OK(mkdir("l2/d", 0755));
	CHECK_OK(mkdir("u/up/d", 0755));
	put("l1/d/a", "a1");
	put("l2/d/a", "a2");
	put("l2/d/b", "b2");
	put("u/up/d/c", "c");
	/* A file hides directories below it, a directory files below it. */
	put("l1/x", "file");
	CHECK_OK(mkdir("l2/x", 0755));
	CHECK_OK(mkdir("l1/y", 0755));
	put("l1/y/in", "");
	put("l2/y", "file");
	/* Whiteouts count in lower layers, too. */
	put("l2/gone", "");
	CHECK_OK(mknod("l1/gone", S_IFCHR, 0));
	CHECK_OK(mkdir("l1/opaque", 0755));
	CHECK_OK(mkdir("l2/opaque", 0755));
	put("l2/opaque/hidden", "");
	CHECK_OK(setxattr("l1/opaque", "trusted.overlay.opaque", "y", 1, 0));
	join();
	CHECK_STREQ(names("m"), "d/ low mine opaque/ top x y/");
	CHECK_STREQ(names("m/d"), "a b c");
	CHECK_STREQ(names("m/opaque"), "");
	CHECK_STREQ(names("m/y"), "in");
	CHECK_STREQ(get("m/top"), "1");
	CHECK_STREQ(get("m/low"), "low");
	CHECK_STREQ(get("m/d/a"), "a1");
	CHECK_STREQ(get("m/d/b"), "b2");
	CHECK_STREQ(get("m/d/c"), "c");
	CHECK_STREQ(get("m/x"), "file");
	CHECK_STREQ(get("m/gone"), "ENOENT");
	CHECK_ERRNO(access("m/opaque/hidden", F_OK), ENOENT);
	struct stat st;
	CHECK_OK(stat("m/d", &st));
	CHECK_EQ(st.st_nlink, 1);
	CHECK_ERRNO(rmdir("m/d"), ENOTEMPTY);
}

TEST(copy_up_on_write)
{
	struct stat before, after;
	struct timespec times[2] = { { 1000000, 5 }, { 2000000, 7 } };

	fresh(NULL);
	CHECK_OK(mkdir("l1/a", 0711));
	CHECK_OK(mkdir("l1/a/b", 0700));
	CHECK_OK(chown("l1/a/b", 7, 8));
	put("l1/a/b/f", "original");
	CHECK_OK(chown("l1/a/b/f", 1, 2));
	CHECK_OK(chmod("l1/a/b/f", 04751));
	CHECK_OK(setxattr("l1/a/b/f", "trusted.mine", "v", 1, 0));
	CHECK_OK(utimensat(AT_FDCWD, "l1/a/b/f", times, 0));
	CHECK_OK(utimensat(AT_FDCWD, "l1/a/b", times, 0));
	join();
	CHECK_OK(stat("m/a/b/f", &before));
	/* Reading copies nothing. */
	CHECK_STREQ(get("m/a/b/f"), "original");
	CHECK_STREQ(names("u/up"), "");
	int old = open("m/a/b/f", O_RDONLY);
	CHECK_OK(chmod("m/a/b/f", 04750));
	CHECK_OK(stat("u/up/a/b/f", &after));
	CHECK_EQ(after.st_mode, S_IFREG | 04750);
	CHECK_EQ(after.st_uid, 1);
	CHECK_EQ(after.st_gid, 2);
	CHECK_EQ(after.st_mtim.tv_sec, 2000000);
	CHECK_EQ(after.st_mtim.tv_nsec, 7);
	char value[8];
	CHECK_EQ(getxattr("u/up/a/b/f", "trusted.mine", value, 8), 1);
	CHECK_OK(stat("u/up/a", &after));
	CHECK_EQ(after.st_mode, S_IFDIR | 0711);
	CHECK_OK(stat("u/up/a/b", &after));
	CHECK_EQ(after.st_mode, S_IFDIR | 0700);
	CHECK_EQ(after.st_uid, 7);
	CHECK_EQ(after.st_gid, 8);
	CHECK_EQ(after.st_mtim.tv_sec, 2000000);
	CHECK_OK(stat("m/a/b/f", &after));
	CHECK_EQ(after.st_ino, before.st_ino);
	CHECK_EQ(after.st_dev, before.st_dev);
	CHECK_STREQ(get("l1/a/b/f"), "original");
	int fd = open("m/a/b/f", O_WRONLY);
	CHECK_EQ(write(fd, "CHANGED!!", 9), 9);
	CHECK_STREQ(get("m/a/b/f"), "CHANGED!!");
	CHECK_STREQ(get("u/up/a/b/f"), "CHANGED!!");
	CHECK_STREQ(get("l1/a/b/f"), "original");
	/* What was open before goes over to the copy. */
	char buf[16] = "";
	CHECK_EQ(read(old, buf, 15), 9);
	CHECK_STREQ(buf, "CHANGED!!");
	CHECK_OK(fstat(old, &after));
	CHECK_EQ(after.st_size, 9);
	close(old);
	close(fd);
	CHECK_STREQ(names("u/work/work"), "");
	/* Still so after the overlay is made anew. */
	again();
	CHECK_STREQ(get("m/a/b/f"), "CHANGED!!");
	CHECK_STREQ(names("m/a/b"), "f");
}

TEST(copy_up_by_other_calls)
{
	struct stat st;
	struct timespec times[2] = { { 5, 0 }, { 6, 0 } };

	fresh(NULL);
	for (const char *n = "abcdefgh"; *n; n++) {
		char name[8] = "l2/?";
		name[3] = *n;
		put(name, "12345678");
	}
	CHECK_OK(symlink("nowhere", "l2/s"));
	CHECK_OK(mkfifo("l2/p", 0600));
	join();
	CHECK_OK(truncate("m/a", 3));
	CHECK_STREQ(get("u/up/a"), "123");
	CHECK_OK(truncate("m/b", 0));
	CHECK_STREQ(get("u/up/b"), "");
	CHECK_OK(chown("m/c", 5, 6));
	CHECK_OK(stat("u/up/c", &st));
	CHECK_EQ(st.st_uid, 5);
	CHECK_OK(utimensat(AT_FDCWD, "m/d", times, 0));
	CHECK_OK(stat("u/up/d", &st));
	CHECK_EQ(st.st_mtim.tv_sec, 6);
	CHECK_OK(setxattr("m/e", "trusted.x", "1", 1, 0));
	CHECK_STREQ(get("u/up/e"), "12345678");
	int fd = open("m/f", O_RDONLY | O_TRUNC);
	CHECK(fd >= 0);
	close(fd);
	CHECK_STREQ(get("u/up/f"), "");
	fd = open("m/g", O_WRONLY | O_APPEND);
	CHECK_EQ(write(fd, "9", 1), 1);
	close(fd);
	CHECK_STREQ(get("m/g"), "123456789");
	CHECK_OK(lchown("m/s", 3, 3));
	CHECK_OK(lstat("u/up/s", &st));
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(st.st_uid, 3);
	CHECK_OK(chmod("m/p", 0640));
	CHECK_OK(lstat("u/up/p", &st));
	CHECK_EQ(st.st_mode, S_IFIFO | 0640);
	/* A failed call copies nothing. */
	CHECK_ERRNO(removexattr("m/h", "trusted.none"), ENODATA);
	CHECK_ERRNO(access("u/up/h", F_OK), ENOENT);
	/* The overlay's own attributes are out of sight. */
	char list[256];
	CHECK_EQ(listxattr("m/e", list, sizeof list), sizeof "trusted.x");
}

TEST(whiteouts)
{
	fresh(NULL);
	put("l1/f", "low");
	put("l2/f", "lower");
	CHECK_OK(mkdir("l2/d", 0755));
	put("l2/d/x", "x");
	put("l2/d/y", "y");
	put("u/up/pure", "");
	join();
	CHECK_OK(unlink("m/f"));
	CHECK(is_whiteout("u/up/f"));
	CHECK_ERRNO(access("m/f", F_OK), ENOENT);
	CHECK_ERRNO(unlink("m/f"), ENOENT);
	CHECK_STREQ(names("m"), "d/ pure");
	CHECK_OK(unlink("m/pure"));
	CHECK_ERRNO(access("u/up/pure", F_OK), ENOENT);
	put("m/f", "new");
	CHECK_STREQ(get("u/up/f"), "new");
	CHECK_STREQ(names("m"), "d/ f");
	CHECK_OK(unlink("m/f"));
	CHECK(is_whiteout("u/up/f"));
	/* A directory with lower parts, emptied and removed, and one of the same name. */
	CHECK_ERRNO(rmdir("m/d"), ENOTEMPTY);
	CHECK_OK(unlink("m/d/x"));
	CHECK(is_whiteout("u/up/d/x"));
	CHECK_OK(unlink("m/d/y"));
	CHECK_STREQ(names("m/d"), "");
	CHECK_OK(rmdir("m/d"));
	CHECK(is_whiteout("u/up/d"));
	CHECK_STREQ(names("m"), "");
	CHECK_OK(mkdir("m/d", 0750));
	CHECK_STREQ(names("m/d"), "");
	char value[8];
	CHECK_EQ(getxattr("u/up/d", "trusted.overlay.opaque", value, 8), 1);
	CHECK_STREQ(names("m"), "d/");
	CHECK_OK(rmdir("m/d"));
	CHECK_OK(mkdir("m/f", 0755));
	CHECK_OK(symlink("target", "m/d"));
	CHECK_STREQ(names("m"), "d f/");
	again();
	CHECK_STREQ(names("m"), "d f/");
	CHECK_STREQ(names("m/f"), "");
	CHECK_STREQ(names("u/work/work"), "");
	CHECK_ERRNO(mknod("m/wh", S_IFCHR, 0), EPERM);
}

TEST(open_and_unlinked)
{
	struct stat st;
	char buf[16] = "";

	fresh(NULL);
	put("l1/f", "data");
	put("l1/g", "data");
	join();
	int fd = open("m/f", O_RDONLY), w = open("m/g", O_RDWR);
	CHECK_OK(unlink("m/f"));
	CHECK_OK(unlink("m/g"));
	CHECK_EQ(read(fd, buf, 15), 4);
	CHECK_EQ(pwrite(w, "more data", 9, 0), 9);
	CHECK_EQ(pread(w, buf, 15, 0), 9);
	CHECK_STREQ(buf, "more data");
	CHECK_OK(fstat(w, &st));
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(st.st_size, 9);
	CHECK(is_whiteout("u/up/f"));
	CHECK(is_whiteout("u/up/g"));
	close(fd);
	close(w);
}

TEST(hard_links)
{
	struct stat a, b;

	fresh(NULL);
	put("l1/one", "1");
	CHECK_OK(link("l1/one", "l1/two"));
	put("l1/single", "s");
	join();
	CHECK_OK(stat("m/one", &a));
	CHECK_EQ(a.st_nlink, 2);
	CHECK_OK(chmod("m/one", 0600));
	CHECK_OK(stat("m/one", &a));
	CHECK_OK(stat("m/two", &b));
	CHECK_EQ(a.st_mode & 0777, 0600);
	CHECK_EQ(b.st_mode & 0777, 0644);
	/* A new link. */
	CHECK_OK(link("m/single", "m/double"));
	CHECK_OK(stat("m/single", &a));
	CHECK_OK(stat("m/double", &b));
	CHECK_EQ(a.st_nlink, 2);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_STREQ(get("u/up/double"), "s");
	put("m/single", "changed");
	CHECK_STREQ(get("m/double"), "changed");
	CHECK_ERRNO(link("m/single", "m/double"), EEXIST);
	CHECK_OK(unlink("m/single"));
	CHECK_OK(stat("m/double", &b));
	CHECK_EQ(b.st_nlink, 1);
	CHECK_OK(link("m/double", "m/single"));
	CHECK_STREQ(get("m/single"), "changed");
	CHECK_OK(rename("m/single", "m/double"));
	CHECK_STREQ(names("m"), "double one single two");
}

TEST(renames)
{
	fresh(NULL);
	put("l1/a", "a");
	put("l1/b", "b");
	CHECK_OK(mkdir("l1/d", 0755));
	CHECK_OK(mkdir("l1/e", 0755));
	put("l1/d/in", "in");
	join();
	CHECK_OK(rename("m/a", "m/c"));
	CHECK_STREQ(names("m"), "b c d/ e/");
	CHECK(is_whiteout("u/up/a"));
	CHECK_STREQ(get("u/up/c"), "a");
	CHECK_OK(rename("m/c", "m/b"));
	CHECK_STREQ(get("m/b"), "a");
	CHECK_STREQ(names("m"), "b d/ e/");
	CHECK_STREQ(names("u/up"), "a! b");
	CHECK_OK(rename("m/b", "m/a"));
	CHECK_STREQ(names("m"), "a d/ e/");
	CHECK(is_whiteout("u/up/b"));
	/* Directories with lower parts stay. */
	CHECK_ERRNO(rename("m/d", "m/z"), EXDEV);
	CHECK_ERRNO(renameat2(AT_FDCWD, "m/d", AT_FDCWD, "m/e", RENAME_EXCHANGE), EXDEV);
	/* New ones move, also over an empty lower one and over a whiteout. */
	CHECK_OK(mkdir("m/n", 0755));
	put("m/n/f", "f");
	CHECK_OK(rename("m/n", "m/n2"));
	CHECK_STREQ(names("m/n2"), "f");
	CHECK_OK(rename("m/n2", "m/e"));
	CHECK_STREQ(names("m/e"), "f");
	CHECK_STREQ(names("m"), "a d/ e/");
	CHECK_OK(mkdir("m/n3", 0755));
	CHECK_ERRNO(rename("m/n3", "m/d"), ENOTEMPTY);
	CHECK_OK(rename("m/n3", "m/b"));
	CHECK_STREQ(names("m"), "a b/ d/ e/");
	CHECK_STREQ(names("m/b"), "");
	CHECK_OK(unlink("m/d/in"));
	CHECK_OK(rename("m/b", "m/d"));
	CHECK_STREQ(names("m"), "a d/ e/");
	CHECK_STREQ(names("m/d"), "");
	CHECK_ERRNO(rename("m/a", "m/d"), EISDIR);
	CHECK_ERRNO(rename("m/d", "m/a"), ENOTDIR);
	/* The flags. */
	put("m/x", "x");
	CHECK_ERRNO(renameat2(AT_FDCWD, "m/x", AT_FDCWD, "m/a", RENAME_NOREPLACE), EEXIST);
	CHECK_ERRNO(renameat2(AT_FDCWD, "m/x", AT_FDCWD, "m/w", RENAME_WHITEOUT), EINVAL);
	CHECK_OK(renameat2(AT_FDCWD, "m/x", AT_FDCWD, "m/a", RENAME_EXCHANGE));
	CHECK_STREQ(get("m/a"), "x");
	CHECK_STREQ(get("m/x"), "a");
	CHECK_OK(renameat2(AT_FDCWD, "m/x", AT_FDCWD, "m/d", RENAME_EXCHANGE));
	CHECK_STREQ(get("m/d"), "a");
	CHECK_STREQ(names("m"), "a d e/ x/");
	again();
	CHECK_STREQ(names("m"), "a d e/ x/");
	CHECK_STREQ(names("m/e"), "f");
	CHECK_STREQ(names("u/work/work"), "");
}

TEST(redirected_directories)
{
	fresh("redirect_dir=on");
	CHECK_OK(mkdir("l1/d", 0755));
	CHECK_OK(mkdir("l2/d", 0755));
	CHECK_OK(mkdir("l2/d/sub", 0755));
	CHECK_OK(mkdir("l1/other", 0755));
	put("l1/d/one", "1");
	put("l2/d/two", "2");
	put("l2/d/sub/three", "3");
	join();
	ino_t before = ino("m/d");
	CHECK_OK(rename("m/d", "m/moved"));
	CHECK_EQ(ino("m/moved"), before);
	CHECK_STREQ(names("m"), "moved/ other/");
	CHECK_STREQ(names("m/moved"), "one sub/ two");
	CHECK_STREQ(get("m/moved/sub/three"), "3");
	char value[64] = "";
	CHECK_EQ(getxattr("u/up/moved", "trusted.overlay.redirect", value, 63), 1);
	CHECK_STREQ(value, "d");
	CHECK_OK(rename("m/moved", "m/other/deep"));
	CHECK_STREQ(names("m"), "other/");
	CHECK_STREQ(get("m/other/deep/two"), "2");
	memset(value, 0, sizeof value);
	CHECK_EQ(getxattr("u/up/other/deep", "trusted.overlay.redirect", value, 63), 2);
	CHECK_STREQ(value, "/d");
	CHECK_OK(rename("m/other/deep/sub", "m/sub2"));
	CHECK_STREQ(get("m/sub2/three"), "3");
	memset(value, 0, sizeof value);
	CHECK_OK(getxattr("u/up/sub2", "trusted.overlay.redirect", value, 63));
	CHECK_STREQ(value, "/d/sub");
	put("m/sub2/new", "new");
	again();
	CHECK_STREQ(names("m"), "other/ sub2/");
	CHECK_STREQ(names("m/other/deep"), "one two");
	CHECK_STREQ(names("m/sub2"), "new three");
	CHECK_STREQ(get("m/sub2/three"), "3");
	/* A new directory of the old name shows nothing old. */
	CHECK_OK(mkdir("m/d", 0755));
	CHECK_STREQ(names("m/d"), "");
	CHECK_STREQ(names("m/other/deep"), "one two");
	CHECK_OK(renameat2(AT_FDCWD, "m/d", AT_FDCWD, "m/sub2", RENAME_EXCHANGE));
	CHECK_STREQ(names("m/d"), "new three");
	CHECK_STREQ(names("m/sub2"), "");
}

TEST(owners_and_rights)
{
	struct stat st;

	fresh(NULL);
	umask(0);
	CHECK_OK(chmod("l1", 0755));
	CHECK_OK(mkdir("l1/open", 0777));
	CHECK_OK(mkdir("l1/sticky", 01777));
	CHECK_OK(mkdir("l1/setgid", 0777));
	CHECK_OK(chown("l1/setgid", 0, 77));
	CHECK_OK(chmod("l1/setgid", 02777));
	put("l1/secret", "s");
	CHECK_OK(chmod("l1/secret", 0600));
	put("l1/sticky/f", "");
	put("l1/open/f", "");
	CHECK_OK(chmod("l1/open/f", 0644));
	put("l1/mine", "");
	CHECK_OK(chown("l1/mine", 1000, 1000));
	CHECK_OK(chmod("u/up", 0755));
	join();
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(open("m/secret", O_RDONLY), EACCES);
		CHECK_ERRNO(open("m/open/f", O_WRONLY), EACCES);
		CHECK_ERRNO(open("m/new", O_CREAT | O_WRONLY, 0644), EACCES);
		CHECK_ERRNO(unlink("m/sticky/f"), EPERM);
		CHECK_ERRNO(chmod("m/secret", 0644), EPERM);
		CHECK_OK(chmod("m/mine", 0640));
		CHECK_OK(unlink("m/open/f"));
		umask(027);
		close(open("m/open/f", O_CREAT | O_WRONLY, 0666));
		close(open("m/setgid/f", O_CREAT | O_WRONLY, 0666));
		CHECK_OK(mkdir("m/setgid/d", 0777));
	}), 0);
	CHECK_OK(stat("m/open/f", &st));
	CHECK_EQ(st.st_uid, 1000);
	CHECK_EQ(st.st_gid, 1000);
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	CHECK_OK(stat("m/setgid/f", &st));
	CHECK_EQ(st.st_uid, 1000);
	CHECK_EQ(st.st_gid, 77);
	CHECK_OK(stat("m/setgid/d", &st));
	CHECK_EQ(st.st_gid, 77);
	CHECK_EQ(st.st_mode, S_IFDIR | S_ISGID | 0750);
	CHECK_OK(stat("u/up/mine", &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	umask(022);
}

TEST(mapping_and_locks)
{
	fresh(NULL);
	put("l1/f", "mapped");
	join();
	int ro = open("m/f", O_RDONLY);
	char *shared = mmap(0, 4096, PROT_READ, MAP_SHARED, ro, 0);
	char *priv = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0);
	REQUIRE(shared != MAP_FAILED && priv != MAP_FAILED);
	CHECK(!memcmp(shared, "mapped", 6));
	int rw = open("m/f", O_RDWR);
	char *both = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, rw, 0);
	REQUIRE(both != MAP_FAILED);
	both[0] = 'M';
	CHECK_STREQ(get("m/f"), "Mapped");
	CHECK_STREQ(get("l1/f"), "mapped");
	/* What was mapped before the copy-up stays with the original. */
	CHECK_EQ(shared[0], 'm');
	priv[0] = 'x';
	CHECK_STREQ(get("m/f"), "Mapped");
	CHECK_OK(flock(rw, LOCK_EX));
	CHECK_ERRNO(flock(ro, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	close(rw);
	munmap(both, 4096);
	CHECK_OK(flock(ro, LOCK_SH | LOCK_NB));
	CHECK_OK(fsync(ro));
	close(ro);
}

TEST(running_programs)
{
	fresh(NULL);
	int to = open("l1/prog", O_CREAT | O_WRONLY, 0755), from = open("/proc/self/exe", O_RDONLY);
	static char buf[65536];
	ssize_t n;
	REQUIRE(to >= 0 && from >= 0);
	while ((n = read(from, buf, sizeof buf)) > 0)
		CHECK_EQ(write(to, buf, n), n);
	close(to);
	close(from);
	join();
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	pid_t pid = test_fork();
	if (pid == 0) {
		dup2(fds[0], 0);
		close(fds[1]);
		execl("m/prog", "prog", "wait", NULL);
		_exit(9);
	}
	close(fds[0]);
	usleep(200000);
	CHECK_ERRNO(open("m/prog", O_WRONLY), ETXTBSY);
	close(fds[1]);
	CHECK_EQ(test_wait(pid), 42 << 8);
	int fd = open("m/prog", O_WRONLY);
	CHECK(fd >= 0);
	execl("m/prog", "prog", "wait", NULL);
	CHECK_EQ(errno, ETXTBSY);
	close(fd);
}

TEST(special_files)
{
	char c = 0;

	fresh(NULL);
	CHECK_OK(mkfifo("l1/fifo", 0666));
	CHECK_OK(mknod("l1/null", S_IFCHR | 0666, makedev(1, 3)));
	CHECK_OK(mknod("l1/sock", S_IFSOCK | 0666, 0));
	join();
	int r = open("m/fifo", O_RDONLY | O_NONBLOCK), w = open("m/fifo", O_WRONLY);
	CHECK_EQ(write(w, "z", 1), 1);
	CHECK_EQ(read(r, &c, 1), 1);
	CHECK_EQ(c, 'z');
	/* The pipe below is another one. */
	int below = open("l1/fifo", O_RDONLY | O_NONBLOCK);
	CHECK_EQ(write(w, "y", 1), 1);
	CHECK_EQ(read(below, &c, 1), 0);
	close(below);
	close(r);
	close(w);
	int fd = open("m/null", O_WRONLY);
	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
	CHECK_ERRNO(open("m/sock", O_RDONLY), ENXIO);
	CHECK_STREQ(names("u/up"), "");
	CHECK_OK(mkfifo("m/new", 0600));
	CHECK_OK(mknod("m/zero", S_IFCHR | 0600, makedev(1, 5)));
	CHECK_OK(unlink("m/null"));
	CHECK_STREQ(names("m"), "fifo new sock zero!");
}

TEST(holes_and_sizes)
{
	struct stat st;

	fresh(NULL);
	int fd = open("l1/sparse", O_CREAT | O_RDWR, 0644);
	CHECK_EQ(pwrite(fd, "A", 1, 0), 1);
	CHECK_EQ(pwrite(fd, "B", 1, 10 << 20), 1);
	CHECK_OK(ftruncate(fd, 20 << 20));
	close(fd);
	join();
	CHECK_OK(chmod("m/sparse", 0600));
	CHECK_OK(stat("m/sparse", &st));
	CHECK_EQ(st.st_size, 20 << 20);
	/* Linux copies holes that are shorter than a megabyte. */
	CHECK(st.st_blocks <= 8192);
	fd = open("m/sparse", O_RDWR);
	CHECK_EQ(lseek(fd, 5 << 20, SEEK_DATA), 10 << 20);
	CHECK_EQ(lseek(fd, 15 << 20, SEEK_HOLE), 15 << 20);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 20 << 20);
	CHECK_OK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10 << 20, 2 << 20));
	CHECK_ERRNO(lseek(fd, 5 << 20, SEEK_DATA), ENXIO);
	CHECK_OK(ftruncate(fd, 5));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 5);
	close(fd);
}

TEST(nameless_files)
{
	fresh(NULL);
	CHECK_OK(mkdir("l1/d", 0755));
	join();
	int fd = open("m/d", O_TMPFILE | O_RDWR, 0600);
	if (fd < 0 && errno == EOPNOTSUPP)
		SKIP("no O_TMPFILE here");
	CHECK_EQ(write(fd, "tmp", 3), 3);
	CHECK_STREQ(names("m/d"), "");
	close(fd);
}

TEST(reading_directories)
{
	char name[300];
	struct stat st;

	fresh(NULL);
	CHECK_OK(mkdir("l1/d", 0755));
	CHECK_OK(mkdir("l1/d/sub", 0755));
	CHECK_OK(mkdir("u/up/d", 0755));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "%s/d/%d", i % 3 ? "l1" : "u/up", i);
		put(name, "");
	}
	join();
	DIR *d = opendir("m/d");
	REQUIRE(d);
	struct dirent *e;
	int count = 0, dots = 0, wrong = 0;
	long at = 0;
	char there[256] = "";
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) {
			dots++;
		} else {
			count++;
			/* d_ino is what stat(2) shows. */
			snprintf(name, sizeof name, "m/d/%s", e->d_name);
			wrong += lstat(name, &st) != 0 || st.st_ino != e->d_ino;
		}
		if (count == 500 && !at) {
			at = telldir(d);
			e = readdir(d);
			strcpy(there, e->d_name);
			count++;
		}
	}
	CHECK_EQ(count, 1001);
	CHECK_EQ(dots, 2);
	/* Positions stay what they were, though names come and go. */
	CHECK_OK(unlink("m/d/1"));
	CHECK_OK(unlink("m/d/3"));
	put("m/d/new", "");
	seekdir(d, at);
	e = readdir(d);
	CHECK(e && !strcmp(e->d_name, there));
	rewinddir(d);
	for (count = 0; readdir(d); count++)
		;
	CHECK_EQ(count, 1002);
	/* Removing while reading, as rm -r does. */
	rewinddir(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "sub")) {
			snprintf(name, sizeof name, "m/d/%s", e->d_name);
			CHECK_OK(unlink(name));
		}
	closedir(d);
	CHECK_STREQ(names("m/d"), "sub/");
	/* Linux shows other numbers where the layers are on different file systems. */
	(void)wrong;
}

TEST(full_upper_layer)
{
	static char block[1 << 16];

	fresh(NULL);
	CHECK_OK(mount("none", "u", "tmpfs", MS_REMOUNT, "size=1m"));
	int fd = open("l1/big", O_CREAT | O_WRONLY, 0644);
	memset(block, 'x', sizeof block);
	for (int i = 0; i < 32; i++)
		CHECK_EQ(write(fd, block, sizeof block), sizeof block);
	close(fd);
	join();
	CHECK_ERRNO(open("m/big", O_WRONLY), ENOSPC);
	CHECK_ERRNO(chmod("m/big", 0600), ENOSPC);
	CHECK_STREQ(names("u/work/work"), "");
	CHECK_STREQ(names("u/up"), "");
	/* What is cut to nothing needs no copy. */
	put("m/big", "small");
	CHECK_STREQ(get("m/big"), "small");
	CHECK_OK(unlink("m/big"));
	CHECK_STREQ(names("m"), "");
}

TEST(many_at_once)
{
	pid_t pids[4];
	char name[64], other[64];

	fresh("redirect_dir=on");
	CHECK_OK(mkdir("l1/d", 0777));
	CHECK_OK(mkdir("l2/d", 0777));
	CHECK_OK(mkdir("l2/e", 0777));
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "l%d/d/%d", 1 + i % 2, i);
		put(name, "0123456789");
	}
	join();
	for (int p = 0; p < 4; p++) {
		pids[p] = test_fork();
		if (pids[p])
			continue;
		unsigned seed = p + 1;
		for (int i = 0; i < 400; i++) {
			snprintf(name, sizeof name, "m/%c/%d", "de"[rand_r(&seed) % 2], rand_r(&seed) % 20);
			snprintf(other, sizeof other, "m/%c/%d", "de"[rand_r(&seed) % 2], rand_r(&seed) % 20);
			int fd;
			switch (rand_r(&seed) % 8) {
			case 0: unlink(name); break;
			case 1: rename(name, other); break;
			case 2: link(name, other); break;
			case 3: chmod(name, 0600 + rand_r(&seed) % 64); break;
			case 4: names("m/d"); names("m/e"); break;
			case 5: renameat2(AT_FDCWD, "m/d", AT_FDCWD, "m/e", RENAME_EXCHANGE); break;
			default:
				fd = open(name, O_RDWR | O_CREAT, 0644);
				if (fd >= 0) {
					if (pwrite(fd, "0123456789", 10, 0) != 10)
						_exit(2);
					close(fd);
				}
			}
		}
		_exit(0);
	}
	for (int p = 0; p < 4; p++)
		CHECK_EQ(test_wait(pids[p]), 0);
	/* Whatever is left is whole. */
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "m/%c/%d", "de"[i / 20], i % 20);
		if (access(name, F_OK) == 0)
			CHECK_STREQ(get(name), "0123456789");
	}
	/* Linux keeps one whiteout for all there. */
	CHECK(!names("u/work/work")[0] || !strchr(names("u/work/work"), ' '));
	char before[4096];
	strcpy(before, names("m/d"));
	again();
	CHECK_STREQ(names("m/d"), before);
}

TEST(stacked_overlays)
{
	fresh(NULL);
	put("l1/f", "f");
	join();
	CHECK_OK(mkdir("m2", 0755));
	CHECK_OK(mkdir("m3", 0755));
	CHECK_OK(mkdir("u/up2", 0755));
	CHECK_OK(mkdir("u/work2", 0755));
	CHECK_OK(mount("o", "m2", "overlay", 0, "lowerdir=m,upperdir=u/up2,workdir=u/work2"));
	CHECK_STREQ(get("m2/f"), "f");
	put("m2/f", "changed");
	CHECK_STREQ(get("m/f"), "f");
	CHECK_STREQ(get("u/up2/f"), "changed");
	CHECK_OK(unlink("m2/f"));
	CHECK_STREQ(names("m2"), "");
	CHECK_ERRNO(mount("o", "m3", "overlay", 0, "lowerdir=m2:l2"), EINVAL);
	CHECK_OK(umount("m2"));
}

TEST(layers_live_on)
{
	fresh(NULL);
	put("l1/f", "f");
	join();
	/* The overlay has mounts of its own. */
	CHECK_OK(umount2("l1", MNT_DETACH));
	CHECK_OK(umount2("u", MNT_DETACH));
	CHECK_STREQ(get("m/f"), "f");
	put("m/g", "g");
	CHECK_STREQ(names("m"), "f g");
	int fd = open("m/f", O_RDONLY);
	CHECK_ERRNO(umount("m"), EBUSY);
	close(fd);
	CHECK_OK(umount("m"));
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "wait")) {
		char c;
		(void)!read(0, &c, 1);
		return 42;
	}
	return test_run_cases();
}
