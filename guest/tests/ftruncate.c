#include "test.h"

int main(void)
{
	char buf[16];
	int fd = make_file("f", "0123456789");
	CHECK_OK(ftruncate(fd, 3));
	CHECK_EQ(pread(fd, buf, 16, 0), 3);
	CHECK_OK(ftruncate(fd, 100000));
	struct stat st;
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 100000);
	int ro = open("f", O_RDONLY);
	CHECK_ERRNO(ftruncate(ro, 0), EINVAL);
	CHECK_ERRNO(ftruncate(-1, 0), EBADF);
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	int p[2];
	CHECK_OK(pipe(p));
	CHECK_ERRNO(ftruncate(p[1], 0), EINVAL);
	/* What is cut off is gone from mappings too: SIGBUS. */
	char *m = mmap(0, 8192, PROT_READ, MAP_SHARED, fd, 0);
	CHECK_EQ(m[5000], 0);
	CHECK_OK(ftruncate(fd, 100));
	CHECK_EQ(IN_CHILD(printf("%d", m[5000])), SIGBUS);
	CHECK_EQ(m[2000], 0);
	return test_done();
}
