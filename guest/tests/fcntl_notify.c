// Directory notification and write hints: F_NOTIFY, F_GET_RW_HINT, F_SET_RW_HINT (fcntl(2)).
// test: timeout=20
#include "test.h"

static sigset_t all;

/* How many signals wait. */
static int signals(void)
{
	struct timespec now = { 0 };
	siginfo_t info;
	int count = 0;

	while (sigtimedwait(&all, &info, &now) > 0) {
		CHECK_EQ(info.si_code, POLL_MSG);
		CHECK_EQ(info.si_band, POLLIN | POLLRDNORM | 0x400);
		count++;
	}
	return count;
}

static int watch(unsigned what)
{
	int fd = open("d", O_RDONLY | O_DIRECTORY);

	CHECK_EQ(fcntl(fd, F_SETSIG, SIGRTMIN + 3), 0);
	CHECK_EQ(fcntl(fd, F_NOTIFY, what), 0);
	return fd;
}

TEST(arguments)
{
	int fd;

	sigemptyset(&all);
	sigaddset(&all, SIGRTMIN + 3);
	REQUIRE(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
	fd = make_file("plain", "x");
	CHECK_ERRNO(fcntl(fd, F_NOTIFY, DN_CREATE), ENOTDIR);
	CHECK_EQ(fcntl(fd, F_NOTIFY, 0), 0);
	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_MULTISHOT), 0);
	close(fd);
	REQUIRE(mkdir("d", 0755) == 0 && mkdir("other", 0755) == 0);
	fd = watch(DN_CREATE);
	CHECK(fcntl(fd, F_GETOWN) == getpid());
	close(fd);
	fd = open("d", O_PATH);
	CHECK_ERRNO(fcntl(fd, F_NOTIFY, DN_CREATE), EBADF);
	close(fd);
}

TEST(one_shot)
{
	int fd = watch(DN_CREATE);

	close(make_file("d/a", "x"));
	CHECK_EQ(signals(), 1);
	close(make_file("d/b", "x"));
	CHECK_EQ(signals(), 0);
	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_CREATE), 0);
	CHECK_EQ(fcntl(fd, F_NOTIFY, 0), 0);
	close(make_file("d/c", "x"));
	CHECK_EQ(signals(), 0);
	close(fd);
}

TEST(kinds)
{
	int fd = watch(DN_MULTISHOT | DN_CREATE | DN_DELETE), file;
	char byte;

	REQUIRE(mkdir("d/sub", 0755) == 0);
	CHECK_EQ(signals(), 1);
	rmdir("d/sub");
	CHECK_EQ(signals(), 1);
	unlink("d/b");
	CHECK_EQ(signals(), 1);
	/* Out of the directory, and into it. */
	rename("d/a", "other/a");
	CHECK_EQ(signals(), 1);
	rename("other/a", "d/a");
	CHECK_EQ(signals(), 1);
	rename("d/a", "d/a2");
	CHECK_EQ(signals(), 2);
	rename("d/a2", "d/a");
	CHECK_EQ(signals(), 2);
	chmod("d/a", 0600);
	CHECK_EQ(signals(), 0);
	close(fd);
	unlink("d/c");
	CHECK_EQ(signals(), 0);

	fd = watch(DN_MULTISHOT | DN_RENAME);
	rename("d/a", "d/a2");
	CHECK_EQ(signals(), 1);
	/* Neither out of it nor into it. */
	rename("d/a2", "other/a");
	CHECK_EQ(signals(), 0);
	rename("other/a", "d/a");
	CHECK_EQ(signals(), 0);
	close(fd);

	fd = watch(DN_MULTISHOT | DN_ACCESS);
	file = open("d/a", O_RDWR);
	CHECK_EQ(signals(), 0);
	CHECK_EQ(read(file, &byte, 1), 1);
	CHECK_EQ(signals(), 1);
	CHECK_EQ(write(file, "y", 1), 1);
	CHECK_EQ(signals(), 0);
	/* Asking again adds. */
	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_MODIFY), 0);
	CHECK_EQ(write(file, "y", 1), 1);
	CHECK_EQ(signals(), 1);
	CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
	CHECK_EQ(read(file, &byte, 1), 1);
	CHECK_EQ(signals(), 1);
	close(file);
	close(fd);

	fd = watch(DN_MULTISHOT | DN_ATTRIB);
	chmod("d/a", 0644);
	CHECK_EQ(signals(), 1);
	chmod("d", 0700);
	CHECK_EQ(signals(), 1);
	close(fd);
	CHECK_EQ(signals(), 0);
}

TEST(closing_any_descriptor_ends_it)
{
	int fd = watch(DN_MULTISHOT | DN_CREATE), other = dup(fd);

	close(other);
	close(make_file("d/z", "x"));
	CHECK_EQ(signals(), 0);
	close(fd);
}

TEST(write_hints)
{
	uint64_t hint = 99;
	int fd = make_file("hinted", "x"), other;

	CHECK_EQ(fcntl(fd, F_GET_RW_HINT, &hint), 0);
	CHECK_EQ(hint, 0);
	hint = 3;
	CHECK_EQ(fcntl(fd, F_SET_RW_HINT, &hint), 0);
	other = open("hinted", O_RDONLY);
	hint = 99;
	CHECK_EQ(fcntl(other, F_GET_RW_HINT, &hint), 0);
	CHECK_EQ(hint, 3);
	hint = 6;
	CHECK_ERRNO(fcntl(fd, F_SET_RW_HINT, &hint), EINVAL);
	hint = 0x100000001;
	CHECK_ERRNO(fcntl(fd, F_SET_RW_HINT, &hint), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_SET_RW_HINT, BAD_PTR), EFAULT);
	CHECK_ERRNO(fcntl(fd, F_GET_RW_HINT, BAD_PTR), EFAULT);
	for (hint = 0; hint <= 5; hint++)
		CHECK_EQ(fcntl(fd, F_SET_RW_HINT, &hint), 0);
	close(fd);
	close(other);
}

TEST_MAIN
