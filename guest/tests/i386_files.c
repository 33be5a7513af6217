/* Files as the oldest 32-bit calls know them: old structures, halves of positions, no O_LARGEFILE.
 * test: cflags=-m32 */
#include "test.h"
#include <dirent.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

struct old_stat {
	uint16_t dev, ino, mode, nlink, uid, gid, rdev, pad;
	uint32_t size, atime, mtime, ctime;
};

/* struct stat of the kernel (106) and struct stat64 (195). */
struct stat32 {
	uint32_t dev, ino;
	uint16_t mode, nlink, uid, gid;
	uint32_t rdev, size, blksize, blocks, times[6], unused[2];
};
struct stat64_ia32 {
	uint64_t dev;
	uint32_t pad, short_ino, mode, nlink, uid, gid;
	uint64_t rdev;
	uint32_t pad3;
	int64_t size;
	uint32_t blksize;
	uint64_t blocks;
	uint32_t times[6];
	uint64_t ino;
} __attribute__((packed));

static int sized_file(const char *name, int size)
{
	int fd = syscall(SYS_open, name, O_RDWR | O_CREAT | O_TRUNC, 0640);
	REQUIRE(fd >= 0);
	for (int i = 0; i < size; i++)
		REQUIRE(write(fd, "x", 1) == 1);
	return fd;
}

static void check_old(int result, const struct old_stat *st, unsigned mode, unsigned size)
{
	/* An inode's number may not fit. */
	if (result < 0) {
		CHECK_EQ(errno, EOVERFLOW);
		return;
	}
	CHECK_EQ(st->mode, mode);
	CHECK_EQ(st->size, size);
	CHECK_EQ(st->nlink, 1);
	CHECK_EQ(st->pad, 0);
	CHECK(st->mtime > 1577836800u);
}

TEST(oldstat)
{
	struct old_stat st;
	close(sized_file("old", 5));
	check_old(syscall(SYS_oldstat, "old", &st), &st, S_IFREG | 0640, 5);
	CHECK_ERRNO(syscall(SYS_oldstat, "nothing", &st), ENOENT);
	CHECK_ERRNO(syscall(SYS_oldstat, BAD_PTR, &st), EFAULT);
}

TEST(oldlstat)
{
	struct old_stat st;
	REQUIRE(symlink("old", "link") == 0);
	check_old(syscall(SYS_oldlstat, "link", &st), &st, S_IFLNK | 0777, 3);
}

TEST(oldfstat)
{
	struct old_stat st;
	int fd = sized_file("old", 7);
	check_old(syscall(SYS_oldfstat, fd, &st), &st, S_IFREG | 0640, 7);
	CHECK_ERRNO(syscall(SYS_oldfstat, -1, &st), EBADF);
	close(fd);
}

TEST(stat)
{
	struct stat32 st = { .unused = { 1, 2 } };
	struct stat64_ia32 wide;
	close(sized_file("new", 9));
	CHECK_OK(syscall(SYS_stat64, "new", &wide));
	CHECK_EQ(wide.size, 9);
	CHECK_EQ(wide.mode, S_IFREG | 0640);
	CHECK_EQ(wide.short_ino, (uint32_t)wide.ino);
	CHECK_EQ(wide.uid, getuid());
	int result = syscall(SYS_stat, "new", &st);
	if (result < 0 && errno == EOVERFLOW && wide.ino >> 32)
		return;
	CHECK_EQ(result, 0);
	CHECK_EQ(st.size, 9);
	CHECK_EQ(st.mode, S_IFREG | 0640);
	CHECK_EQ(st.ino, wide.short_ino);
	CHECK_EQ(st.uid, getuid());
	CHECK_EQ(st.unused[0] | st.unused[1], 0);
}

TEST(fstatat64)
{
	struct stat64_ia32 st;
	CHECK_OK(syscall(SYS_fstatat64, AT_FDCWD, "link", &st, 0));
	CHECK_EQ(st.mode, S_IFREG | 0640);
	CHECK_OK(syscall(SYS_fstatat64, AT_FDCWD, "link", &st, AT_SYMLINK_NOFOLLOW));
	CHECK_EQ(st.mode, S_IFLNK | 0777);
	CHECK_ERRNO(syscall(SYS_fstatat64, AT_FDCWD, "new", &st, 0x1), EINVAL);
	CHECK_ERRNO(syscall(SYS_fstatat64, AT_FDCWD, "", &st, 0), ENOENT);
	CHECK_OK(syscall(SYS_fstatat64, AT_FDCWD, "", &st, AT_EMPTY_PATH));
	CHECK_EQ(st.mode & S_IFMT, S_IFDIR);
}

