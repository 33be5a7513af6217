// setfsgid(2): the file-system group; always the old one as the result, with or without success.
/* test: guest-only, needs root */
#include "test.h"

#define raw(gid) syscall(SYS_setfsgid, (gid_t)(gid))

int main(void)
{
	struct stat st;
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(raw(1000), 0);
		CHECK_EQ(raw(-1), 1000);
		CHECK_EQ(getegid(), 0);
		close(make_file("f", ""));
		CHECK_OK(stat("f", &st));
		CHECK_EQ(st.st_gid, 1000);
		CHECK_EQ(raw(0), 1000);
		CHECK_EQ(raw(-1), 0);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1, 2, 3));
		CHECK_OK(setresuid(9, 9, 9));
		CHECK_EQ(raw(1), 2);
		CHECK_EQ(raw(3), 1);
		CHECK_EQ(raw(4), 3);
		CHECK_EQ(raw(0), 3);
		CHECK_EQ(raw(2), 3);
		CHECK_EQ(raw(-1), 2);
	}), 0);
	return test_done();
}
