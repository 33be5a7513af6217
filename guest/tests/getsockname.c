// getsockname(2): a socket's own address, and how much of it fits.
#include "test.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(void)
{
	struct sockaddr_un addr = { AF_UNIX, "name" }, got;
	socklen_t len = sizeof got;
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	CHECK_ERRNO(getsockname(-1, (void *)&got, &len), EBADF);
	CHECK_ERRNO(getsockname(0, (void *)&got, &len), ENOTSOCK);
	CHECK_OK(getsockname(s, (void *)&got, &len));
	CHECK_EQ(len, 2);
	CHECK_EQ(got.sun_family, AF_UNIX);
	REQUIRE(bind(s, (void *)&addr, 6) == 0);
	len = sizeof got;
	memset(&got, 'x', sizeof got);
	CHECK_OK(getsockname(s, (void *)&got, &len));
	CHECK_EQ(len, 7);
	CHECK(!memcmp(&got, "\1\0name\0x", 8));
	len = 4;
	memset(&got, 'x', sizeof got);
	CHECK_OK(getsockname(s, (void *)&got, &len));
	CHECK_EQ(len, 7);
	CHECK(!memcmp(&got, "\1\0naxx", 6));
	len = 0;
	CHECK_OK(getsockname(s, BAD_PTR, &len));
	CHECK_EQ(len, 7);
	len = -1;
	CHECK_ERRNO(getsockname(s, (void *)&got, &len), EINVAL);
	len = 4;
	CHECK_ERRNO(getsockname(s, BAD_PTR, &len), EFAULT);
	CHECK_ERRNO(getsockname(s, (void *)&got, BAD_PTR), EFAULT);
	/* The name is that of the time of binding. */
	CHECK_OK(rename("name", "other"));
	len = sizeof got;
	CHECK_OK(getsockname(s, (void *)&got, &len));
	CHECK_STREQ(got.sun_path, "name");
	close(s);
	unlink("other");
	return test_done();
}