TEST(statfs64)
{
	uint32_t buf[21 + 1];
	buf[21] = 0xdeadbeef;
	CHECK_OK(syscall(SYS_statfs64, ".", 84, buf));
	CHECK_EQ(buf[21], 0xdeadbeef);
	CHECK(buf[1] != 0);
	CHECK_ERRNO(syscall(SYS_statfs64, ".", 88, buf), EINVAL);
	CHECK_ERRNO(syscall(SYS_fstatfs64, 0, 64, buf), EINVAL);
	CHECK_ERRNO(syscall(SYS_fstatfs64, -1, 84, buf), EBADF);
	CHECK_OK(syscall(SYS_fstatfs64, 0, 84, buf));
}

TEST(readdir)
{
	struct {
		uint32_t ino, off;
		uint16_t len;
		char name[257];
	} __attribute__((packed)) entry;
	REQUIRE(mkdir("dir", 0700) == 0);
	REQUIRE(close(syscall(SYS_creat, "dir/one", 0600)) == 0);
	int fd = syscall(SYS_open, "dir", O_RDONLY | O_DIRECTORY);
	int seen = 0, n;
	while ((n = syscall(SYS_readdir, fd, &entry, 1)) == 1) {
		CHECK_EQ(entry.len, strlen(entry.name));
		seen += strcmp(entry.name, "one") == 0 ? 100 : 1;
	}
	if (n < 0 && errno == EOVERFLOW)
		seen = 102;
	CHECK_EQ(seen, 102);
	CHECK_ERRNO(syscall(SYS_readdir, -1, &entry, 1), EBADF);
	CHECK_ERRNO(syscall(SYS_readdir, 0, &entry, 1), ENOTDIR);
	close(fd);
}

TEST(getdents)
{
	char buf[512];
	int fd = syscall(SYS_open, "dir", O_RDONLY | O_DIRECTORY);
	int n = syscall(SYS_getdents, fd, buf, sizeof(buf)), count = 0;
	if (n < 0 && errno == EOVERFLOW)
		return;
	for (int at = 0; at < n; count++) {
		uint16_t len;
		memcpy(&len, buf + at + 8, 2);
		CHECK_EQ(len % 4, 0);
		if (strcmp(buf + at + 10, "one") == 0)
			CHECK_EQ(buf[at + len - 1], DT_REG);
		at += len;
	}
	CHECK_EQ(count, 3);
	CHECK_EQ(syscall(SYS_lseek, fd, 0, SEEK_SET), 0);
	CHECK_ERRNO(syscall(SYS_getdents, fd, buf, 4), EINVAL);
	close(fd);
}

TEST(_llseek)
{
	int fd = sized_file("seek", 3);
	int64_t at = -1;
	CHECK_OK(syscall(SYS__llseek, fd, 1, 5, &at, SEEK_SET));
	CHECK_EQ(at, (1LL << 32) + 5);
	CHECK_OK(syscall(SYS__llseek, fd, -1, -5, &at, SEEK_CUR));
	CHECK_EQ(at, 1LL << 32);
	CHECK_ERRNO(syscall(SYS__llseek, fd, -1, -1, &at, SEEK_SET), EINVAL);
	CHECK_ERRNO(syscall(SYS__llseek, fd, 0, 0, &at, 9), EINVAL);
	CHECK_ERRNO(syscall(SYS__llseek, fd, 0, 2, BAD_PTR, SEEK_SET), EFAULT);
	/* It has been moved all the same. */
	CHECK_EQ(syscall(SYS_lseek, fd, 0, SEEK_CUR), 2);
	CHECK_ERRNO(syscall(SYS__llseek, -1, 0, 0, &at, 9), EBADF);
	close(fd);
}

