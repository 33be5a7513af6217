// connect(2): who is found under a name, who may connect, and when it waits.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un addr;

static socklen_t name(const char *text, size_t len)
{
	memset(&addr, 0, sizeof addr);
	addr.sun_family = AF_UNIX;
	memcpy(addr.sun_path, text, len);
	return offsetof(struct sockaddr_un, sun_path) + len;
}

static int connect_to(int s, const char *text, size_t len)
{
	socklen_t size = name(text, len);

	return connect(s, (void *)&addr, size);
}

static int listener(const char *text, size_t len, int type, int backlog)
{
	int s = socket(AF_UNIX, type, 0);
	socklen_t size = name(text, len);

	REQUIRE(s >= 0 && bind(s, (void *)&addr, size) == 0);
	if (backlog >= 0)
		REQUIRE(listen(s, backlog) == 0);
	return s;
}

TEST(errors)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0), file = make_file("file", "");
	socklen_t size = name("file", 4);

	CHECK_ERRNO(connect(-1, (void *)&addr, size), EBADF);
	CHECK_ERRNO(connect(file, (void *)&addr, size), ENOTSOCK);
	CHECK_ERRNO(connect(s, BAD_PTR, size), EFAULT);
	CHECK_ERRNO(connect(file, BAD_PTR, size), EFAULT);
	CHECK_ERRNO(connect(s, (void *)&addr, -1), EINVAL);
	CHECK_ERRNO(connect(s, (void *)&addr, 129), EINVAL);
	CHECK_ERRNO(connect(s, (void *)&addr, 2), EINVAL);
	CHECK_ERRNO(connect(s, (void *)&addr, 111), EINVAL);
	addr.sun_family = AF_INET;
	CHECK_ERRNO(connect(s, (void *)&addr, size), EINVAL);
	addr.sun_family = AF_UNSPEC;
	CHECK_ERRNO(connect(s, (void *)&addr, size), EINVAL);
	CHECK_ERRNO(connect_to(s, "file", 4), ECONNREFUSED);
	CHECK_ERRNO(connect_to(s, "none", 4), ENOENT);
	CHECK_ERRNO(connect_to(s, "file/x", 6), ENOTDIR);
	CHECK_ERRNO(connect_to(s, "\0no such name", 13), ECONNREFUSED);
	close(file);
	close(s);
	unlink("file");
}

TEST(nobody_listens)
{
	int l = listener("sock", 4, SOCK_STREAM, -1), s = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK_ERRNO(connect_to(s, "sock", 4), ECONNREFUSED);
	REQUIRE(listen(l, 1) == 0);
	CHECK_OK(connect_to(s, "sock", 4));
	CHECK_ERRNO(connect_to(s, "sock", 4), EISCONN);
	CHECK_ERRNO(connect_to(l, "sock", 4), EINVAL);
	close(s);
	/* The listener is gone, the file is not. */
	close(l);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(connect_to(s, "sock", 4), ECONNREFUSED);
	unlink("sock");
	close(s);
}

TEST(types_differ)
{
	int l = listener("sock", 4, SOCK_STREAM, 1), d = socket(AF_UNIX, SOCK_DGRAM, 0);
	int q = socket(AF_UNIX, SOCK_SEQPACKET, 0), a = listener("\0ab", 3, SOCK_STREAM, 1);

	CHECK_ERRNO(connect_to(d, "sock", 4), EPROTOTYPE);
	CHECK_ERRNO(connect_to(q, "sock", 4), EPROTOTYPE);
	CHECK_ERRNO(connect_to(d, "\0ab", 3), ECONNREFUSED);
	close(l);
	close(d);
	close(q);
	close(a);
	unlink("sock");
}

TEST(through_links_and_other_names)
{
	int l = listener("sock", 4, SOCK_STREAM, 8), s;

	CHECK_OK(symlink("sock", "link"));
	CHECK_OK(link("sock", "hard"));
	CHECK_OK(rename("sock", "moved"));
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(connect_to(s, "link", 4), ENOENT);
	CHECK_OK(connect_to(s, "hard", 4));
	close(s);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_OK(connect_to(s, "moved", 5));
	close(s);
	CHECK_OK(unlink("link"));
	CHECK_OK(symlink("moved", "link"));
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_OK(connect_to(s, "link", 4));
	close(s);
	close(l);
	unlink("hard");
	unlink("link");
	unlink("moved");
}

TEST(rights)
{
	int l = listener("sock", 4, SOCK_STREAM, 8);

	if (geteuid() != 0)
		SKIP("not root");
	CHECK_OK(chmod("sock", 0755));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(syscall(SYS_setresuid, 1000, 1000, 1000));
		int s = socket(AF_UNIX, SOCK_STREAM, 0);
		CHECK_ERRNO(connect_to(s, "sock", 4), EACCES);
	}), 0);
	CHECK_OK(chmod("sock", 0222));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(syscall(SYS_setresuid, 1000, 1000, 1000));
		int s = socket(AF_UNIX, SOCK_STREAM, 0);
		CHECK_OK(connect_to(s, "sock", 4));
	}), 0);
	close(l);
	unlink("sock");
}

