// bind(2): paths, abstract names, names that are found; what is in the way, and who may.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static socklen_t name(struct sockaddr_un *addr, const char *text, size_t len)
{
	memset(addr, 0, sizeof *addr);
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, text, len);
	return offsetof(struct sockaddr_un, sun_path) + len;
}

static int bind_to(int s, const char *text, size_t len)
{
	struct sockaddr_un addr;
	socklen_t size = name(&addr, text, len);

	return bind(s, (void *)&addr, size);
}

TEST(a_path)
{
	struct sockaddr_un addr;
	struct stat st;
	socklen_t len = sizeof addr;
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	umask(027);
	CHECK_OK(bind_to(s, "sock", 4));
	umask(022);
	CHECK_OK(lstat("sock", &st));
	CHECK_EQ(st.st_mode, S_IFSOCK | 0750);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_ERRNO(open("sock", O_RDWR), ENXIO);
	CHECK_ERRNO(open("sock", O_RDONLY), ENXIO);
	CHECK_OK(getsockname(s, (void *)&addr, &len));
	CHECK_EQ(len, offsetof(struct sockaddr_un, sun_path) + 5);
	CHECK_STREQ(addr.sun_path, "sock");
	/* The file stays, and is in the way. */
	close(s);
	CHECK_OK(lstat("sock", &st));
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(bind_to(s, "sock", 5), EADDRINUSE);
	CHECK_OK(unlink("sock"));
	CHECK_OK(bind_to(s, "sock", 5));
	close(s);
	unlink("sock");
}

TEST(mode_of_the_socket)
{
	struct stat st;
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK_OK(fchmod(s, 0600));
	umask(0);
	CHECK_OK(bind_to(s, "sock", 4));
	umask(022);
	CHECK_OK(lstat("sock", &st));
	CHECK_EQ(st.st_mode, S_IFSOCK | 0600);
	close(s);
	unlink("sock");
}

TEST(errors)
{
	struct sockaddr_un addr;
	int s = socket(AF_UNIX, SOCK_STREAM, 0), file = make_file("file", "");
	socklen_t size = name(&addr, "x", 1);

	CHECK_ERRNO(bind(-1, (void *)&addr, size), EBADF);
	CHECK_ERRNO(bind(file, (void *)&addr, size), ENOTSOCK);
	CHECK_ERRNO(bind(s, (void *)&addr, -1), EINVAL);
	CHECK_ERRNO(bind(s, (void *)&addr, 129), EINVAL);
	CHECK_ERRNO(bind(s, (void *)&addr, 111), EINVAL);
	CHECK_ERRNO(bind(s, (void *)&addr, 0), EINVAL);
	CHECK_ERRNO(bind(s, (void *)&addr, 1), EINVAL);
	CHECK_ERRNO(bind(s, BAD_PTR, size), EFAULT);
	addr.sun_family = AF_INET;
	CHECK_ERRNO(bind(s, (void *)&addr, size), EINVAL);
	CHECK_ERRNO(bind(s, (void *)&addr, 2), EINVAL);
	CHECK_ERRNO(bind_to(s, "no/such", 7), ENOENT);
	CHECK_ERRNO(bind_to(s, "file/x", 6), ENOTDIR);
	CHECK_ERRNO(bind_to(s, "file", 4), EADDRINUSE);
	CHECK_ERRNO(bind_to(s, ".", 1), EADDRINUSE);
	CHECK_OK(symlink("nowhere", "link"));
	CHECK_ERRNO(bind_to(s, "link", 4), EADDRINUSE);
	/* One name only; it counts after the path. */
	CHECK_OK(bind_to(s, "one", 3));
	CHECK_ERRNO(bind_to(s, "two", 3), EINVAL);
	CHECK_ERRNO(access("two", F_OK), ENOENT);
	CHECK_ERRNO(bind_to(s, "one", 3), EADDRINUSE);
	CHECK_ERRNO(bind_to(s, "no/such", 7), ENOENT);
	CHECK_ERRNO(bind_to(s, "\0abstract", 9), EINVAL);
	CHECK_OK(bind_to(s, "", 0)); /* it has a name already */
	unlink("one");
	unlink("link");
	unlink("file");
	close(s);
	close(file);
}

TEST(long_path)
{
	char path[108];
	struct sockaddr_un addr;
	char back[sizeof addr + 8];
	socklen_t len = sizeof back;
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(path, 'a', sizeof path);
	/* All of sun_path, without a NUL: one is added. */
	CHECK_OK(bind_to(s, path, sizeof path));
	CHECK_OK(getsockname(s, (void *)back, &len));
	CHECK_EQ(len, 111);
	CHECK(!memcmp(back + 2, path, sizeof path) && back[110] == 0);
	close(s);
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	char name0[109] = { 0 };
	memcpy(name0, path, 108);
	CHECK_OK(unlinkat(fd, name0, 0));
	close(fd);
}

TEST(abstract)
{
	char back[128];
	socklen_t len = sizeof back;
	int s = socket(AF_UNIX, SOCK_STREAM, 0), t = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0);

	CHECK_OK(bind_to(s, "\0fg\0test", 8));
	CHECK_OK(getsockname(s, (void *)back, &len));
	CHECK_EQ(len, 10);
	CHECK(!memcmp(back + 2, "\0fg\0test", 8));
	CHECK_ERRNO(bind_to(t, "\0fg\0test", 8), EADDRINUSE);
	/* A NUL more is another name, and so is that of another type. */
	CHECK_OK(bind_to(t, "\0fg\0test\0", 9));
	CHECK_OK(bind_to(d, "\0fg\0test", 8));
	close(s);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_OK(bind_to(s, "\0fg\0test", 8));
	close(s);
	close(t);
	close(d);
}

TEST(found_names)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char back[2][128];
	int s[2];

	for (int i = 0; i < 2; i++) {
		socklen_t len = 128;

		s[i] = socket(AF_UNIX, SOCK_DGRAM, 0);
		CHECK_OK(bind(s[i], (void *)&addr, 2));
		CHECK_OK(getsockname(s[i], (void *)back[i], &len));
		CHECK_EQ(len, 8);
		CHECK_EQ(back[i][2], 0);
		CHECK_EQ(strspn(back[i] + 3, "0123456789abcdef"), 5);
	}
	CHECK(memcmp(back[0], back[1], 8));
	close(s[0]);
	close(s[1]);
}

TEST(rights)
{
	if (geteuid() != 0)
		SKIP("not root");
	CHECK_OK(mkdir("dir", 0755));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(syscall(SYS_setresuid, 1000, 1000, 1000));
		int s = socket(AF_UNIX, SOCK_STREAM, 0);
		int err = bind_to(s, "dir/sock", 8) ? errno : 0;
		CHECK_EQ(err, EACCES);
	}), 0);
	rmdir("dir");
}

TEST_MAIN
