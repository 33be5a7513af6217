#include "test.h"

int main(void)
{
	int p[2], n;
	char buf[70000];
	CHECK_OK(syscall(SYS_pipe, p));
	CHECK_EQ(write(p[1], "hello", 5), 5);
	CHECK_OK(ioctl(p[0], FIONREAD, &n));
	CHECK_EQ(n, 5);
	CHECK_EQ(read(p[0], buf, 3), 3);
	CHECK_EQ(read(p[0], buf, 100), 2);
	CHECK_ERRNO(read(p[1], buf, 1), EBADF);
	CHECK_ERRNO(write(p[0], buf, 1), EBADF);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	CHECK_ERRNO(read(p[0], buf, 1), EAGAIN);
	memset(buf, 'x', sizeof buf);
	CHECK_EQ(write(p[1], buf, 70000), 65536);
	CHECK_ERRNO(write(p[1], buf, 1), EAGAIN);
	CHECK_EQ(read(p[0], buf, 4096), 4096);
	CHECK_EQ(write(p[1], buf, 4096), 4096);
	close(p[1]);
	int got = 0;
	while ((n = read(p[0], buf, sizeof buf)) > 0)
		got += n;
	CHECK_EQ(n, 0);
	CHECK_EQ(got, 65536);
	/* Through a child, more than the pipe holds. */
	CHECK_OK(pipe(p));
	pid_t child = fork();
	if (child == 0) {
		close(p[0]);
		for (int i = 0; i < 100; i++)
			if (write(p[1], buf, 10000) != 10000)
				_exit(1);
		_exit(0);
	}
	close(p[1]);
	for (got = 0; (n = read(p[0], buf, 7777)) > 0;)
		got += n;
	CHECK_EQ(got, 1000000);
	int st;
	CHECK_EQ(waitpid(child, &st, 0), child);
	CHECK_EQ(st, 0);
	CHECK_ERRNO(syscall(SYS_pipe, BAD_PTR), EFAULT);
	return test_done();
}