TEST(before_accept)
{
	struct pollfd p = { 0, POLLIN | POLLOUT | POLLRDHUP, 0 };
	int l = listener("sock", 4, SOCK_STREAM, 8), s = socket(AF_UNIX, SOCK_STREAM, 0), c;
	char buf[8];

	p.fd = l;
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_OK(connect_to(s, "sock", 4));
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN);
	CHECK_EQ(write(s, "early", 5), 5);
	c = accept(l, NULL, NULL);
	REQUIRE(c >= 0);
	CHECK_EQ(read(c, buf, 8), 5);
	close(c);
	close(s);
	/* Who is never accepted hears of the listener's end. */
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_OK(connect_to(s, "sock", 4));
	close(l);
	p.fd = s;
	CHECK_EQ(poll(&p, 1, 0), 1);
	CHECK_EQ(p.revents, POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
	CHECK_ERRNO(read(s, buf, 8), ECONNRESET);
	CHECK_EQ(read(s, buf, 8), 0);
	close(s);
	unlink("sock");
}

TEST(full)
{
	int l = listener("\0full", 5, SOCK_STREAM, 0), s[3], c;
	struct timeval tv = { 0, 40000 };

	for (int i = 0; i < 3; i++)
		s[i] = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_OK(connect_to(s[0], "\0full", 5));
	CHECK_OK(fcntl(s[1], F_SETFL, O_NONBLOCK));
	CHECK_ERRNO(connect_to(s[1], "\0full", 5), EAGAIN);
	CHECK_OK(setsockopt(s[2], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv));
	CHECK_ERRNO(connect_to(s[2], "\0full", 5), EAGAIN);
	pid_t pid = test_fork();
	if (pid == 0) {
		CHECK_OK(fcntl(s[1], F_SETFL, 0));
		_exit(connect_to(s[1], "\0full", 5) != 0);
	}
	usleep(30000);
	c = accept(l, NULL, NULL);
	CHECK_OK(c);
	CHECK_EQ(test_wait(pid), 0);
	close(c);
	c = accept(l, NULL, NULL);
	CHECK_OK(c);
	close(c);
	/* A larger backlog lets those in who wait. */
	CHECK_OK(connect_to(s[2], "\0full", 5));
	int t = socket(AF_UNIX, SOCK_STREAM, 0);
	pid = test_fork();
	if (pid == 0)
		_exit(connect_to(t, "\0full", 5) != 0);
	usleep(30000);
	CHECK_OK(listen(l, 5));
	CHECK_EQ(test_wait(pid), 0);
	close(t);
	/* The end of the listener refuses them. */
	CHECK_OK(listen(l, 0));
	t = socket(AF_UNIX, SOCK_STREAM, 0);
	pid = test_fork();
	if (pid == 0) {
		close(l);
		_exit(connect_to(t, "\0full", 5) == -1 && errno == ECONNREFUSED ? 0 : 1);
	}
	usleep(30000);
	close(l);
	CHECK_EQ(test_wait(pid), 0);
	close(t);
	for (int i = 0; i < 3; i++)
		close(s[i]);
}

TEST(datagrams)
{
	int a = listener("\0one", 4, SOCK_DGRAM, -1), b = listener("\0two", 4, SOCK_DGRAM, -1);
	int s = socket(AF_UNIX, SOCK_DGRAM, 0), t = listener("\0three", 6, SOCK_DGRAM, -1);
	char buf[8];

	CHECK_OK(connect_to(s, "\0one", 4));
	CHECK_EQ(write(s, "1", 1), 1);
	CHECK_OK(connect_to(s, "\0two", 4)); /* as often as one likes */
	CHECK_EQ(write(s, "2", 1), 1);
	CHECK_EQ(recv(a, buf, 8, MSG_DONTWAIT), 1);
	CHECK_EQ(recv(b, buf, 8, MSG_DONTWAIT), 1);
	/* b is connected to t: nobody else may connect or send to it. */
	CHECK_OK(connect_to(b, "\0three", 6));
	CHECK_ERRNO(write(s, "x", 1), EPERM);
	CHECK_ERRNO(connect_to(s, "\0two", 4), EPERM);
	CHECK_OK(connect_to(t, "\0two", 4));
	CHECK_EQ(write(t, "t", 1), 1);
	CHECK_EQ(recv(b, buf, 8, MSG_DONTWAIT), 1);
	addr.sun_family = AF_UNSPEC;
	CHECK_OK(connect(s, (void *)&addr, 2));
	CHECK_ERRNO(write(s, "x", 1), ENOTCONN);
	CHECK_OK(connect(s, (void *)&addr, 2));
	CHECK_ERRNO(connect(s, (void *)&addr, 1), EINVAL);
	/* The peer is closed. */
	CHECK_OK(connect_to(s, "\0one", 4));
	close(a);
	CHECK_ERRNO(write(s, "x", 1), ECONNREFUSED);
	CHECK_ERRNO(write(s, "x", 1), ENOTCONN);
	close(b);
	close(s);
	close(t);
}

TEST_MAIN
