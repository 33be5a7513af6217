// uname(2): six names; personality(2) may change two of them.
#include "test.h"
#include <sys/personality.h>
#include <sys/utsname.h>

int main(void)
{
	struct utsname u;
	memset(&u, 'x', sizeof u);
	CHECK_EQ(sizeof u, 6 * 65);
	CHECK_EQ(syscall(SYS_uname, &u), 0);
	CHECK_STREQ(u.sysname, "Linux");
	CHECK_STREQ(u.machine, "x86_64");
	int major, minor;
	CHECK(sscanf(u.release, "%d.%d", &major, &minor) == 2 && major >= 6);
	CHECK(!strncmp(u.version, "#", 1));
	CHECK(memchr(u.nodename, 0, 65) && memchr(u.domainname, 0, 65) && memchr(u.version, 0, 65));
	/* The fields are filled up with zeros. */
	CHECK_EQ(u.sysname[64], 0);
	CHECK_EQ(u.machine[64], 0);
	CHECK_ERRNO(syscall(SYS_uname, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_uname, NULL), EFAULT);
	char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_OK(munmap(page + 4096, 4096));
	CHECK_OK(syscall(SYS_uname, page + 4096 - sizeof u));
	CHECK_ERRNO(syscall(SYS_uname, page + 4096 - sizeof u + 1), EFAULT);
	CHECK_EQ(IN_CHILD({
		char old[65], want[65];
		CHECK_OK(personality(PER_LINUX32));
		CHECK_OK(uname(&u));
		CHECK_STREQ(u.machine, "i686");
		strcpy(old, u.release);
		CHECK_OK(personality(UNAME26));
		CHECK_OK(uname(&u));
		CHECK_STREQ(u.machine, "x86_64");
		/* Number M.N becomes 2.6.(60+N); what follows the numbers stays. */
		int rest = strspn(old, "0123456789.");
		snprintf(want, sizeof want, "2.6.%d%s", 60 + minor, old + rest);
		CHECK_STREQ(u.release, want);
	}), 0);
	return test_done();
}
