/* fcntl(2): locks of open files (F_OFD_*). */
#include "test.h"

static struct flock lock(short type, off_t start, off_t len)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };
}

TEST(open_file_locks)
{
	int a = make_file("f", "0123456789"), b = open("f", O_RDWR), c = dup(a);
	struct flock l = lock(F_WRLCK, 0, 5);
	CHECK_OK(fcntl(a, F_OFD_SETLK, &l));
	l = lock(F_WRLCK, 2, 5);
	CHECK_ERRNO(fcntl(b, F_OFD_SETLK, &l), EAGAIN);
	CHECK_OK(fcntl(c, F_OFD_SETLK, &l));
	l = lock(F_RDLCK, 0, 0);
	CHECK_OK(fcntl(b, F_OFD_GETLK, &l));
	CHECK_EQ(l.l_type, F_WRLCK);
	CHECK_EQ(l.l_pid, -1);
	CHECK_EQ(l.l_start, 0);
	CHECK_EQ(l.l_len, 7);
	/* They stand in the way of a process's locks, too. */
	l = lock(F_RDLCK, 0, 1);
	CHECK_ERRNO(fcntl(b, F_SETLK, &l), EAGAIN);
	/* A child's copy belongs to the same open file. */
	CHECK_EQ(IN_CHILD({
		struct flock m = lock(F_WRLCK, 0, 100);
		CHECK_OK(fcntl(a, F_OFD_SETLK, &m));
	}), 0);
	l = lock(F_WRLCK, 50, 1);
	CHECK_ERRNO(fcntl(b, F_OFD_SETLK, &l), EAGAIN);
	/* Closing one number keeps them, closing the last ends them. */
	close(c);
	CHECK_ERRNO(fcntl(b, F_OFD_SETLK, &l), EAGAIN);
	close(a);
	CHECK_OK(fcntl(b, F_OFD_SETLK, &l));
	l.l_pid = 1;
	CHECK_ERRNO(fcntl(b, F_OFD_SETLK, &l), EINVAL);
	CHECK_ERRNO(fcntl(b, F_OFD_GETLK, &l), EINVAL);
	close(b);
}

TEST(waiting)
{
	int a = make_file("g", "x"), b = open("g", O_RDWR);
	struct flock l = lock(F_WRLCK, 0, 0);
	CHECK_OK(fcntl(a, F_OFD_SETLK, &l));
	pid_t child = test_fork();
	if (!child) {
		close(a);
		l = lock(F_WRLCK, 0, 0);
		_exit(fcntl(b, F_OFD_SETLKW, &l) != 0);
	}
	usleep(20000);
	close(a);
	CHECK_EQ(test_wait(child), 0);
	close(b);
}

TEST_MAIN
