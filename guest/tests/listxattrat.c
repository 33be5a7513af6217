/* listxattrat(2), with the others of its family. */
/* test: skip-oracle guest-only, needs Linux 6.13 and root */
#include "test.h"

struct args {
	uint64_t value;
	uint32_t size, flags;
	char more[8];
};

static long set(int dfd, const char *path, unsigned at, const char *name, struct args *a, size_t n)
{
	return syscall(463, dfd, path, at, name, a, n);
}

static long get(int dfd, const char *path, unsigned at, const char *name, struct args *a, size_t n)
{
	return syscall(464, dfd, path, at, name, a, n);
}

static long list(int dfd, const char *path, unsigned at, char *to, size_t n)
{
	return syscall(465, dfd, path, at, to, n);
}

static long take(int dfd, const char *path, unsigned at, const char *name)
{
	return syscall(466, dfd, path, at, name);
}

int main(void)
{
	char buf[100];
	struct args a = { (uintptr_t)"abc", 3, 0, "" }, b = { (uintptr_t)buf, 100, 0, "" };
	int fd = make_file("f", ""), dir = open(".", O_RDONLY);
	REQUIRE(symlink("f", "l") == 0);
	CHECK_OK(set(dir, "f", 0, "trusted.a", &a, 16));
	CHECK_OK(set(fd, "", AT_EMPTY_PATH, "trusted.b", &a, 24));
	CHECK_OK(set(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, "trusted.c", &a, 16));
	CHECK_ERRNO(set(dir, "f", 1, "trusted.a", &a, 16), EINVAL);
	CHECK_ERRNO(set(dir, "f", 0, "trusted.a", &a, 15), EINVAL);
	CHECK_ERRNO(set(dir, "f", 0, "trusted.a", &a, 4097), E2BIG);
	a.more[3] = 1;
	CHECK_ERRNO(set(dir, "f", 0, "trusted.a", &a, 24), E2BIG);
	CHECK_ERRNO(set(dir, "", 0, "trusted.a", &a, 16), ENOENT);
	CHECK_EQ(get(dir, "f", 0, "trusted.a", &b, 16), 3);
	CHECK_EQ(get(fd, NULL, AT_EMPTY_PATH, "trusted.b", &b, 16), 3);
	CHECK_ERRNO(get(dir, "l", AT_SYMLINK_NOFOLLOW, "trusted.a", &b, 16), ENODATA);
	b.flags = 1;
	CHECK_ERRNO(get(dir, "f", 0, "trusted.a", &b, 16), EINVAL);
	CHECK_EQ(list(dir, "f", 0, buf, 100), 20);
	CHECK_EQ(list(dir, "l", AT_SYMLINK_NOFOLLOW, buf, 100), 10);
	CHECK_ERRNO(list(dir, "f", 2, buf, 100), EINVAL);
	CHECK_ERRNO(list(-1, "f", 0, buf, 100), EBADF);
	CHECK_OK(take(fd, "", AT_EMPTY_PATH, "trusted.a"));
	CHECK_ERRNO(take(fd, "", AT_EMPTY_PATH, "trusted.a"), ENODATA);
	CHECK_ERRNO(take(dir, "f", AT_REMOVEDIR, "trusted.b"), EINVAL);
	return test_done();
}
