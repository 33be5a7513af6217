#include "test.h"

int main(void)
{
	char buf[16];
	int fd = make_file("f", "");
	CHECK_EQ(write(fd, "hello", 5), 5);
	CHECK_EQ(write(fd, " world", 6), 6);
	CHECK_EQ(write(fd, "", 0), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 11);
	CHECK_ERRNO(write(-1, "x", 1), EBADF);
	CHECK_ERRNO(write(fd, BAD_PTR, 4), EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 11);
	int ro = open("f", O_RDONLY);
	CHECK_ERRNO(write(ro, "x", 1), EBADF);
	CHECK_EQ(pread(ro, buf, 16, 0), 11);
	CHECK(!memcmp(buf, "hello world", 11));
	int app = open("f", O_WRONLY | O_APPEND);
	lseek(app, 0, SEEK_SET);
	CHECK_EQ(write(app, "!", 1), 1);
	CHECK_EQ(lseek(app, 0, SEEK_CUR), 12);
	/* Past the end: a hole that reads as zeros. */
	lseek(fd, 5000, SEEK_SET);
	CHECK_EQ(write(fd, "z", 1), 1);
	CHECK_EQ(pread(fd, buf, 4, 4998), 3);
	CHECK(buf[0] == 0 && buf[1] == 0 && buf[2] == 'z');
	struct stat st;
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 5001);
	/* Nobody reads: SIGPIPE, or EPIPE when it is ignored. */
	int p[2];
	CHECK_OK(pipe(p));
	close(p[0]);
	CHECK_EQ(IN_CHILD(write(p[1], "x", 1)), SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	CHECK_ERRNO(write(p[1], "x", 1), EPIPE);
	/* RLIMIT_FSIZE */
	int st2 = IN_CHILD({
		struct { unsigned long a, b; } lim = { 6000, 6000 };
		CHECK_OK(syscall(SYS_prlimit64, 0, 1 /* RLIMIT_FSIZE */, &lim, 0));
		CHECK_EQ(pwrite(fd, buf, 10, 5995), 5);
		pwrite(fd, buf, 10, 6000);
	});
	CHECK_EQ(st2, SIGXFSZ);
	return test_done();
}
