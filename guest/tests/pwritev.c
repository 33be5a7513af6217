#include "test.h"
#include <sys/resource.h>

int main(void)
{
	char buf[16];
	struct iovec v[2] = { { "abc", 3 }, { "de", 2 } };
	int fd = make_file("f", "0123456789");
	CHECK_EQ(pwritev(fd, v, 2, 1), 5);
	CHECK_EQ(pread(fd, buf, 16, 0), 10);
	CHECK(!memcmp(buf, "0abcde6789", 10));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_ERRNO(pwritev(fd, v, 2, -1), EINVAL);
	/* Beyond the limit of sizes nothing can be written but nothing; what is appended goes by the file's end. */
	struct iovec none = { buf, 0 };
	int end = open("f", O_WRONLY | O_APPEND);
	signal(SIGXFSZ, SIG_IGN);
	CHECK_OK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 5, RLIM_INFINITY }));
	CHECK_EQ(pwritev(fd, &none, 1, 10), 0);
	CHECK_EQ(pwritev(fd, v, 0, 10), 0);
	CHECK_EQ(pwrite(fd, buf, 0, 10), 0);
	CHECK_ERRNO(pwritev(fd, v, 1, 10), EFBIG);
	CHECK_ERRNO(pwritev(end, v, 1, 0), EFBIG);
	CHECK_EQ(lseek(fd, 10, SEEK_SET), 10);
	CHECK_EQ(write(fd, buf, 0), 0);
	CHECK_EQ(writev(fd, &none, 1), 0);
	CHECK_EQ(pwritev(fd, v, 2, 3), 2);
	return test_done();
}
