// capget(2): three sets of 32 or 64 bits, of any process; versions.
/* test: guest-only, needs root */
#include "test.h"
#include <linux/capability.h>

#define raw(head, data) syscall(SYS_capget, head, data)

int main(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[3];
	memset(data, 0x55, sizeof data);
	CHECK_OK(raw(&head, data));
	CHECK_EQ(data[0].permitted, 0xffffffff);
	CHECK_EQ(data[0].effective, 0xffffffff);
	CHECK_EQ(data[1].permitted, 0x1ff); /* up to CAP_CHECKPOINT_RESTORE */
	CHECK_EQ(data[0].inheritable, 0);
	CHECK_EQ(data[2].effective, 0x55555555);
	head.version = _LINUX_CAPABILITY_VERSION_2;
	CHECK_OK(raw(&head, data));
	CHECK_EQ(data[1].permitted, 0x1ff);
	/* The first version has 32 bits. */
	memset(data, 0x55, sizeof data);
	head.version = _LINUX_CAPABILITY_VERSION_1;
	CHECK_OK(raw(&head, data));
	CHECK_EQ(data[0].permitted, 0xffffffff);
	CHECK_EQ(data[1].permitted, 0x55555555);
	/* An unknown version: the preferred one is told; no error if that was all that was asked. */
	head.version = 1;
	CHECK_ERRNO(raw(&head, data), EINVAL);
	CHECK_EQ(head.version, _LINUX_CAPABILITY_VERSION_3);
	head.version = 1;
	CHECK_OK(raw(&head, NULL));
	CHECK_EQ(head.version, _LINUX_CAPABILITY_VERSION_3);
	CHECK_OK(raw(&head, NULL));
	head.pid = -1;
	CHECK_OK(raw(&head, NULL));
	CHECK_ERRNO(raw(&head, data), EINVAL);
	head.pid = 99999999;
	CHECK_ERRNO(raw(&head, data), ESRCH);
	CHECK_ERRNO(raw(NULL, NULL), EFAULT);
	CHECK_ERRNO(raw(BAD_PTR, data), EFAULT);
	head.pid = 0;
	CHECK_ERRNO(raw(&head, BAD_PTR), EFAULT);
	/* Another process's. */
	int fds[2];
	char c;
	REQUIRE(pipe(fds) == 0);
	pid_t child = test_fork();
	if (child == 0) {
		CHECK_OK(setresuid(1000, 0, 0));
		CHECK_OK(setresuid(-1, 1000, -1));
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	head.pid = child;
	CHECK_OK(raw(&head, data));
	CHECK_EQ(data[0].effective, 0);
	CHECK_EQ(data[0].permitted, 0xffffffff);
	kill(child, SIGKILL);
	test_wait(child);
	CHECK_ERRNO(raw(&head, data), ESRCH);
	return test_done();
}
