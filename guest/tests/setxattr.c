/* setxattr(2): errors and their order, CREATE and REPLACE, sizes, namespaces. */
/* test: guest-only, needs root for trusted names */
#include "test.h"
#include <sys/xattr.h>

static char big[65537];

TEST(flags_and_names)
{
	char name[300];
	close(make_file("f", ""));
	CHECK_ERRNO(setxattr("f", "trusted.a", "1", 1, 4), EINVAL);
	CHECK_ERRNO(setxattr("f", "", "1", 1, 0), ERANGE);
	memset(name, 'n', 299);
	memcpy(name, "trusted.", 8);
	name[256] = 0;
	CHECK_ERRNO(setxattr("f", name, "1", 1, 0), ERANGE);
	name[255] = 0;
	CHECK_OK(setxattr("f", name, "1", 1, 0));
	CHECK_ERRNO(setxattr("f", BAD_PTR, "1", 1, 0), EFAULT);
	CHECK_ERRNO(setxattr("f", "trusted.a", BAD_PTR, 1, 0), EFAULT);
	CHECK_ERRNO(setxattr("f", "trusted.a", big, 65537, 0), E2BIG);
	CHECK_ERRNO(setxattr("none", "trusted.a", "1", 1, 0), ENOENT);
	CHECK_ERRNO(setxattr("f", "nothing", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(setxattr("f", "nobody.a", "1", 1, 0), EOPNOTSUPP);
	CHECK_ERRNO(setxattr("f", "trusted.", "1", 1, 0), EINVAL);
}

TEST(create_and_replace)
{
	char buf[8];
	close(make_file("g", ""));
	CHECK_ERRNO(setxattr("g", "trusted.a", "1", 1, XATTR_REPLACE), ENODATA);
	CHECK_OK(setxattr("g", "trusted.a", "one", 3, XATTR_CREATE));
	CHECK_ERRNO(setxattr("g", "trusted.a", "1", 1, XATTR_CREATE), EEXIST);
	CHECK_OK(setxattr("g", "trusted.a", "zwo", 3, XATTR_REPLACE));
	CHECK_EQ(getxattr("g", "trusted.a", buf, 8), 3);
	CHECK(!memcmp(buf, "zwo", 3));
	CHECK_OK(setxattr("g", "trusted.a", NULL, 0, 0));
	CHECK_EQ(getxattr("g", "trusted.a", buf, 8), 0);
}

TEST(rights)
{
	char cap[20] = { 1, 0, 0, 2 };
	close(make_file("h", ""));
	REQUIRE(mkdir("d", 01777) == 0);
	REQUIRE(chmod("d", 01777) == 0 && chmod("h", 0666) == 0);
	CHECK_ERRNO(setxattr("h", "security.capability", cap, 19, 0), EINVAL);
	CHECK_OK(setxattr("h", "security.capability", NULL, 0, 0));
	CHECK_OK(setxattr("h", "security.capability", cap, 20, 0));
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1000, 1000, 1000) == 0);
		CHECK_ERRNO(setxattr("h", "trusted.a", "1", 1, 0), EPERM);
		CHECK_ERRNO(setxattr("h", "security.capability", cap, 20, 0), EPERM);
		CHECK_ERRNO(setxattr("d", "user.a", "1", 1, 0), EPERM);
	}), 0);
	CHECK_OK(chmod("h", 0600));
	CHECK_EQ(IN_CHILD({
		REQUIRE(setresuid(1000, 1000, 1000) == 0);
		CHECK_ERRNO(setxattr("h", "user.a", "1", 1, 0), EACCES);
	}), 0);
	REQUIRE(mkfifo("p", 0666) == 0);
	CHECK_ERRNO(setxattr("p", "user.a", "1", 1, 0), EPERM);
	CHECK_OK(setxattr("p", "trusted.a", "1", 1, 0));
}

TEST_MAIN
