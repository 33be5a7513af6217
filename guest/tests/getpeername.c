// getpeername(2): the address at the other end.
#include "test.h"

#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un one = { AF_UNIX, "\0one" }, two = { AF_UNIX, "\0two" }, got;
	socklen_t len = sizeof got;
	int s = socket(AF_UNIX, SOCK_STREAM, 0), l = socket(AF_UNIX, SOCK_STREAM, 0), c, fds[2];

	CHECK_ERRNO(getpeername(-1, (void *)&got, &len), EBADF);
	CHECK_ERRNO(getpeername(0, (void *)&got, &len), ENOTSOCK);
	CHECK_ERRNO(getpeername(s, (void *)&got, &len), ENOTCONN);
	CHECK_ERRNO(getpeername(s, (void *)&got, BAD_PTR), ENOTCONN);
	REQUIRE(bind(l, (void *)&one, 6) == 0);
	REQUIRE(listen(l, 1) == 0);
	CHECK_ERRNO(getpeername(l, (void *)&got, &len), ENOTCONN);
	REQUIRE(bind(s, (void *)&two, 6) == 0);
	REQUIRE(connect(s, (void *)&one, 6) == 0);
	CHECK_OK(getpeername(s, (void *)&got, &len));
	CHECK_EQ(len, 6);
	CHECK(!memcmp(&got, &one, 6));
	c = accept(l, NULL, NULL);
	len = sizeof got;
	CHECK_OK(getpeername(c, (void *)&got, &len));
	CHECK_EQ(len, 6);
	CHECK(!memcmp(&got, &two, 6));
	close(s);
	len = sizeof got;
	CHECK_OK(getpeername(c, (void *)&got, &len)); /* gone, but it was there */
	CHECK_EQ(len, 6);
	CHECK_ERRNO(getpeername(c, (void *)&got, BAD_PTR), EFAULT);
	close(c);
	close(l);
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	len = sizeof got;
	CHECK_OK(getpeername(fds[0], (void *)&got, &len));
	CHECK_EQ(len, 2);
	close(fds[0]);
	close(fds[1]);
	return test_done();
}
