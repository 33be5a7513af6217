/* splice(2): all ways between pipes and files, errors, partial results. */
#include "test.h"
#include <sys/eventfd.h>

static char buf[200000];
static int p[2], q[2];

static void fresh(void)
{
	static int open_now;

	if (open_now)
		close(p[0]), close(p[1]), close(q[0]), close(q[1]);
	open_now = 1;
	REQUIRE(pipe(p) == 0 && pipe(q) == 0);
}

TEST(errors)
{
	int f = make_file("f", "0123456789"), a = open("f", O_WRONLY | O_APPEND), dir = open(".", O_RDONLY);
	loff_t off = 0;
	fresh();
	CHECK_EQ(splice(-1, 0, -1, 0, 0, 0), 0);
	CHECK_ERRNO(splice(f, 0, p[1], 0, 5, 16), EINVAL);
	CHECK_ERRNO(splice(-1, 0, p[1], 0, 5, 0), EBADF);
	CHECK_ERRNO(splice(f, 0, -1, 0, 5, 0), EBADF);
	CHECK_ERRNO(splice(f, 0, a, 0, 5, 0), EINVAL);
	int g = make_file("g", "");
	CHECK_ERRNO(splice(f, 0, g, 0, 5, 0), EINVAL);
	CHECK_ERRNO(splice(p[0], &off, q[1], 0, 5, 0), ESPIPE);
	CHECK_ERRNO(splice(p[0], 0, q[1], &off, 5, 0), ESPIPE);
	CHECK_ERRNO(splice(p[1], 0, q[1], 0, 5, 0), EBADF);
	CHECK_ERRNO(splice(p[0], 0, q[0], 0, 5, 0), EBADF);
	CHECK_ERRNO(splice(p[0], 0, p[1], 0, 5, 0), EINVAL);
	CHECK_ERRNO(splice(f, BAD_PTR, p[1], 0, 5, 0), EFAULT);
	CHECK_ERRNO(splice(dir, 0, p[1], 0, 5, 0), EINVAL);
	CHECK_ERRNO(splice(eventfd(1, 0), 0, p[1], 0, 8, 0), EINVAL);
	CHECK_EQ(write(p[1], "abc", 3), 3);
	CHECK_ERRNO(splice(p[0], 0, a, 0, 3, 0), EINVAL);
	CHECK_ERRNO(splice(p[0], 0, eventfd(1, 0), 0, 3, 0), EINVAL);
	off = -1;
	CHECK_ERRNO(splice(f, &off, p[1], 0, 5, 0), EINVAL);
	CHECK_ERRNO(splice(q[0], 0, p[1], 0, 5, SPLICE_F_NONBLOCK), EAGAIN);
	close(f); close(a); close(dir); close(g);
}

TEST(file_to_pipe)
{
	int f = make_file("f", "0123456789");
	loff_t off = 3;
	fresh();
	CHECK_EQ(splice(f, &off, p[1], 0, 4, 0), 4);
	CHECK_EQ(off, 7);
	CHECK_EQ(lseek(f, 0, SEEK_CUR), 0);
	CHECK_EQ(splice(f, 0, p[1], 0, 100, SPLICE_F_MOVE | SPLICE_F_MORE), 10);
	CHECK_EQ(splice(f, 0, p[1], 0, 100, 0), 0);
	CHECK_EQ(lseek(f, 0, SEEK_CUR), 10);
	/* What is written behind it must not reach the file. */
	CHECK_EQ(write(p[1], "zz", 2), 2);
	CHECK_EQ(read(p[0], buf, 100), 16);
	CHECK(!memcmp(buf, "34560123456789zz", 16));
	CHECK_EQ(pread(f, buf, 100, 0), 10);
	/* A hole. */
	CHECK_OK(ftruncate(f, 10000));
	off = 8;
	CHECK_EQ(splice(f, &off, p[1], 0, 10000, 0), 9992);
	CHECK_EQ(read(p[0], buf, 10000), 9992);
	CHECK(buf[0] == '8' && buf[1] == '9' && buf[2] == 0 && buf[9000] == 0);
	/* No more than fits. */
	CHECK_OK(ftruncate(f, 200000));
	off = 0;
	CHECK_EQ(splice(f, &off, p[1], 0, 200000, 0), 65536);
	CHECK_ERRNO(splice(f, &off, p[1], 0, 1, SPLICE_F_NONBLOCK), EAGAIN);
	close(f);
}

TEST(pipe_to_file)
{
	int f = make_file("f", "0123456789");
	loff_t off = 5;
	fresh();
	CHECK_EQ(write(p[1], "abcdef", 6), 6);
	CHECK_EQ(splice(p[0], 0, f, &off, 4, 0), 4);
	CHECK_EQ(off, 9);
	CHECK_EQ(splice(p[0], 0, f, 0, 100, 0), 2);
	CHECK_EQ(lseek(f, 0, SEEK_CUR), 2);
	CHECK_EQ(pread(f, buf, 100, 0), 10);
	CHECK(!memcmp(buf, "ef234abcd9", 10));
	close(p[1]);
	CHECK_EQ(splice(p[0], 0, f, 0, 100, 0), 0);
	close(f);
	p[1] = dup(0);
}

TEST(pipe_to_pipe)
{
	fresh();
	CHECK_EQ(write(p[1], "abcdef", 6), 6);
	CHECK_EQ(splice(p[0], 0, q[1], 0, 4, 0), 4);
	CHECK_EQ(write(q[1], "XY", 2), 2);
	CHECK_EQ(read(q[0], buf, 100), 6);
	CHECK(!memcmp(buf, "abcdXY", 6));
	CHECK_EQ(read(p[0], buf, 100), 2);
	CHECK(!memcmp(buf, "ef", 2));
	memset(buf, 'q', 65536);
	CHECK_EQ(write(p[1], buf, 65536), 65536);
	CHECK_EQ(splice(p[0], 0, q[1], 0, 100000, 0), 65536);
	CHECK_ERRNO(splice(p[0], 0, q[1], 0, 1, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK_EQ(read(q[0], buf, 100000), 65536);
	CHECK(buf[65535] == 'q');
}

TEST(no_reader)
{
	int f = make_file("f", "x");
	fresh();
	signal(SIGPIPE, SIG_IGN);
	close(p[0]);
	CHECK_ERRNO(splice(f, 0, p[1], 0, 1, 0), EPIPE);
	p[0] = dup(0);
	CHECK_EQ(WTERMSIG(IN_CHILD(signal(SIGPIPE, SIG_DFL); splice(f, 0, p[1], 0, 1, 0))), SIGPIPE);
	close(f);
}

TEST(devices)
{
	int null = open("/dev/null", O_WRONLY);
	fresh();
	CHECK_EQ(write(p[1], "abc", 3), 3);
	CHECK_EQ(splice(p[0], 0, null, 0, 100, 0), 3);
	close(null);
}

TEST(waiting)
{
	fresh();
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		_exit(write(p[1], "hello", 5) != 5);
	}
	int f = make_file("f", "");
	CHECK_EQ(splice(p[0], 0, f, 0, 100, 0), 5);
	CHECK_EQ(test_wait(child), 0);
	close(f);
}

TEST_MAIN
