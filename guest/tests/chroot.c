#include "test.h"

/* test: guest-only, needs root */
int main(void)
{
	char buf[64];
	CHECK_OK(mkdir("jail", 0755));
	close(make_file("jail/f", ""));
	CHECK_ERRNO(chroot("none"), ENOENT);
	CHECK_ERRNO(chroot("jail/f"), ENOTDIR);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(chroot("jail"));
		CHECK_OK(chdir("/"));
		CHECK_OK(access("/f", F_OK));
		CHECK_OK(access("/../../f", F_OK));
		CHECK(getcwd(buf, sizeof buf) && !strcmp(buf, "/"));
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(chroot("/"), EPERM);
	}), 0);
	return test_done();
}
