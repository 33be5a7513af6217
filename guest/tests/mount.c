// mount(2): new mounts, flags, binding, moving, remounting.
/* test: guest-only, needs root */
#include "test.h"
#include <sys/mount.h>
#include <sys/statvfs.h>

static ino_t inode(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

static dev_t device(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_dev;
}

TEST(arguments)
{
	CHECK_OK(mkdir("m", 0755));
	close(make_file("plain", ""));
	CHECK_ERRNO(mount("none", "m", "nosuchfs", 0, 0), ENODEV);
	CHECK_ERRNO(mount("none", "m", NULL, 0, 0), EINVAL);
	CHECK_ERRNO(mount("none", "none", "tmpfs", 0, 0), ENOENT);
	CHECK_ERRNO(mount("none", "plain", "tmpfs", 0, 0), ENOTDIR);
	CHECK_ERRNO(mount("none", "m", "tmpfs", 0, "size=rubbish"), EINVAL);
	CHECK_ERRNO(mount("none", "m", "tmpfs", 0, "nosuchoption=1"), EINVAL);
	CHECK_ERRNO(mount("none", BAD_PTR, "tmpfs", 0, 0), EFAULT);
	CHECK_ERRNO(mount("none", "m", BAD_PTR, 0, 0), EFAULT);
	CHECK_ERRNO(mount(BAD_PTR, "m", "tmpfs", 0, 0), EFAULT);
	CHECK_ERRNO(mount("none", "m", "tmpfs", 0, BAD_PTR), EFAULT);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(chmod(".", 0755));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(mount("none", "m", "tmpfs", 0, 0), EPERM);
		CHECK_ERRNO(mount("none", "m", "nosuchfs", 0, 0), EPERM);
	}), 0);
}

TEST(new)
{
	dev_t below = device("m");
	CHECK_OK(mount("none", "m", "tmpfs", 0, "size=1m,mode=0701"));
	struct stat st;
	CHECK_OK(stat("m", &st));
	CHECK(st.st_dev != below);
	CHECK_EQ(st.st_mode, S_IFDIR | 0701);
	struct statvfs fs;
	CHECK_OK(statvfs("m", &fs));
	CHECK_EQ(fs.f_blocks * fs.f_frsize, 1 << 20);
	close(make_file("m/f", "x"));
	CHECK_ERRNO(rmdir("m"), EBUSY);
	CHECK_ERRNO(rename("m", "m2"), EBUSY);
	CHECK_ERRNO(rename("m/f", "f"), EXDEV);
	CHECK_ERRNO(link("m/f", "f"), EXDEV);
	int fd = open("m/f", O_RDONLY);
	CHECK_ERRNO(umount("m"), EBUSY);
	close(fd);
	/* One upon the other. */
	CHECK_OK(mount("none", "m", "tmpfs", 0, NULL));
	CHECK_ERRNO(access("m/f", F_OK), ENOENT);
	CHECK_OK(umount("m"));
	CHECK_OK(access("m/f", F_OK));
	CHECK_OK(umount("m"));
	CHECK_ERRNO(access("m/f", F_OK), ENOENT);
	CHECK_ERRNO(umount("m"), EINVAL);
	/* The old magic number is ignored. */
	CHECK_OK(mount("none", "m", "tmpfs", 0xc0ed0000, NULL));
	CHECK_OK(umount("m"));
}

TEST(flags)
{
	char link[PATH_MAX];
	CHECK_OK(mount("none", "m", "tmpfs", MS_NODEV | MS_NOEXEC | MS_NOSUID, NULL));
	CHECK_OK(mknod("m/null", S_IFCHR | 0666, 0x103));
	CHECK_ERRNO(open("m/null", O_RDWR), EACCES);
	close(make_file("m/script", "#!/bin/sh\n"));
	CHECK_OK(chmod("m/script", 0755));
	CHECK_ERRNO(execl("m/script", "m/script", NULL), EACCES);
	CHECK(mmap(0, 4096, PROT_EXEC, MAP_PRIVATE, open("m/script", O_RDONLY), 0) == MAP_FAILED && errno == EPERM);
	struct statvfs fs;
	CHECK_OK(statvfs("m", &fs));
	CHECK_EQ(fs.f_flag & (ST_NODEV | ST_NOEXEC | ST_NOSUID | ST_RDONLY), ST_NODEV | ST_NOEXEC | ST_NOSUID);
	CHECK_OK(umount2("m", MNT_DETACH));
	CHECK_OK(mount("none", "m", "tmpfs", MS_RDONLY, NULL));
	CHECK_ERRNO(mkdir("m/d", 0755), EROFS);
	CHECK_ERRNO(open("m/f", O_CREAT | O_WRONLY, 0600), EROFS);
	CHECK_ERRNO(chmod("m", 0700), EROFS);
	CHECK_ERRNO(access("m", W_OK), EROFS);
	CHECK_OK(statvfs("m", &fs));
	CHECK(fs.f_flag & ST_RDONLY);
	CHECK_OK(umount("m"));
	CHECK_OK(mount("none", "m", "tmpfs", MS_NOATIME, NULL));
	close(make_file("m/f", "x"));
	struct stat before, after;
	CHECK_OK(stat("m/f", &before));
	usleep(20000);
	int fd = open("m/f", O_RDONLY);
	CHECK_EQ(read(fd, link, 1), 1);
	close(fd);
	CHECK_OK(stat("m/f", &after));
	CHECK(!memcmp(&before.st_atim, &after.st_atim, sizeof before.st_atim));
	CHECK_OK(umount("m"));
}

