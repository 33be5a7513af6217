// Core dumps: which signals make one, what refuses it, and where it goes (core(5)).
// test: guest-only timeout=60 cflags=-pthread, sets kernel.core_pattern
#include "core.h"

#define PATTERN "/proc/sys/kernel/core_pattern"
#define USES_PID "/proc/sys/kernel/core_uses_pid"
#define PIPE_LIMIT "/proc/sys/kernel/core_pipe_limit"
#define SUID_DUMPABLE "/proc/sys/fs/suid_dumpable"

static char here[PATH_MAX];

TEST(setup)
{
	mount("proc", "/proc", "proc", 0, NULL);
	REQUIRE(getcwd(here, sizeof here) != NULL);
	umask(022);
	CHECK_STREQ(slurp(PATTERN), "core\n");
	CHECK_STREQ(slurp(USES_PID), "0\n");
	CHECK_STREQ(slurp(PIPE_LIMIT), "0\n");
	CHECK_STREQ(slurp(SUID_DUMPABLE), "0\n");
	CHECK_ERRNO(spit(SUID_DUMPABLE, "3"), EINVAL);
	CHECK_ERRNO(spit(USES_PID, "x"), EINVAL);
}

TEST(limits)
{
	core_limit(0);
	CHECK_DUMPED(DYING(), 0, "core");
	core_limit(4095);
	CHECK_DUMPED(DYING(), 0, "core");
	core_limit(8192);
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK(size_of("core") <= 8192);
	core_limit(RLIM_INFINITY);
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK(size_of("core") > 8192);
	unlink("core");
}

TEST(signals)
{
	static const int with[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGBUS, SIGSEGV, SIGSYS, SIGXCPU,
				    SIGXFSZ };
	static const int without[] = { SIGHUP, SIGINT, SIGKILL, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
				       SIGSTKFLT, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, 34, 64 };

	for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
		int status = IN_CHILD(die(with[i]));

		CHECK_EQ(WTERMSIG(status), with[i]);
		CHECK_DUMPED(status, 1, "core");
		unlink("core");
	}
	for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
		int status = IN_CHILD(die(without[i]));

		CHECK_EQ(WTERMSIG(status), without[i]);
		CHECK_DUMPED(status, 0, "core");
	}
}

TEST(waitid_says_dumped)
{
	siginfo_t info;
	pid_t pid = test_fork();

	if (pid == 0)
		die(SIGQUIT);
	REQUIRE(waitid(P_PID, pid, &info, WEXITED) == 0);
	CHECK_EQ(info.si_code, CLD_DUMPED);
	CHECK_EQ(info.si_status, SIGQUIT);
	unlink("core");
}

TEST(names)
{
	char name[300], pattern[128];
	pid_t pid;

	CHECK_OK(spit(USES_PID, "1"));
	pid = test_fork();
	if (pid == 0)
		die(SIGABRT);
	snprintf(name, sizeof name, "core.%d", pid);
	CHECK_DUMPED(test_wait(pid), 1, name);
	unlink(name);

	CHECK_OK(spit(PATTERN, "c-%p-%P-%i-%I-%s-%u-%g-%d-%e-%f-%%-%z-%c%"));
	pid = test_fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a/b");
		die(SIGSYS);
	}
	snprintf(name, sizeof name, "c-%d-%d-%d-%d-31-0-0-1-a!b-coredump-%%--%lu", pid, pid, pid, pid,
		 (unsigned long)RLIM_INFINITY);
	CHECK_DUMPED(test_wait(pid), 1, name);
	unlink(name);
	CHECK_OK(spit(USES_PID, "0"));

	/* %h, %E, and an absolute path. */
	CHECK_OK(sethostname("a/host", 6));
	snprintf(pattern, sizeof pattern, "%s/x.%%h.%%E", here);
	CHECK_OK(spit(PATTERN, pattern));
	CHECK_DUMPED(DYING(if (chdir("/")) _exit(1)), 1, "x.a!host.!tests!coredump");
	unlink("x.a!host.!tests!coredump");

	/* No directory is made. */
	CHECK_OK(spit(PATTERN, "none/core"));
	CHECK_DUMPED(DYING(), 0, "none/core");
	/* A pattern of nothing has no name. */
	CHECK_OK(spit(PATTERN, "\n"));
	CHECK_STREQ(slurp(PATTERN), "\n");
	CHECK_DUMPED(DYING(), 0, "core");
	CHECK_OK(spit(PATTERN, "core"));
}

