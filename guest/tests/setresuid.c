// setresuid(2): three users at once; any of the three old ones without capabilities.
/* test: guest-only, needs root */
#include "test.h"
#include <sys/fsuid.h>

#define raw(r, e, s) syscall(SYS_setresuid, (uid_t)(r), (uid_t)(e), (uid_t)(s))

static void are(uid_t r, uid_t e, uid_t s, int line)
{
	uid_t a, b, c;
	getresuid(&a, &b, &c);
	if (a != r || b != e || c != s)
		test_fail(line, "users are %u %u %u, not %u %u %u", a, b, c, r, e, s);
}
#define ARE(r, e, s) are(r, e, s, __LINE__)
#define AS(r, e, s, ...) CHECK_EQ(IN_CHILD({ CHECK_OK(raw(r, e, s)); __VA_ARGS__; }), 0)

int main(void)
{
	AS(0, 0, 0, CHECK_OK(raw(-1, -1, -1)); ARE(0, 0, 0); CHECK_OK(raw(1, 2, 3)); ARE(1, 2, 3));
	AS(1, 2, 3, CHECK_OK(raw(3, 1, 2)); ARE(3, 1, 2); CHECK_OK(raw(-1, 2, -1)); ARE(3, 2, 2));
	AS(1, 2, 3, CHECK_ERRNO(raw(4, -1, -1), EPERM); CHECK_ERRNO(raw(-1, 4, -1), EPERM);
	   CHECK_ERRNO(raw(-1, -1, 4), EPERM); CHECK_ERRNO(raw(1, 2, 0), EPERM); ARE(1, 2, 3));
	AS(1, 2, 3, CHECK_OK(raw(-1, -1, -1)); ARE(1, 2, 3));
	/* The file-system user follows the effective one. */
	AS(1, 2, 3, CHECK_EQ(setfsuid(-1), 2); setfsuid(3); CHECK_EQ(setfsuid(-1), 3); CHECK_OK(raw(-1, 1, -1));
	   CHECK_EQ(setfsuid(-1), 1));
	/* Capabilities: gone from the effective set with the effective user, from all with the last root. */
	AS(0, 1, 0, CHECK_ERRNO(chroot("/"), EPERM); CHECK_OK(raw(-1, 0, -1)); CHECK_OK(chroot("/")));
	AS(1, 1, 0, CHECK_ERRNO(chroot("/"), EPERM); CHECK_OK(raw(-1, 0, -1)); CHECK_OK(chroot("/")));
	AS(1, 0, 1, CHECK_OK(chroot("/")); CHECK_OK(raw(-1, 1, -1)); CHECK_ERRNO(raw(-1, 0, -1), EPERM));
	return test_done();
}
