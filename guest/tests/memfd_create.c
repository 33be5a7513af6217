/* memfd_create(2) and seals (fcntl(2), "File Sealing"). */
#include "test.h"

TEST(creation)
{
	char name[300], link[300], path[64];
	struct stat st;
	memset(name, 'n', 299);
	name[299] = 0;
	CHECK_ERRNO(memfd_create(name, 0), EINVAL);
	name[250] = 0;
	CHECK_ERRNO(memfd_create(name, 0), EINVAL);
	name[249] = 0;
	int fd = memfd_create(name, MFD_CLOEXEC);
	REQUIRE(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	CHECK_ERRNO(memfd_create("a", 0x100), EINVAL);
	CHECK_ERRNO(memfd_create(BAD_PTR, 0), EFAULT);
	fd = memfd_create("a/b", 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	CHECK_OK(fstat(fd, &st));
	CHECK_EQ(st.st_mode, S_IFREG | 0777);
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(st.st_size, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = 0;
	CHECK_STREQ(link, "/memfd:a/b (deleted)");
	CHECK_EQ(write(fd, "hello", 5), 5);
	int again = open(path, O_RDONLY);
	CHECK_EQ(read(again, name, 10), 5);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
	close(fd);
	close(again);
}

TEST(sizes)
{
	char buf[9000] = "";
	int fd = memfd_create("s", MFD_ALLOW_SEALING);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
	CHECK_OK(ftruncate(fd, 6000));
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	CHECK_ERRNO(ftruncate(fd, 5999), EPERM);
	CHECK_OK(ftruncate(fd, 6000));
	CHECK_OK(ftruncate(fd, 6001));
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW);
	CHECK_ERRNO(ftruncate(fd, 6002), EPERM);
	CHECK_EQ(pwrite(fd, buf, 6001, 0), 6001);
	CHECK_EQ(pwrite(fd, buf, 9000, 0), 4096);
	CHECK_ERRNO(pwrite(fd, buf, 10, 6000), EPERM);
	CHECK_EQ(pwrite(fd, buf, 1, 6000), 1);
	CHECK_ERRNO(fallocate(fd, 0, 0, 7000), EPERM);
	CHECK_OK(fallocate(fd, 0, 0, 6000));
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	close(fd);
}

TEST(writes)
{
	int fd = memfd_create("w", MFD_ALLOW_SEALING);
	CHECK_EQ(write(fd, "hello", 5), 5);
	char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
	munmap(p, 4096);
	p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	p[0] = 'J';
	munmap(p, 4096);
	CHECK_ERRNO(write(fd, "x", 1), EPERM);
	CHECK_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4), EPERM);
	CHECK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EPERM);
	p = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(!memcmp(p, "hello", 5));
	munmap(p, 4096);
	CHECK_OK(ftruncate(fd, 10000));
	close(fd);
}

TEST(future_writes)
{
	int fd = memfd_create("f", MFD_ALLOW_SEALING);
	CHECK_OK(ftruncate(fd, 4096));
	char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK_OK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	p[0] = 'a';
	CHECK_ERRNO(write(fd, "x", 1), EPERM);
	CHECK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EPERM);
	char *q = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(q != MAP_FAILED);
	CHECK_EQ(q[0], 'a');
	CHECK_ERRNO(mprotect(q, 4096, PROT_READ | PROT_WRITE), EACCES);
	close(fd);
}

TEST(errors)
{
	char path[64];
	int fd = memfd_create("e", MFD_ALLOW_SEALING), p[2];
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, 0x100), EINVAL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK_ERRNO(fcntl(open(path, O_RDONLY), F_ADD_SEALS, F_SEAL_GROW), EPERM);
	REQUIRE(pipe(p) == 0);
	CHECK_ERRNO(fcntl(p[1], F_ADD_SEALS, F_SEAL_GROW), EINVAL);
	CHECK_ERRNO(fcntl(p[1], F_GET_SEALS), EINVAL);
}

TEST_MAIN
