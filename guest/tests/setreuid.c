// setreuid(2): real and effective user, and what becomes of the saved one.
/* test: guest-only, needs root */
#include "test.h"

#define raw(r, e) syscall(SYS_setreuid, (uid_t)(r), (uid_t)(e))

static void are(uid_t r, uid_t e, uid_t s, int line)
{
	uid_t a, b, c;
	getresuid(&a, &b, &c);
	if (a != r || b != e || c != s)
		test_fail(line, "users are %u %u %u, not %u %u %u", a, b, c, r, e, s);
}
#define ARE(r, e, s) are(r, e, s, __LINE__)
/* In a child that starts as these three. */
#define AS(r, e, s, ...) CHECK_EQ(IN_CHILD({ CHECK_OK(setresuid(r, e, s)); __VA_ARGS__; }), 0)

int main(void)
{
	AS(0, 0, 0, CHECK_OK(raw(1000, 2000)); ARE(1000, 2000, 2000); CHECK_ERRNO(raw(0, -1), EPERM));
	AS(0, 0, 0, CHECK_OK(raw(-1, -1)); ARE(0, 0, 0));
	AS(0, 0, 7, CHECK_OK(raw(-1, 0)); ARE(0, 0, 7)); /* the effective stays the real: saved kept */
	AS(0, 0, 7, CHECK_OK(raw(0, -1)); ARE(0, 0, 0)); /* a real one is given: saved becomes effective */
	AS(0, 0, 7, CHECK_OK(raw(-1, 9)); ARE(0, 9, 9));
	/* Without capabilities: real among real and effective, effective among all three. */
	AS(1, 2, 3, CHECK_ERRNO(raw(3, -1), EPERM); CHECK_ERRNO(raw(4, -1), EPERM); ARE(1, 2, 3));
	AS(1, 2, 3, CHECK_ERRNO(raw(-1, 4), EPERM); CHECK_ERRNO(raw(1, 4), EPERM); ARE(1, 2, 3));
	AS(1, 2, 3, CHECK_OK(raw(2, 1)); ARE(2, 1, 1));
	AS(1, 2, 3, CHECK_OK(raw(-1, 3)); ARE(1, 3, 3));
	AS(1, 2, 3, CHECK_OK(raw(-1, 1)); ARE(1, 1, 3));
	AS(1, 2, 3, CHECK_OK(raw(-1, 2)); ARE(1, 2, 2));
	/* Down and up again by swapping. */
	AS(1, 0, 0, CHECK_OK(raw(0, 1)); ARE(0, 1, 1); CHECK_ERRNO(chroot("/"), EPERM); CHECK_OK(raw(1, 0));
	   CHECK_OK(chroot("/")));
	return test_done();
}
