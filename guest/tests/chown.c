#include "test.h"

/* test: guest-only, needs root */
int main(void)
{
	struct stat st;
	int fd = make_file("f", "");
	CHECK_OK(fchmod(fd, 06755));
	CHECK_OK(chown("f", 1000, -1));
	CHECK_OK(fstat(fd, &st));
	CHECK(st.st_uid == 1000 && st.st_gid == 0);
	/* Changing the owner takes the set-ID bits away, even for root. */
	CHECK_EQ(st.st_mode & 07777, 0755);
	CHECK_OK(chown("f", -1, 1001));
	CHECK_OK(fstat(fd, &st));
	CHECK(st.st_uid == 1000 && st.st_gid == 1001);
	CHECK_ERRNO(chown("none", 0, 0), ENOENT);
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(chown("f", 1002, -1), EPERM);
		CHECK_OK(chown("f", -1, 1000));
		CHECK_ERRNO(chown("f", -1, 1005), EPERM);
	}), 0);
	return test_done();
}
