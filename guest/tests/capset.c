// capset(2): one's own sets; permitted only shrinks, effective stays within it.
/* test: guest-only, needs root */
#include "test.h"
#include <linux/capability.h>
#include <sys/prctl.h>

#define BIT(cap) (1u << (cap))
#define FULL 0xffffffffu

static int set(unsigned effective, unsigned permitted, unsigned inheritable)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { effective, permitted, inheritable }, { 0, 0, 0 } };

	return syscall(SYS_capset, &head, data);
}

TEST(arguments)
{
	struct __user_cap_header_struct head = { 7, 0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	CHECK_ERRNO(syscall(SYS_capset, &head, data), EINVAL);
	CHECK_EQ(head.version, _LINUX_CAPABILITY_VERSION_3);
	head.version = 7;
	CHECK_ERRNO(syscall(SYS_capset, &head, NULL), EINVAL);
	CHECK_ERRNO(syscall(SYS_capset, BAD_PTR, data), EFAULT);
	head.pid = getppid();
	CHECK_ERRNO(syscall(SYS_capset, &head, BAD_PTR), EPERM);
	head.pid = -1;
	CHECK_ERRNO(syscall(SYS_capset, &head, data), EPERM);
	head.pid = getpid();
	CHECK_ERRNO(syscall(SYS_capset, &head, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_capset, &head, NULL), EFAULT);
}

TEST(effective)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(FULL & ~BIT(CAP_SYS_CHROOT), FULL, 0));
		CHECK_ERRNO(chroot("/"), EPERM);
		CHECK_OK(set(FULL, FULL, 0));
		CHECK_OK(chroot("/"));
		CHECK_ERRNO(set(FULL, FULL & ~BIT(CAP_SYS_CHROOT), 0), EPERM); /* not within permitted */
	}), 0);
}

TEST(permitted_only_shrinks)
{
	CHECK_EQ(IN_CHILD({
		unsigned less = FULL & ~BIT(CAP_SYS_CHROOT);
		CHECK_OK(set(less, less, 0));
		CHECK_ERRNO(set(less, FULL, 0), EPERM);
		CHECK_ERRNO(chroot("/"), EPERM);
		CHECK_OK(set(0, 0, 0));
		CHECK_ERRNO(set(BIT(CAP_CHOWN), BIT(CAP_CHOWN), 0), EPERM);
		CHECK_OK(set(0, 0, 0));
		CHECK_EQ(getuid(), 0); /* still root, without rights */
		CHECK_ERRNO(setuid(1000), EPERM);
	}), 0);
}

TEST(inheritable)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(set(FULL, FULL, BIT(CAP_CHOWN)));
		/* With CAP_SETPCAP anything in the bounding set, else only what is permitted. */
		CHECK_OK(set(BIT(CAP_SETPCAP), BIT(CAP_SETPCAP), BIT(CAP_KILL) | BIT(CAP_CHOWN)));
		CHECK_OK(prctl(PR_CAPBSET_DROP, CAP_FOWNER));
		CHECK_ERRNO(set(BIT(CAP_SETPCAP), BIT(CAP_SETPCAP), BIT(CAP_FOWNER)), EPERM);
		CHECK_OK(set(0, BIT(CAP_SETPCAP), BIT(CAP_KILL)));
		CHECK_ERRNO(set(0, BIT(CAP_SETPCAP), BIT(CAP_KILL) | BIT(CAP_CHOWN)), EPERM);
		CHECK_OK(set(0, BIT(CAP_SETPCAP), BIT(CAP_KILL) | BIT(CAP_SETPCAP)));
	}), 0);
}

/* The ambient set never goes beyond permitted and inheritable. */
TEST(ambient)
{
	CHECK_EQ(IN_CHILD({
		CHECK_ERRNO(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), EPERM);
		CHECK_OK(set(FULL, FULL, BIT(CAP_CHOWN) | BIT(CAP_KILL)));
		CHECK_OK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
		CHECK_OK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
		CHECK_OK(set(FULL, FULL, BIT(CAP_CHOWN)));
		CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 1);
		CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 0);
		CHECK_OK(set(0, FULL & ~BIT(CAP_CHOWN), BIT(CAP_CHOWN)));
		CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 0);
	}), 0);
}

TEST(first_version_clears_the_upper_half)
{
	CHECK_EQ(IN_CHILD({
		struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_1, 0 };
		struct __user_cap_data_struct data[2] = { { FULL, FULL, 0 }, { FULL, FULL, 0 } };
		CHECK_OK(syscall(SYS_capset, &head, data));
		head.version = _LINUX_CAPABILITY_VERSION_3;
		CHECK_OK(syscall(SYS_capget, &head, data));
		CHECK_EQ(data[0].permitted, FULL);
		CHECK_EQ(data[1].permitted, 0);
		data[1].permitted = FULL; /* bits that no capability has are dropped, the rest is too much */
		CHECK_ERRNO(syscall(SYS_capset, &head, data), EPERM);
		data[1].permitted = 0xfffffe00;
		CHECK_OK(syscall(SYS_capset, &head, data));
	}), 0);
}

TEST_MAIN