TEST(refused)
{
	/* What was there is unlinked first, whatever it is. */
	CHECK_OK(symlink("elsewhere", "core"));
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK_EQ(size_of("elsewhere"), -1);
	unlink("core");
	make_file("other", "hello");
	CHECK_OK(link("other", "core"));
	CHECK_DUMPED(DYING(), 1, "core");
	CHECK_EQ(size_of("other"), 5);
	unlink("core");
	CHECK_OK(mkfifo("core", 0600));
	CHECK_DUMPED(DYING(), 1, "core");
	unlink("core");
	/* That can't be done to a directory. */
	CHECK_OK(mkdir("core", 0755));
	CHECK_EQ(WCOREDUMP(DYING()), 0);
	rmdir("core");
	/* A umask that takes the owner's rights. */
	CHECK_EQ(WCOREDUMP(DYING(umask(0400))), 0);
	unlink("core");
	/* Another user may not write here, and where it may, must say that it may be dumped. */
	CHECK_DUMPED(DYING(if (setgid(1000) || setuid(1000) || prctl(PR_SET_DUMPABLE, 1)) _exit(1)), 0, "core");
	CHECK_OK(mkdir("open", 0777));
	CHECK_OK(chmod("open", 0777));
	CHECK_DUMPED(DYING(if (chdir("open") || setgid(1000) || setuid(1000)) _exit(1)), 0, "open/core");
	CHECK_DUMPED(DYING(if (chdir("open") || setgid(1000) || setuid(1000) || prctl(PR_SET_DUMPABLE, 1))
				   _exit(1)), 1, "open/core");
	struct stat st;
	CHECK_OK(stat("open/core", &st));
	CHECK_EQ(st.st_uid, 1000);
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	unlink("open/core");
	CHECK_DUMPED(DYING(prctl(PR_SET_DUMPABLE, 0)), 0, "core");
	/* RLIMIT_FSIZE counts, too. */
	CHECK_EQ(WTERMSIG(DYING(struct rlimit r = { 0, 0 }; setrlimit(RLIMIT_FSIZE, &r))), SIGABRT);
	CHECK(size_of("core") <= 0);
	unlink("core");
}

TEST(suid_dumpable)
{
	char pattern[128];
	struct stat st;

	CHECK_OK(spit(SUID_DUMPABLE, "2"));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setuid(1000));
		CHECK_EQ(prctl(PR_GET_DUMPABLE), 2);
		CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 2), EINVAL);
	}), 0);
	/* Only to an absolute path, only as root, and nothing is overwritten. */
	CHECK_DUMPED(DYING(if (chdir("open") || setuid(1000)) _exit(1)), 0, "open/core");
	snprintf(pattern, sizeof pattern, "%s/abs.%%d", here);
	CHECK_OK(spit(PATTERN, pattern));
	CHECK_DUMPED(DYING(if (setuid(1000)) _exit(1)), 1, "abs.2");
	CHECK_OK(stat("abs.2", &st));
	CHECK_EQ(st.st_uid, 0);
	CHECK_EQ(WCOREDUMP(DYING(if (setuid(1000)) _exit(1))), 0);
	unlink("abs.2");
	CHECK_OK(spit(SUID_DUMPABLE, "1"));
	CHECK_EQ(IN_CHILD({ CHECK_OK(setuid(1000)); CHECK_EQ(prctl(PR_GET_DUMPABLE), 1); }), 0);
	CHECK_OK(spit(SUID_DUMPABLE, "0"));
	CHECK_EQ(IN_CHILD({ CHECK_OK(setuid(1000)); CHECK_EQ(prctl(PR_GET_DUMPABLE), 0); }), 0);
	CHECK_OK(spit(PATTERN, "core"));
}

/* ---- a program that takes the core ---- */

static void wait_for_file(const char *name)
{
	while (access(name, F_OK))
		usleep(1000);
}

