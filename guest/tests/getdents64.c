#include "test.h"

#include <dirent.h>

struct entry { uint64_t ino; int64_t off; unsigned short len; unsigned char type; char name[]; };

int main(void)
{
	char name[32], buf[512];
	CHECK_OK(mkdir("d", 0755));
	for (int i = 0; i < 50; i++) {
		sprintf(name, "d/e%02d", i);
		close(make_file(name, ""));
	}
	CHECK_OK(mkdir("d/sub", 0755));
	CHECK_OK(symlink("x", "d/link"));
	int fd = open("d", O_RDONLY | O_DIRECTORY);
	int seen = 0, dots = 0, dirs = 0, links = 0;
	long n;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0)
		for (long o = 0; o < n;) {
			struct entry *e = (void *)(buf + o);
			CHECK(e->len % 8 == 0);
			if (e->name[0] == '.')
				dots++;
			else if (e->type == DT_REG)
				seen++;
			dirs += e->type == DT_DIR;
			links += e->type == DT_LNK;
			o += e->len;
		}
	CHECK_EQ(n, 0);
	CHECK_EQ(seen, 50);
	CHECK_EQ(dots, 2);
	CHECK_EQ(dirs, 3);
	CHECK_EQ(links, 1);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK(syscall(SYS_getdents64, fd, buf, sizeof buf) > 0);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, buf, 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, BAD_PTR, 512), EFAULT);
	int f = open("d/e00", O_RDONLY);
	CHECK_ERRNO(syscall(SYS_getdents64, f, buf, sizeof buf), ENOTDIR);
	CHECK_ERRNO(syscall(SYS_getdents64, -1, buf, sizeof buf), EBADF);
	/* A removed directory: nothing can be read of it any more. */
	CHECK_OK(mkdir("gone", 0755));
	int g = open("gone", O_RDONLY | O_DIRECTORY);
	CHECK_OK(rmdir("gone"));
	CHECK_ERRNO(syscall(SYS_getdents64, g, buf, sizeof buf), ENOENT);
	/* Removing while reading neither repeats nor loses what stays. */
	lseek(fd, 0, SEEK_SET);
	int removed = 0, left = 0;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0)
		for (long o = 0; o < n;) {
			struct entry *e = (void *)(buf + o);
			if (e->name[0] == 'e' && e->name[2] % 2) {
				CHECK_OK(unlinkat(fd, e->name, 0));
				removed++;
			} else if (e->name[0] == 'e')
				left++;
			o += e->len;
		}
	CHECK_EQ(removed, 25);
	CHECK_EQ(left, 25);
	return test_done();
}
