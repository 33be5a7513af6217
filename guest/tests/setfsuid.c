// setfsuid(2): the file-system user; always the old one as the result, with or without success.
/* test: guest-only, needs root */
#include "test.h"

#define raw(uid) syscall(SYS_setfsuid, (uid_t)(uid))

static unsigned effective(void)
{
	unsigned head[2] = { 0x20080522, 0 }, data[6];

	syscall(SYS_capget, head, data);
	return data[0];
}

int main(void)
{
	struct stat st;
	CHECK_OK(chmod(".", 0777));
	close(make_file("secret", "s"));
	CHECK_OK(chmod("secret", 0600));
	CHECK_EQ(IN_CHILD({
		unsigned before = effective();
		CHECK_EQ(raw(1000), 0);
		CHECK_EQ(raw(-1), 1000); /* -1 never is one */
		CHECK_EQ(raw(-1), 1000);
		CHECK_EQ(geteuid(), 0);
		close(make_file("f", ""));
		CHECK_OK(stat("f", &st));
		CHECK_EQ(st.st_uid, 1000);
		CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
		/* CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, LINUX_IMMUTABLE, MKNOD are off. */
		CHECK_EQ(before & ~effective(), 0x0800021f & before);
		CHECK_ERRNO(chown("f", 5, 5), EPERM);
		CHECK_EQ(raw(0), 1000); /* CAP_SETUID is still there */
		CHECK_EQ(effective(), before);
		CHECK_OK(open("secret", O_RDONLY));
	}), 0);
	/* Without capabilities: real, effective, saved, or what it is. */
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1, 2, 3));
		CHECK_EQ(raw(1), 2);
		CHECK_EQ(raw(3), 1);
		CHECK_EQ(raw(4), 3);
		CHECK_EQ(raw(0), 3);
		CHECK_EQ(raw(2), 3);
		CHECK_EQ(raw(-1), 2);
	}), 0);
	return test_done();
}
