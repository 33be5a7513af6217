// personality(2): what its bits do: READ_IMPLIES_EXEC, MMAP_PAGE_ZERO, ADDR_COMPAT_LAYOUT, STICKY_TIMEOUTS.
#include "test.h"
#include <sys/personality.h>

#define raw(persona) syscall(SYS_personality, persona)

static int rights_of(void *at, char rights[5])
{
	unsigned long start, end;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");
	int found = 0;
	while (!found && fgets(line, sizeof line, maps))
		found = sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 && (unsigned long)at >= start &&
			(unsigned long)at < end;
	fclose(maps);
	return found;
}

static void *map(int prot)
{
	return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST(read_implies_exec)
{
	CHECK_EQ(IN_CHILD({
		char rights[8] = "";
		void *before = map(PROT_READ | PROT_WRITE);
		raw(READ_IMPLIES_EXEC);
		char *at = map(PROT_READ);
		CHECK(rights_of(at, rights));
		CHECK_STREQ(rights, "r-xp");
		CHECK(rights_of(map(PROT_WRITE), rights));
		CHECK_STREQ(rights, "-w-p");
		CHECK(rights_of(map(PROT_READ | PROT_WRITE), rights));
		CHECK_STREQ(rights, "rwxp");
		CHECK(rights_of(before, rights));
		CHECK_STREQ(rights, "rw-p"); /* what is there stays */
		CHECK_OK(mprotect(before, 4096, PROT_READ));
		CHECK(rights_of(before, rights));
		CHECK_STREQ(rights, "r-xp");
		CHECK_OK(mprotect(before, 4096, PROT_WRITE));
		CHECK(rights_of(before, rights));
		CHECK_STREQ(rights, "-w-p");
		int fd = make_file("f", "content");
		CHECK(rights_of(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0), rights));
		CHECK_STREQ(rights, "r-xp");
		char *end = (char *)syscall(SYS_brk, 0);
		CHECK((char *)syscall(SYS_brk, end + 65536) == end + 65536);
		CHECK(rights_of(end + 60000, rights));
		CHECK_STREQ(rights, "rwxp");
		raw(0);
		CHECK(rights_of(map(PROT_READ), rights));
		CHECK_STREQ(rights, "r--p");
	}),
		 0);
}

/* select tells what is left of its timeout, unless that is to stick. */
TEST(sticky_timeouts)
{
	CHECK_EQ(IN_CHILD({
		struct timeval tv = { 0, 20000 };
		struct timespec ts = { 0, 20000000 };
		CHECK_EQ(syscall(SYS_select, 0, NULL, NULL, NULL, &tv), 0);
		CHECK_EQ(tv.tv_usec, 0);
		raw(STICKY_TIMEOUTS);
		tv.tv_usec = 20000;
		CHECK_EQ(syscall(SYS_select, 0, NULL, NULL, NULL, &tv), 0);
		CHECK_EQ(tv.tv_usec, 20000);
		CHECK_EQ(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &ts, NULL), 0);
		CHECK_EQ(ts.tv_nsec, 20000000);
		CHECK_EQ(syscall(SYS_ppoll, NULL, 0, &ts, NULL, 8), 0);
		CHECK_EQ(ts.tv_nsec, 20000000);
		raw(0);
		CHECK_EQ(syscall(SYS_ppoll, NULL, 0, &ts, NULL, 8), 0);
		CHECK_EQ(ts.tv_nsec, 0);
	}),
		 0);
}

/* What the executed program finds; it prints a line and ends. */
static void report(const char *what)
{
	if (!strcmp(what, "layout")) {
		/* From a third of the address space upwards, or from the stack down. */
		char *one = map(PROT_READ), *two = map(PROT_READ);
		int low = (unsigned long)one < 1ul << 46;
		printf("%s %s\n", low ? "low" : "high", two > one ? "up" : "down");
	} else if (!strcmp(what, "zero")) {
		char rights[8] = "none";
		int found = rights_of(NULL, rights);
		printf("%s\n", found ? rights : "none");
	} else {
		printf("%lx\n", raw(0xffffffff));
	}
}

/* The first line that this program prints after an execve with this personality. */
static const char *executed(unsigned long persona, const char *what)
{
	static char seen[64];
	int fds[2], n;
	memset(seen, 0, sizeof seen);
	REQUIRE(pipe(fds) == 0);
	pid_t child = test_fork();
	if (child == 0) {
		raw(persona);
		dup2(fds[1], 1);
		execle("/proc/self/exe", "personality", what, NULL, (char *[]){ NULL });
		_exit(9);
	}
	close(fds[1]);
	n = read(fds[0], seen, sizeof seen - 1);
	close(fds[0]);
	CHECK_EQ(test_wait(child), 0);
	CHECK(n > 0);
	return seen;
}

TEST(layout)
{
	CHECK_STREQ(executed(0, "layout"), "high down\n");
	CHECK_STREQ(executed(ADDR_COMPAT_LAYOUT, "layout"), "low up\n");
	CHECK_STREQ(executed(ADDR_COMPAT_LAYOUT | ADDR_NO_RANDOMIZE, "layout"), "low up\n");
	/* An unlimited stack gets most of the space. */
	struct { unsigned long cur, max; } old, unlimited;
	CHECK_OK(syscall(SYS_prlimit64, 0, 3, NULL, &old));
	unlimited = old;
	unlimited.cur = old.max;
	if (old.max == ~0ul) {
		CHECK_OK(syscall(SYS_prlimit64, 0, 3, &unlimited, NULL));
		CHECK_STREQ(executed(0, "layout"), "low down\n");
		CHECK_OK(syscall(SYS_prlimit64, 0, 3, &old, NULL));
	}
}

TEST(over_execve)
{
	CHECK_STREQ(executed(READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE, "bits"), "40000\n");
	CHECK_STREQ(executed(MMAP_PAGE_ZERO | ADDR_COMPAT_LAYOUT | PER_LINUX32, "bits"), "300008\n");
}

TEST(page_zero)
{
	if (geteuid() != 0)
		SKIP("needs root");
	CHECK_STREQ(executed(0, "zero"), "none\n");
	CHECK_STREQ(executed(MMAP_PAGE_ZERO, "zero"), "r-xp\n");
}

static void copy_self(const char *to)
{
	char buf[65536];
	int from = open("/proc/self/exe", O_RDONLY), fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755), n;
	while ((n = read(from, buf, sizeof buf)) > 0)
		CHECK_EQ(write(fd, buf, n), n);
	close(from);
	close(fd);
}

/* A set-user-ID program finds the bits gone that would help an attacker. */
TEST(cleared_by_set_user_id)
{
	char seen[64] = "";
	int fds[2];
	if (geteuid() != 0)
		SKIP("needs root");
	copy_self("suid");
	CHECK_OK(chmod("suid", 04755));
	CHECK_OK(chmod(".", 0755));
	REQUIRE(pipe(fds) == 0);
	pid_t child = test_fork();
	if (child == 0) {
		CHECK_OK(setresuid(1000, 1000, 1000));
		raw(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO | READ_IMPLIES_EXEC | STICKY_TIMEOUTS |
		    WHOLE_SECONDS);
		dup2(fds[1], 1);
		execl("suid", "suid", "bits", NULL);
		_exit(9);
	}
	close(fds[1]);
	CHECK(read(fds[0], seen, sizeof seen - 1) > 0);
	CHECK_STREQ(seen, "6000000\n");
	CHECK_EQ(test_wait(child), 0);
	close(fds[0]);
	unlink("suid");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		report(argv[1]);
		return 0;
	}
	return test_run_cases();
}
