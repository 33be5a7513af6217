// setdomainname(2): up to 64 bytes, for CAP_SYS_ADMIN.
/* test: guest-only, needs root */
#include "test.h"
#include <sys/utsname.h>

#define raw(name, len) syscall(SYS_setdomainname, name, len)

static const char *name(void)
{
	static struct utsname u;

	uname(&u);
	return u.domainname;
}

int main(void)
{
	char longest[66], got[65];
	CHECK_OK(raw("first.example", 5));
	CHECK_STREQ(name(), "first");
	CHECK_OK(raw("ab", 2)); /* nothing is left of the longer one */
	CHECK_STREQ(name(), "ab");
	CHECK_OK(getdomainname(got, sizeof got));
	CHECK_STREQ(got, "ab");
	memset(longest, 'n', 65);
	longest[65] = 0;
	CHECK_ERRNO(raw(longest, 65), EINVAL);
	CHECK_ERRNO(raw(longest, -1), EINVAL);
	CHECK_ERRNO(raw(BAD_PTR, 65), EINVAL);
	CHECK_ERRNO(raw(BAD_PTR, 5), EFAULT);
	CHECK_STREQ(name(), "ab");
	CHECK_OK(raw(longest, 64));
	CHECK(strlen(name()) == 64 && !strncmp(name(), longest, 64));
	CHECK_OK(raw("", 0));
	CHECK_STREQ(name(), "");
	CHECK_OK(raw("x", 1));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw("y", 1), EPERM);
		CHECK_ERRNO(raw("y", -1), EPERM);
	}), 0);
	CHECK_STREQ(name(), "x");
	return test_done();
}
