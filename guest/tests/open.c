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
	return test_done();
}
