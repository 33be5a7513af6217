// setgid(2): all three groups with CAP_SETGID, the effective one among real and saved without.
/* test: guest-only, needs root */
#include "test.h"

#define raw_setgid(gid) syscall(SYS_setgid, (gid_t)(gid))

static void are(gid_t r, gid_t e, gid_t s, int line)
{
	gid_t a, b, c;
	getresgid(&a, &b, &c);
	if (a != r || b != e || c != s)
		test_fail(line, "groups are %u %u %u, not %u %u %u", a, b, c, r, e, s);
}
#define ARE(r, e, s) are(r, e, s, __LINE__)

int main(void)
{
	CHECK_ERRNO(raw_setgid(-1), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw_setgid(1000));
		ARE(1000, 1000, 1000);
		CHECK_OK(raw_setgid(0)); /* still CAP_SETGID */
		CHECK_OK(setresgid(1000, 2000, 3000));
		CHECK_OK(setresuid(5, 5, 5));
		CHECK_ERRNO(raw_setgid(2000), EPERM);
		CHECK_ERRNO(raw_setgid(0), EPERM);
		CHECK_ERRNO(raw_setgid(-1), EINVAL);
		CHECK_OK(raw_setgid(3000));
		ARE(1000, 3000, 3000);
		CHECK_OK(raw_setgid(1000));
		ARE(1000, 1000, 3000);
	}), 0);
	/* New files belong to the group. */
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		struct stat st;
		CHECK_OK(raw_setgid(1000));
		close(make_file("g", ""));
		CHECK_OK(stat("g", &st));
		CHECK_EQ(st.st_gid, 1000);
		CHECK_EQ(st.st_uid, 0);
	}), 0);
	return test_done();
}
