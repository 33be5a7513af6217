// execve(2): capabilities of files (capabilities(7)), AT_SECURE, and who gains nothing.
#include "test.h"
#include <linux/capability.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/xattr.h>

#define NET_RAW (1ull << CAP_NET_RAW)
#define SETUID (1ull << CAP_SETUID)
#define CHECKPOINT (1ull << CAP_CHECKPOINT_RESTORE)

static unsigned long long status_of(const char *field)
{
	char line[256];
	unsigned long long value = 0;
	FILE *status = fopen("/proc/self/status", "r");
	while (status && fgets(line, sizeof line, status))
		if (!strncmp(line, field, strlen(field)))
			value = strtoull(line + strlen(field) + 1, NULL, 16);
	if (status)
		fclose(status);
	return value;
}

/* What the executed program says of itself. */
static void report(void)
{
	printf("%llx %llx %llx secure %ld euid %d dumpable %d\n", status_of("CapPrm:"), status_of("CapEff:"),
	       status_of("CapInh:"), getauxval(AT_SECURE), geteuid(), prctl(PR_GET_DUMPABLE));
}

static void make_program(const char *name, unsigned mode)
{
	char buf[65536];
	int from = open("/proc/self/exe", O_RDONLY), to, n;
	unlink(name);
	to = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	while ((n = read(from, buf, sizeof buf)) > 0)
		CHECK_EQ(write(to, buf, n), n);
	close(from);
	close(to);
	CHECK_OK(chmod(name, mode));
}

static int give(const char *name, unsigned magic, unsigned long long permitted, unsigned long long inheritable)
{
	unsigned words[6] = { magic, permitted, inheritable, permitted >> 32, inheritable >> 32, 0 };
	return setxattr(name, "security.capability", words, (magic >> 24) == 3 ? 24 : (magic >> 24) == 2 ? 20 : 12, 0);
}

static void nothing(void)
{
}

static void no_new_privs(void)
{
	CHECK_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void bounded(void)
{
	CHECK_OK(prctl(PR_CAPBSET_DROP, CAP_NET_RAW));
}

static void inheritable(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	CHECK_OK(syscall(SYS_capget, &header, data));
	data[0].inheritable = NET_RAW;
	CHECK_OK(syscall(SYS_capset, &header, data));
}

/* The line that the program prints when user 1000 executes it, or the error. */
static const char *run_as_user(const char *name, void (*prepare)(void))
{
	static char seen[256];
	int fds[2], n;
	REQUIRE(pipe(fds) == 0);
	memset(seen, 0, sizeof seen);
	pid_t child = test_fork();
	if (child == 0) {
		dup2(fds[1], 1);
		prepare();
		if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
			_exit(9);
		execl(name, name, "report", NULL);
		printf("%s\n", test_errno(errno));
		fflush(stdout);
		_exit(0);
	}
	close(fds[1]);
	n = read(fds[0], seen, sizeof seen - 1);
	close(fds[0]);
	CHECK_EQ(test_wait(child), 0);
	CHECK(n > 0);
	return seen;
}

static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("needs root");
	CHECK_OK(chmod(".", 0755));
}

TEST(permitted_and_effective)
{
	need_root();
	make_program("p", 0755);
	CHECK_STREQ(run_as_user("./p", nothing), "0 0 0 secure 0 euid 1000 dumpable 1\n");
	CHECK_OK(give("p", 0x02000001, NET_RAW | CHECKPOINT, 0));
	CHECK_STREQ(run_as_user("./p", nothing), "10000002000 10000002000 0 secure 1 euid 1000 dumpable 0\n");
	CHECK_OK(give("p", 0x02000000, NET_RAW, 0)); /* not effective */
	CHECK_STREQ(run_as_user("./p", nothing), "2000 0 0 secure 1 euid 1000 dumpable 0\n");
	CHECK_OK(give("p", 0x02000000, 0, NET_RAW));
	CHECK_STREQ(run_as_user("./p", nothing), "0 0 0 secure 0 euid 1000 dumpable 1\n");
	CHECK_STREQ(run_as_user("./p", inheritable), "2000 0 2000 secure 1 euid 1000 dumpable 0\n");
	CHECK_OK(give("p", 0x03000001, NET_RAW, 0)); /* of this namespace's root */
	CHECK_STREQ(run_as_user("./p", nothing), "2000 2000 0 secure 1 euid 1000 dumpable 0\n");
	unlink("p");
}

TEST(bounding_set)
{
	need_root();
	make_program("p", 0755);
	CHECK_OK(give("p", 0x02000001, NET_RAW, 0));
	CHECK_STREQ(run_as_user("./p", bounded), "EPERM\n"); /* not with half of them */
	CHECK_OK(give("p", 0x02000000, NET_RAW | SETUID, 0));
	CHECK_STREQ(run_as_user("./p", bounded), "80 0 0 secure 1 euid 1000 dumpable 0\n");
	unlink("p");
}

TEST(set_user_id)
{
	need_root();
	make_program("p", 04755);
	CHECK(strstr(run_as_user("./p", nothing), "secure 1 euid 0 dumpable 0") != NULL);
	CHECK_STREQ(run_as_user("./p", no_new_privs), "0 0 0 secure 0 euid 1000 dumpable 1\n");
	CHECK_OK(give("p", 0x02000001, NET_RAW, 0)); /* then just that */
	CHECK_STREQ(run_as_user("./p", nothing), "2000 2000 0 secure 1 euid 0 dumpable 0\n");
	CHECK_STREQ(run_as_user("./p", no_new_privs), "0 0 0 secure 1 euid 1000 dumpable 1\n");
	unlink("p");
}

/* Somebody else could change the working directory under it: no rights for it. */
static char stack[65536] __attribute__((aligned(16)));

static int shares_fs(void *pipe_end)
{
	char c;
	read(*(int *)pipe_end, &c, 1);
	_exit(0);
}

TEST(shared_directory)
{
	need_root();
	make_program("p", 04755);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresgid(1000, 1000, 1000));
		CHECK_OK(setresuid(1000, 1000, 1000));
		int fds[2], end[2];
		char seen[256] = "";
		CHECK_OK(pipe(fds));
		CHECK_OK(pipe(end));
		pid_t child = test_fork();
		if (child == 0) {
			dup2(fds[1], 1);
			/* A partner of its own, which shares its directory. */
			pid_t partner = clone(shares_fs, stack + sizeof stack, CLONE_FS | SIGCHLD, &end[0]);
			CHECK(partner > 0);
			execl("./p", "p", "report", NULL);
			_exit(8);
		}
		close(fds[1]);
		CHECK(read(fds[0], seen, sizeof seen - 1) > 0);
		CHECK_EQ(write(end[1], "x", 1), 1);
		CHECK_STREQ(seen, "0 0 0 secure 1 euid 1000 dumpable 1\n");
		CHECK_EQ(test_wait(child), 0);
	}),
		 0);
	unlink("p");
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		report();
		return 0;
	}
	return test_run_cases();
}
