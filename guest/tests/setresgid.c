// setresgid(2): three groups at once; any of the three old ones without CAP_SETGID.
/* test: guest-only, needs root */
#include "test.h"
#include <sys/fsuid.h>

#define raw(r, e, s) syscall(SYS_setresgid, (gid_t)(r), (gid_t)(e), (gid_t)(s))

static void are(gid_t r, gid_t e, gid_t s, int line)
{
	gid_t a, b, c;
	getresgid(&a, &b, &c);
	if (a != r || b != e || c != s)
		test_fail(line, "groups are %u %u %u, not %u %u %u", a, b, c, r, e, s);
}
#define ARE(r, e, s) are(r, e, s, __LINE__)
#define AS(r, e, s, ...) CHECK_EQ(IN_CHILD({ CHECK_OK(raw(r, e, s)); __VA_ARGS__; }), 0)
#define DROP CHECK_OK(setresuid(9, 9, 9))

int main(void)
{
	AS(0, 0, 0, CHECK_OK(raw(-1, -1, -1)); ARE(0, 0, 0); CHECK_OK(raw(1, 2, 3)); ARE(1, 2, 3);
	   CHECK_OK(raw(7, -1, 8)); ARE(7, 2, 8));
	AS(1, 2, 3, DROP; CHECK_OK(raw(3, 1, 2)); ARE(3, 1, 2); CHECK_OK(raw(-1, 2, -1)); ARE(3, 2, 2));
	AS(1, 2, 3, DROP; CHECK_ERRNO(raw(4, -1, -1), EPERM); CHECK_ERRNO(raw(-1, 4, -1), EPERM);
	   CHECK_ERRNO(raw(-1, -1, 4), EPERM); CHECK_ERRNO(raw(1, 2, 0), EPERM); ARE(1, 2, 3));
	/* Groups have nothing to do with capabilities. */
	AS(1, 2, 3, CHECK_OK(chroot("/")); CHECK_EQ(setfsgid(-1), 2); setfsgid(3); CHECK_EQ(setfsgid(-1), 3);
	   CHECK_OK(raw(-1, 1, -1)); CHECK_EQ(setfsgid(-1), 1));
	return test_done();
}
