// readahead(2): who may ask for it, and that nothing but the cache changes.
#include "test.h"

TEST(regular_file)
{
	int fd = make_file("f", "abcdef");
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	CHECK_OK(readahead(fd, 0, 4096));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 2);
	CHECK_OK(readahead(fd, 0, 0));
	CHECK_OK(readahead(fd, 1 << 20, 4096));
	CHECK_OK(readahead(fd, 3, 1 << 20));
	struct stat st;
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 6);
	close(fd);
}

TEST(odd_ranges)
{
	int fd = make_file("g", "abc");
	CHECK_OK(readahead(fd, 0, LONG_MAX));
	CHECK_OK(readahead(fd, LONG_MAX, LONG_MAX));
	CHECK_ERRNO(readahead(fd, 0, (size_t)LONG_MAX + 1), EINVAL);
	CHECK_ERRNO(readahead(fd, 0, SIZE_MAX), EINVAL);
	CHECK_OK(readahead(fd, -1, 1));
	CHECK_OK(readahead(fd, -4096, 4096));
	close(fd);
}

TEST(hole)
{
	int fd = make_file("h", "");
	CHECK_OK(ftruncate(fd, 1 << 20));
	CHECK_OK(readahead(fd, 0, 1 << 20));
	struct stat st;
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_size, 1 << 20);
	close(fd);
}

TEST(not_open_for_reading)
{
	close(make_file("w", "abc"));
	int fd = open("w", O_WRONLY);
	CHECK_ERRNO(readahead(fd, 0, 1), EBADF);
	close(fd);
	fd = open("w", O_PATH);
	CHECK_ERRNO(readahead(fd, 0, 1), EBADF);
	close(fd);
	CHECK_ERRNO(readahead(fd, 0, 1), EBADF);
	CHECK_ERRNO(readahead(-1, 0, 1), EBADF);
}

TEST(other_types)
{
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	CHECK_ERRNO(readahead(fds[0], 0, 1), EINVAL);
	CHECK_ERRNO(readahead(fds[1], 0, 1), EBADF);
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	CHECK_ERRNO(readahead(fd, 0, 1), EINVAL);
	CHECK_ERRNO(readahead(fd, 0, SIZE_MAX), EINVAL);
	close(fd);
	fd = open("/dev/null", O_RDONLY);
	CHECK_ERRNO(readahead(fd, 0, 1), EINVAL);
	close(fd);
}

TEST_MAIN