TEST(remount)
{
	CHECK_ERRNO(mount(NULL, "m", NULL, MS_REMOUNT, NULL), EINVAL); /* nothing is mounted there */
	CHECK_OK(mount("none", "m", "tmpfs", 0, "size=1m"));
	close(make_file("m/f", "x"));
	CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	CHECK_ERRNO(open("m/f", O_WRONLY), EROFS);
	CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT, "size=2m"));
	struct statvfs fs;
	CHECK_OK(statvfs("m", &fs));
	CHECK_EQ(fs.f_blocks * fs.f_frsize, 2 << 20);
	int fd = open("m/f", O_WRONLY);
	CHECK_OK(fd);
	CHECK_ERRNO(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY); /* somebody writes */
	close(fd);
	CHECK_OK(mount(NULL, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	CHECK_OK(umount("m"));
}

TEST(bind)
{
	CHECK_OK(mkdir("a", 0755));
	CHECK_OK(mkdir("a/sub", 0755));
	CHECK_OK(mkdir("b", 0755));
	close(make_file("a/f", "x"));
	CHECK_ERRNO(mount("none-there", "b", NULL, MS_BIND, NULL), ENOENT);
	CHECK_ERRNO(mount("a/f", "b", NULL, MS_BIND, NULL), ENOTDIR);
	CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
	CHECK_EQ(inode("b/f"), inode("a/f"));
	CHECK_EQ(device("b"), device("a"));
	close(make_file("b/g", "y"));
	CHECK_OK(access("a/g", F_OK));
	CHECK_ERRNO(rename("b/f", "a/f2"), EXDEV); /* one file system, two mounts */
	/* This mount alone becomes read-only. */
	CHECK_OK(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	CHECK_ERRNO(mkdir("b/d", 0755), EROFS);
	CHECK_OK(mkdir("a/d", 0755));
	CHECK_OK(umount("b"));
	/* A file over a file. */
	CHECK_OK(mount("a/f", "plain", NULL, MS_BIND, NULL));
	CHECK_EQ(inode("plain"), inode("a/f"));
	CHECK_ERRNO(unlink("plain"), EBUSY);
	CHECK_OK(umount("plain"));
	/* What is mounted below comes along with MS_REC only. */
	CHECK_OK(mount("none", "a/sub", "tmpfs", 0, NULL));
	close(make_file("a/sub/deep", ""));
	CHECK_OK(mount("a", "b", NULL, MS_BIND, NULL));
	CHECK_ERRNO(access("b/sub/deep", F_OK), ENOENT);
	CHECK_OK(umount("b"));
	CHECK_OK(mount("a", "b", NULL, MS_BIND | MS_REC, NULL));
	CHECK_OK(access("b/sub/deep", F_OK));
	CHECK_ERRNO(umount("b"), EBUSY);
	CHECK_OK(umount("b/sub"));
	CHECK_OK(umount("b"));
	CHECK_OK(umount("a/sub"));
}

TEST(move)
{
	CHECK_OK(mount("none", "a", "tmpfs", 0, NULL));
	CHECK_OK(mount(NULL, "a", NULL, MS_PRIVATE, NULL));
	close(make_file("a/here", ""));
	CHECK_ERRNO(mount("m", "b", NULL, MS_MOVE, NULL), EINVAL); /* not a mount */
	CHECK_ERRNO(mount("a", "plain", NULL, MS_MOVE, NULL), EINVAL);
	CHECK_OK(mount("a", "b", NULL, MS_MOVE, NULL));
	CHECK_OK(access("b/here", F_OK));
	CHECK_ERRNO(access("a/here", F_OK), ENOENT);
	CHECK_OK(mkdir("b/below", 0755));
	CHECK_ERRNO(mount("b", "b/below", NULL, MS_MOVE, NULL), ELOOP);
	CHECK_OK(umount("b"));
}

TEST(propagation)
{
	CHECK_OK(mount("none", "a", "tmpfs", 0, NULL));
	CHECK_OK(mkdir("a/d", 0755));
	CHECK_OK(mount(NULL, "a", NULL, MS_PRIVATE | MS_REC, NULL));
	CHECK_ERRNO(mount(NULL, "a/d", NULL, MS_PRIVATE, NULL), EINVAL); /* not a mount */
	CHECK_ERRNO(mount(NULL, "a", NULL, MS_PRIVATE | MS_SHARED, NULL), EINVAL);
	CHECK_OK(umount("a"));
}

TEST_MAIN
