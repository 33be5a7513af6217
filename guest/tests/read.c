#include "test.h"

int main(void)
{
	char buf[16];
	int fd = make_file("f", "hello world");
	CHECK_EQ(read(fd, buf, 5), 5);
	CHECK(!memcmp(buf, "hello", 5));
	CHECK_EQ(read(fd, buf, 16), 6);
	CHECK_EQ(read(fd, buf, 16), 0);
	CHECK_EQ(read(fd, buf, 0), 0);
	CHECK_ERRNO(read(-1, buf, 1), EBADF);
	CHECK_ERRNO(read(99, BAD_PTR, 1), EBADF);
	lseek(fd, 0, SEEK_SET);
	CHECK_ERRNO(read(fd, BAD_PTR, 4), EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_ERRNO(read(fd, (void *)0xffff800000000000, 4), EFAULT);
	int dir = open(".", O_RDONLY | O_DIRECTORY);
	CHECK_ERRNO(read(dir, buf, 1), EISDIR);
	int wo = open("f", O_WRONLY);
	CHECK_ERRNO(read(wo, buf, 1), EBADF);
	int path = open("f", O_PATH);
	CHECK_ERRNO(read(path, buf, 1), EBADF);
	/* A count that reaches beyond user space. */
	CHECK_ERRNO(syscall(SYS_read, fd, buf, (size_t)-1), EFAULT);
	/* A buffer of which only the first page is there: a partial result. */
	char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(p + 4096, 4096);
	lseek(fd, 0, SEEK_SET);
	CHECK_EQ(read(fd, p + 4096 - 3, 11), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 3);
	return test_done();
}
