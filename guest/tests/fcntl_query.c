// F_DUPFD_QUERY (Linux 6.10) and F_CREATED_QUERY (6.12); a file's hint is changed by its owner only (6.8).
// test: skip-oracle
#include "test.h"

#define DUPFD_QUERY 1027
#define CREATED_QUERY 1028

int main(void)
{
	int fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0644), copy, other, place;
	uint64_t hint = 2;

	REQUIRE(fd >= 0);
	copy = dup(fd);
	other = open("f", O_RDWR | O_CREAT, 0644);
	place = open("f", O_PATH);
	CHECK_EQ(fcntl(fd, DUPFD_QUERY, fd), 1);
	CHECK_EQ(fcntl(fd, DUPFD_QUERY, copy), 1);
	CHECK_EQ(fcntl(fd, DUPFD_QUERY, other), 0);
	CHECK_EQ(fcntl(fd, DUPFD_QUERY, place), 0);
	CHECK_EQ(fcntl(place, DUPFD_QUERY, place), 1);
	CHECK_ERRNO(fcntl(fd, DUPFD_QUERY, -1), EBADF);
	CHECK_ERRNO(fcntl(fd, DUPFD_QUERY, 9999), EBADF);
	CHECK_EQ(fcntl(fd, CREATED_QUERY), 1);
	CHECK_EQ(fcntl(copy, CREATED_QUERY), 1);
	CHECK_EQ(fcntl(other, CREATED_QUERY), 0);
	CHECK_EQ(fcntl(place, CREATED_QUERY), 0);
	if (getuid() == 0) {
		chmod(".", 0777);
		chmod("f", 0666);
		CHECK_EQ(IN_CHILD({
			REQUIRE(setresuid(1234, 1234, 1234) == 0);
			CHECK_ERRNO(fcntl(fd, F_SET_RW_HINT, &hint), EPERM);
			CHECK_ERRNO(fcntl(fd, F_SET_RW_HINT, BAD_PTR), EPERM);
		}), 0);
	}
	return test_done();
}