/* /tests/coredump helper WHAT DIR PID SIGNAL NAME */
static int helper(char **argv)
{
	char buf[4096], path[PATH_MAX] = "";
	struct rlimit limit;
	FILE *out;
	ssize_t n;
	long total = 0;

	if (chdir(argv[3]))
		return 1;
	out = fopen("report.new", "w");
	if (!out)
		return 1;
	getrlimit(RLIMIT_CORE, &limit);
	extern char **environ;
	fprintf(out, "core limit %lu %lu, user %d, environment %d, descriptor 1 %d, pgrp %d, sid %d\n",
		(unsigned long)limit.rlim_cur, (unsigned long)limit.rlim_max, getuid(), environ[0] != NULL,
		fcntl(1, F_GETFD), getpgrp(), getsid(0));
	fprintf(out, "signal %s, name \"%s\"\n", argv[5], argv[6]);
	/* The process is there while it is dumped. */
	snprintf(path, sizeof path, "/proc/%s/exe", argv[4]);
	n = readlink(path, buf, sizeof buf - 1);
	fprintf(out, "its file %.*s\n", n < 0 ? 0 : (int)n, buf);
	if (!strcmp(argv[2], "stall")) {
		fclose(out);
		rename("report.new", "report");
		wait_for_file("go");
	}
	int fd = open("piped", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = read(0, buf, sizeof buf)) > 0)
		total += write(fd, buf, n);
	if (!strcmp(argv[2], "stall")) {
		rename("piped", "stalled");
		return 0;
	}
	fclose(out);
	rename("report.new", "report");
	/* With core_pipe_limit, the process ends only when this end closes. */
	close(0);
	return 0;
}

TEST(program)
{
	char pattern[128];
	struct note n;
	pid_t pid;

	snprintf(pattern, sizeof pattern, "|/tests/coredump helper read %s %%p %%s %%e", here);
	CHECK_OK(spit(PATTERN, pattern));
	CHECK_OK(spit(PIPE_LIMIT, "4"));
	/* The limit does not count for a pipe, unless it is 1. */
	core_limit(0);
	pid = test_fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "two words");
		die(SIGQUIT);
	}
	int status = test_wait(pid);
	CHECK(WTERMSIG(status) == SIGQUIT && WCOREDUMP(status));
	wait_for_file("report");
	printf("%s", slurp("report"));
	load_core("piped");
	REQUIRE(find_note(NT_PRSTATUS, 0, &n));
	CHECK_EQ(((const struct elf_prstatus *)n.content)->pr_pid, pid);
	CHECK_STREQ(memory(marker, sizeof marker), "marked: this stands in the core");
	CHECK_EQ(core_size, PHDR(EHDR->e_phnum - 1)->p_offset + PHDR(EHDR->e_phnum - 1)->p_filesz);
	drop_core();
	unlink("piped");
	unlink("report");
	core_limit(1);
	CHECK_EQ(WCOREDUMP(DYING()), 0);
	core_limit(RLIM_INFINITY);
	CHECK_OK(spit(PATTERN, "|/no/such/program"));
	CHECK_EQ(WCOREDUMP(DYING()), 0);
	CHECK_OK(spit(PATTERN, "core"));
}

TEST(sigkill_ends_a_dump)
{
	char pattern[128];
	pid_t pid;
	int status;

	snprintf(pattern, sizeof pattern, "|/tests/coredump helper stall %s %%p %%s %%e", here);
	CHECK_OK(spit(PATTERN, pattern));
	pid = test_fork();
	if (pid == 0) {
		char *much = malloc(1 << 20);

		memset(much, 1, 1 << 20);
		die(SIGABRT);
	}
	wait_for_file("report");
	CHECK_OK(kill(pid, SIGTERM));
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_EQ(test_wait(pid), SIGKILL);
	/* The program gets to the end. */
	close(open("go", O_CREAT | O_WRONLY, 0600));
	wait_for_file("stalled");
	CHECK_OK(spit(PATTERN, "core"));
	CHECK_OK(spit(PIPE_LIMIT, "0"));
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "helper"))
		return helper(argv);
	return test_run_cases();
}
