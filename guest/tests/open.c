// open(2): making, what kinds there are, links, rights, each flag.
#include "test.h"

int main(void)
{
	int fd = syscall(SYS_open, "f", O_RDWR | O_CREAT | O_EXCL, 0640);
	CHECK_EQ(fd, 3);
	CHECK_ERRNO(syscall(SYS_open, "f", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
	CHECK_ERRNO(syscall(SYS_open, "none", O_RDONLY), ENOENT);
	CHECK_ERRNO(syscall(SYS_open, "", O_RDONLY), ENOENT);
	CHECK_ERRNO(syscall(SYS_open, "f/x", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(syscall(SYS_open, "f/", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(syscall(SYS_open, ".", O_WRONLY), EISDIR);
	CHECK_ERRNO(syscall(SYS_open, BAD_PTR, O_RDONLY), EFAULT);
	CHECK_ERRNO(syscall(SYS_open, "f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	char name[300];
	memset(name, 'n', 299);
	name[299] = 0;
	CHECK_ERRNO(syscall(SYS_open, name, O_RDONLY), ENAMETOOLONG);
	name[255] = 0;
	CHECK_ERRNO(syscall(SYS_open, name, O_RDONLY), ENOENT);
	char path[5000];
	memset(path, '/', 4999);
	path[4095] = 0;
	CHECK_OK(syscall(SYS_open, path, O_RDONLY));
	path[4095] = '/';
	path[4096] = 0;
	CHECK_ERRNO(syscall(SYS_open, path, O_RDONLY), ENAMETOOLONG);
	umask(027);
	int m = syscall(SYS_open, "g", O_WRONLY | O_CREAT, 0777);
	struct stat st;
	CHECK_OK(fstat(m, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0750);
	CHECK_OK(symlink("f", "l"));
	CHECK_ERRNO(syscall(SYS_open, "l", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_OK(syscall(SYS_open, "l", O_RDONLY));
	CHECK_OK(symlink("loop", "loop"));
	CHECK_ERRNO(syscall(SYS_open, "loop", O_RDONLY), ELOOP);
	CHECK_OK(symlink("newfile", "dangling"));
	CHECK_ERRNO(syscall(SYS_open, "dangling", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
	CHECK_OK(syscall(SYS_open, "dangling", O_CREAT | O_WRONLY, 0600));
	CHECK_OK(access("newfile", F_OK));
	CHECK_EQ(write(fd, "data", 4), 4);
	CHECK_OK(syscall(SYS_open, "f", O_WRONLY | O_TRUNC));
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 0);
	int c = syscall(SYS_open, "f", O_RDONLY | O_CLOEXEC);
	CHECK_EQ(fcntl(c, F_GETFD), FD_CLOEXEC);
	/* Unknown flags and a mode without O_CREAT are ignored. */
	CHECK_OK(syscall(SYS_open, "f", O_RDONLY | 0x8000000, 0xffff));
	/* Access mode 3: for ioctl only. */
	int none = syscall(SYS_open, "f", 3);
	CHECK_OK(none);
	char ch;
	CHECK_ERRNO(read(none, &ch, 1), EBADF);
	CHECK_ERRNO(write(none, &ch, 1), EBADF);
	CHECK_EQ(fcntl(none, F_GETFL) & O_ACCMODE, 3);
	/* Directories. */
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(syscall(SYS_open, "d", O_RDONLY | O_DIRECTORY));
	CHECK_OK(syscall(SYS_open, "d/", O_RDONLY));
	CHECK_ERRNO(syscall(SYS_open, "d", O_RDWR), EISDIR);
	CHECK_ERRNO(syscall(SYS_open, "d", O_RDONLY | O_CREAT, 0600), EISDIR);
	CHECK_ERRNO(syscall(SYS_open, "d", O_RDONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(syscall(SYS_open, "d", O_RDONLY | O_TRUNC), EISDIR);
	CHECK_ERRNO(syscall(SYS_open, "new/", O_WRONLY | O_CREAT, 0600), EISDIR);
	CHECK_ERRNO(syscall(SYS_open, "none/new", O_WRONLY | O_CREAT, 0600), ENOENT);
	CHECK_ERRNO(syscall(SYS_open, "f/new", O_WRONLY | O_CREAT, 0600), ENOTDIR);
	/* Links. */
	CHECK_OK(symlink("d", "ld"));
	CHECK_ERRNO(syscall(SYS_open, "ld", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERRNO(syscall(SYS_open, "ld", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
	CHECK_OK(syscall(SYS_open, "ld/", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	int link = syscall(SYS_open, "ld", O_PATH | O_NOFOLLOW);
	CHECK_OK(fstat(link, &st));
	CHECK(S_ISLNK(st.st_mode));
	/* O_PATH looks at nothing but the way there. */
	CHECK_OK(chmod("f", 0));
	CHECK_OK(chmod(".", 0755));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(syscall(SYS_open, "f", O_RDONLY), EACCES);
		CHECK_ERRNO(syscall(SYS_open, "f", O_RDONLY | O_CREAT, 0600), EACCES);
		CHECK_ERRNO(syscall(SYS_open, "newest", O_WRONLY | O_CREAT, 0600), EACCES);
		CHECK_OK(syscall(SYS_open, "f", O_PATH | O_TRUNC | O_RDWR)); /* which O_PATH makes void */
		CHECK_ERRNO(syscall(SYS_open, "newfile", O_RDONLY | O_NOATIME), EACCES);
	}), 0);
	CHECK_OK(chmod("f", 0444));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_OK(syscall(SYS_open, "f", O_RDONLY));
		CHECK_ERRNO(syscall(SYS_open, "f", O_WRONLY), EACCES);
		CHECK_ERRNO(syscall(SYS_open, "f", O_RDWR), EACCES);
		CHECK_ERRNO(syscall(SYS_open, "f", O_RDONLY | O_TRUNC), EACCES);
		CHECK_ERRNO(syscall(SYS_open, "f", 3), EACCES);
		CHECK_ERRNO(syscall(SYS_open, "f", O_RDONLY | O_NOATIME), EPERM); /* the owner's */
	}), 0);
	/* A mode that forbids everything does not matter to the one who makes the file. */
	umask(0);
	m = syscall(SYS_open, "nothing", O_RDWR | O_CREAT, 0);
	CHECK_EQ(write(m, "x", 1), 1);
	CHECK_OK(fstat(m, &st));
	CHECK_EQ(st.st_mode, S_IFREG);
	m = syscall(SYS_open, "all", O_RDWR | O_CREAT, 07777);
	CHECK_OK(fstat(m, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 07777);
	/* A directory with the set-group-ID bit hands its group on. */
	CHECK_OK(mkdir("sg", 0777));
	CHECK_OK(chown("sg", 0, 77));
	CHECK_OK(chmod("sg", 02777));
	m = syscall(SYS_open, "sg/x", O_RDWR | O_CREAT, 0600);
	CHECK_OK(fstat(m, &st));
	CHECK_EQ(st.st_gid, 77);
	/* FIFOs: without a reader there is nobody to write to. */
	CHECK_OK(mkfifo("p", 0600));
	CHECK_ERRNO(syscall(SYS_open, "p", O_WRONLY | O_NONBLOCK), ENXIO);
	int r = syscall(SYS_open, "p", O_RDONLY | O_NONBLOCK);
	CHECK_OK(r);
	CHECK_OK(syscall(SYS_open, "p", O_WRONLY | O_NONBLOCK));
	close(r);
	pid_t child = test_fork();
	if (child == 0) {
		int w = syscall(SYS_open, "p", O_WRONLY); /* waits for the reader */
		_exit(write(w, "x", 1) != 1);
	}
	r = syscall(SYS_open, "p", O_RDONLY);
	CHECK_EQ(read(r, &ch, 1), 1);
	CHECK_EQ(test_wait(child), 0);
	/* A device that isn't there. */
	CHECK_OK(mknod("dev", S_IFCHR | 0600, 199 << 8 | 9) == 0 || errno == EPERM ? 0 : -1);
	CHECK_ERRNO(syscall(SYS_open, "dev", O_RDONLY), ENXIO);
	/* Status flags. */
	m = syscall(SYS_open, "f2", O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME, 0600);
	CHECK_EQ(fcntl(m, F_GETFL), O_RDWR | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME | 0100000);
	CHECK_EQ(fcntl(m, F_GETFD), 0);
	m = syscall(SYS_open, "f2", O_RDWR | O_DSYNC);
	CHECK_EQ(fcntl(m, F_GETFL), O_RDWR | O_DSYNC | 0100000);
	/* A program that runs can't be written to. */
	CHECK_ERRNO(syscall(SYS_open, "/proc/self/exe", O_WRONLY), ETXTBSY);
	/* O_TMPFILE. */
	CHECK_ERRNO(syscall(SYS_open, ".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
	CHECK_ERRNO(syscall(SYS_open, "f2", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
	CHECK_ERRNO(syscall(SYS_open, "none", O_TMPFILE | O_RDWR, 0600), ENOENT);
	m = syscall(SYS_open, "d", O_TMPFILE | O_RDWR, 0640);
	CHECK_OK(fstat(m, &st));
	CHECK(st.st_nlink == 0 && st.st_mode == (S_IFREG | 0640));
	return test_done();
}