TEST(open)
{
	int fd = syscall(SYS_open, "flags", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(fcntl(fd, F_GETFL) & 0100000, 0);
	CHECK_ERRNO(syscall(SYS_ftruncate, fd, -1), EINVAL);
	/* Nor by the call that could say it. */
	CHECK_ERRNO(syscall(SYS_ftruncate64, fd, 0x80000000, 0), EINVAL);
	CHECK_OK(syscall(SYS_truncate64, "flags", 0x80000000, 0));
	/* There nothing is written, and the file can't be opened any more. */
	CHECK_EQ(syscall(SYS_pwrite64, fd, "ab", 2, 0x7ffffffe, 0), 1);
	CHECK_ERRNO(syscall(SYS_pwrite64, fd, "ab", 2, 0x7fffffff, 0), EFBIG);
	/* tmpfs looks at that since Linux 6.6. */
	struct utsname uts;
	REQUIRE(uname(&uts) == 0);
	if (strncmp(uts.release, "6.1.", 4) != 0) {
		CHECK_ERRNO(syscall(SYS_open, "flags", O_RDONLY), EOVERFLOW);
		CHECK_ERRNO(syscall(SYS_openat, AT_FDCWD, "flags", O_RDONLY), EOVERFLOW);
	}
	CHECK_OK(close(syscall(SYS_open, "flags", O_RDONLY | 0100000)));
	close(fd);
	fd = syscall(SYS_open, "flags", O_RDWR | 0100000);
	CHECK_EQ(fcntl(fd, F_GETFL) & 0100000, 0100000);
	CHECK_EQ(syscall(SYS_pwrite64, fd, "ab", 2, 0x7fffffff, 0), 2);
	close(fd);
	fd = syscall(SYS_creat, "flags", 0600);
	CHECK_EQ(fcntl(fd, F_GETFL) & 0100000, 0100000);
	close(fd);
	struct stat64_ia32 st;
	CHECK_OK(syscall(SYS_stat64, "flags", &st));
	CHECK_EQ(st.size, 0);
}

TEST(sendfile)
{
	int fd = sized_file("from", 9), out = sized_file("to", 0);
	int32_t at = 4;
	CHECK_EQ(syscall(SYS_sendfile, out, fd, &at, 100), 5);
	CHECK_EQ(at, 9);
	at = -1;
	CHECK_ERRNO(syscall(SYS_sendfile, out, fd, &at, 100), EINVAL);
	CHECK_ERRNO(syscall(SYS_sendfile, out, fd, BAD_PTR, 100), EFAULT);
	at = 0x7fffffff;
	CHECK_ERRNO(syscall(SYS_sendfile, out, fd, &at, 1), EOVERFLOW);
	int64_t wide = 3;
	CHECK_EQ(syscall(SYS_sendfile64, out, fd, &wide, 2), 2);
	CHECK_EQ(wide, 5);
	close(fd);
	close(out);
}

TEST(fcntl)
{
	struct {
		int16_t type, whence;
		int32_t start, len, pid;
	} lock = { F_WRLCK, SEEK_SET, 10, 5, 0 };
	struct {
		int16_t type, whence;
		int64_t start, len;
		int32_t pid;
	} __attribute__((packed)) wide = { F_WRLCK, SEEK_SET, 1LL << 32, 0, 0 };
	int fd = sized_file("lock", 0);
	/* F_SETLK, F_SETLK64, F_GETLK, F_GETLK64 of the kernel: glibc calls them otherwise. */
	CHECK_OK(syscall(SYS_fcntl64, fd, 6, &lock));
	CHECK_OK(syscall(SYS_fcntl, fd, 13, &wide));
	pid_t child = fork();
	if (child == 0) {
		lock.start = 0;
		CHECK_OK(syscall(SYS_fcntl, fd, 5, &lock));
		CHECK_EQ(lock.type, F_UNLCK);
		lock.type = F_WRLCK;
		lock.len = 12;
		CHECK_OK(syscall(SYS_fcntl64, fd, 5, &lock));
		CHECK_EQ(lock.type, F_WRLCK);
		CHECK_EQ(lock.start, 10);
		CHECK_EQ(lock.len, 5);
		CHECK_EQ(lock.pid, getppid());
		wide.type = F_RDLCK;
		wide.start += 7;
		CHECK_OK(syscall(SYS_fcntl64, fd, 12, &wide));
		CHECK_EQ(wide.type, F_WRLCK);
		CHECK_EQ(wide.start, 1LL << 32);
		/* What begins beyond 2 GiB can't be told. */
		lock.type = F_RDLCK;
		lock.start = 0x7fffffff;
		lock.len = 0;
		CHECK_ERRNO(syscall(SYS_fcntl64, fd, 5, &lock), EOVERFLOW);
		_exit(test_done());
	}
	int status = -1;
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_ERRNO(syscall(SYS_fcntl64, -1, 5, &lock), EBADF);
	close(fd);
}

TEST(fadvise64_64)
{
	int fd = sized_file("advice", 3);
	/* The C library's is posix_fadvise64: fd, offset and length in halves, advice. */
	CHECK_OK(syscall(SYS_fadvise64_64, fd, 0, 0, 0, 1, 3));
	CHECK_ERRNO(syscall(SYS_fadvise64_64, fd, 0, 0, -1, -1, 3), EINVAL);
	CHECK_ERRNO(syscall(SYS_fadvise64_64, fd, 0, 0, 0, 0, 77), EINVAL);
	CHECK_ERRNO(syscall(SYS_fadvise64_64, -1, 0, 0, 0, 0, 3), EBADF);
	close(fd);
}

TEST(umount)
{
	CHECK_ERRNO(syscall(SYS_umount, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_umount, "nothing"), ENOENT);
}

TEST_MAIN
