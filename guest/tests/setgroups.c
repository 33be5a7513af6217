// setgroups(2): needs CAP_SETGID; the list is kept sorted and decides about files.
/* test: guest-only, needs root */
#include "test.h"

#define raw(n, list) syscall(SYS_setgroups, n, list)

int main(void)
{
	gid_t some[] = { 30, 10, 20, 10 }, bad[] = { 1, -1 }, got[8];
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(4, some));
		CHECK_EQ(getgroups(8, got), 4);
		CHECK(got[0] == 10 && got[1] == 10 && got[2] == 20 && got[3] == 30);
		CHECK_ERRNO(raw(-1, some), EINVAL);
		CHECK_ERRNO(raw(65537, some), EINVAL);
		CHECK_ERRNO(raw(2, BAD_PTR), EFAULT);
		CHECK_ERRNO(raw(2, bad), EINVAL);
		CHECK_EQ(getgroups(0, 0), 4); /* errors change nothing */
		CHECK_EQ(IN_CHILD(CHECK_EQ(getgroups(0, 0), 4)), 0);
		CHECK_OK(raw(0, BAD_PTR));
		CHECK_EQ(getgroups(0, 0), 0);
		gid_t *many = malloc(65536 * sizeof *many);
		for (int i = 0; i < 65536; i++)
			many[i] = 70000 - i;
		CHECK_OK(raw(65536, many));
		CHECK_EQ(getgroups(0, 0), 65536);
		CHECK_EQ(getgroups(65536, many), 65536);
		CHECK(many[0] == 70000 - 65535 && many[65535] == 70000);
	}), 0);
	/* A supplementary group opens what its members may read. */
	close(make_file("f", "x"));
	CHECK_OK(chown("f", 0, 20));
	CHECK_OK(chmod("f", 0040));
	CHECK_OK(chmod(".", 0755));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(4, some));
		CHECK_OK(setresgid(5, 5, 5));
		CHECK_OK(setresuid(5, 5, 5));
		CHECK_OK(open("f", O_RDONLY));
		CHECK_ERRNO(raw(0, NULL), EPERM);
		CHECK_ERRNO(raw(-1, BAD_PTR), EPERM); /* before everything else */
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(1, some));
		CHECK_OK(setresgid(5, 5, 5));
		CHECK_OK(setresuid(5, 5, 5));
		CHECK_ERRNO(open("f", O_RDONLY), EACCES);
	}), 0);
	return test_done();
}
