#include "test.h"

int main(void)
{
	int fd = make_file("f", "abcdef");
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	int copy = dup(fd);
	CHECK_EQ(copy, fd + 1);
	CHECK_EQ(fcntl(copy, F_GETFD), 0);
	lseek(fd, 3, SEEK_SET);
	CHECK_EQ(lseek(copy, 0, SEEK_CUR), 3);
	CHECK_OK(close(fd));
	char c;
	CHECK_EQ(read(copy, &c, 1), 1);
	CHECK(c == 'd');
	CHECK_ERRNO(dup(fd), EBADF);
	CHECK_ERRNO(dup(-1), EBADF);
	struct { unsigned long cur, max; } lim = { 5, 5 };
	CHECK_EQ(IN_CHILD({
		CHECK_OK(syscall(SYS_prlimit64, 0, 7 /* RLIMIT_NOFILE */, &lim, 0));
		while (dup(copy) >= 0)
			;
		CHECK_EQ(errno, EMFILE);
	}), 0);
	return test_done();
}
