#include "test.h"

struct entry { unsigned long ino, off; unsigned short len; char name[]; };

int main(void)
{
	char buf[1024];
	CHECK_OK(mkdir("d", 0755));
	close(make_file("d/file", ""));
	int fd = open("d", O_RDONLY);
	int n = syscall(SYS_getdents, fd, buf, sizeof buf), count = 0;
	for (int o = 0; o < n;) {
		struct entry *e = (void *)(buf + o);
		if (!strcmp(e->name, "file"))
			CHECK_EQ(buf[o + e->len - 1], 8 /* DT_REG */);
		count++;
		o += e->len;
	}
	CHECK_EQ(count, 3);
	CHECK_EQ(syscall(SYS_getdents, fd, buf, sizeof buf), 0);
	CHECK_ERRNO(syscall(SYS_getdents, -1, buf, sizeof buf), EBADF);
	return test_done();
}
