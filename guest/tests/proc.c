// What /proc says of a process agrees with what the system calls say of it.
// test: guest-only, sets the host name
#include "files.h"
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

TEST(limits)
{
	struct rlimit limit = { 123, 456 };
	const char *line;

	REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	line = strstr(slurp("/proc/self/limits"), "Max open files");
	REQUIRE(line);
	CHECK(strncmp(line, "Max open files            123                  456                  files     \n", 79) == 0);
	CHECK(strstr(text, "Max nice priority         ") != NULL);
	CHECK(strncmp(text, "Limit                     Soft Limit           Hard Limit           Units     \n", 79) == 0);
}

TEST(status)
{
	slurp("/proc/self/status");
	CHECK_EQ(field(text, "Pid:"), getpid());
	CHECK_EQ(field(text, "PPid:"), getppid());
	CHECK_EQ(field(text, "TracerPid:"), 0);
	CHECK_EQ(field(text, "Uid:"), 0);
	CHECK_EQ(field(text, "Threads:"), 1);
	CHECK(strstr(text, "CapEff:\t000001ffffffffff\n") != NULL);
	CHECK(strstr(text, "Cpus_allowed_list:\t0") != NULL);
	CHECK(field(text, "VmRSS:") > 0);
}

TEST(fdinfo)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	char path[64], byte[5];
	struct stat st;

	REQUIRE(fd >= 0);
	CHECK_EQ(read(fd, byte, 5), 5);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	slurp(path);
	CHECK_EQ(field(text, "pos:"), 5);
	CHECK_EQ(field(text, "flags:") & ~0100000, O_CLOEXEC);
	REQUIRE(fstat(fd, &st) == 0);
	CHECK_EQ(field(text, "ino:"), (long)st.st_ino);
	close(fd);
	CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
}

TEST(memory)
{
	static char secret[] = "twelve bytes";
	char copy[sizeof(secret)] = "";
	int fd = open("/proc/self/mem", O_RDWR);

	REQUIRE(fd >= 0);
	CHECK_EQ(pread(fd, copy, sizeof(copy), (off_t)(uintptr_t)secret), (long)sizeof(copy));
	CHECK_STREQ(copy, "twelve bytes");
	CHECK_EQ(pwrite(fd, "T", 1, (off_t)(uintptr_t)secret), 1);
	CHECK_STREQ(secret, "Twelve bytes");
	/* A debugger's breakpoint: code that the program itself may not write. */
	CHECK_EQ(pread(fd, copy, 1, (off_t)(uintptr_t)&spit), 1);
	CHECK_EQ(pwrite(fd, copy, 1, (off_t)(uintptr_t)&spit), 1);
	CHECK_ERRNO(pread(fd, copy, 1, 16), EIO);
	close(fd);
}

TEST(maps)
{
	char *page = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char line[64];
	const char *at;

	REQUIRE(page != MAP_FAILED);
	page[0] = 1;
	REQUIRE(mprotect(page + 4096, 4096, PROT_NONE) == 0);
	snprintf(line, sizeof(line), "%lx-%lx rw-p 00000000 00:00 0", (long)page, (long)page + 4096);
	CHECK(strstr(slurp("/proc/self/maps"), line) != NULL);
	CHECK(strstr(text, " [stack]\n") != NULL);
	at = strstr(slurp("/proc/self/smaps"), line);
	REQUIRE(at);
	at = strchr(at, '\n') + 1;
	CHECK_EQ(field(at, "Size:"), 4);
	CHECK_EQ(field(at, "Rss:"), 4);
	CHECK_EQ(field(at, "Pss:"), 4);
	CHECK_EQ(field(at, "Private_Dirty:"), 4);
	CHECK_EQ(field(at, "Anonymous:"), 4);
	CHECK(strstr(at, "VmFlags: rd wr mr mw me") != NULL);
	CHECK(field(slurp("/proc/self/smaps_rollup"), "Rss:") > 0);
	CHECK(strstr(text, " [rollup]\n") != NULL);
}

TEST(mountinfo)
{
	char line[4096], *at;
	int id, parent, major, minor;

	REQUIRE(mkdir("/tmp/at here", 0755) == 0);
	REQUIRE(mount("a source", "/tmp/at here", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=700") == 0);
	at = strstr(slurp("/proc/self/mountinfo"), "/ /tmp/at\\040here rw,nosuid,noexec,relatime");
	REQUIRE(at);
	CHECK(strstr(at, " - tmpfs a\\040source rw,mode=700") != NULL);
	while (at > text && at[-1] != '\n')
		at--;
	CHECK_EQ(sscanf(at, "%d %d %d:%d %s", &id, &parent, &major, &minor, line), 5);
	CHECK(id != parent);
	CHECK(strstr(slurp("/proc/mounts"), "a\\040source /tmp/at\\040here tmpfs rw,nosuid,noexec,relatime") != NULL);
	CHECK_EQ(umount("/tmp/at here"), 0);
	CHECK(strstr(slurp("/proc/self/mountinfo"), "at\\040here") == NULL);
	rmdir("/tmp/at here");
}

TEST(oom_score_adj)
{
	CHECK_EQ(spit("/proc/self/oom_score_adj", "17\n"), 0);
	CHECK_STREQ(slurp("/proc/self/oom_score_adj"), "17\n");
	CHECK_ERRNO(spit("/proc/self/oom_score_adj", "1001"), EINVAL);
	CHECK_ERRNO(spit("/proc/self/oom_score_adj", "many"), EINVAL);
	CHECK_EQ(spit("/proc/self/oom_score_adj", "0"), 0);
}

TEST(parameters)
{
	struct utsname names;

	CHECK_STREQ(slurp("/proc/sys/kernel/ostype"), "Linux\n");
	CHECK_EQ(spit("/proc/sys/kernel/hostname", "a-name\n"), 0);
	REQUIRE(uname(&names) == 0);
	CHECK_STREQ(names.nodename, "a-name");
	CHECK_STREQ(slurp("/proc/sys/kernel/hostname"), "a-name\n");
	CHECK_EQ(strlen(slurp("/proc/sys/kernel/random/uuid")), 37);
	CHECK_EQ(text[14], '4');
	CHECK_ERRNO(open("/proc/sys/kernel/none", O_RDONLY), ENOENT);
}

/* Root has no more rights to a parameter than its mode gives, and nobody changes that. */
TEST(rights_to_parameters_are_fixed)
{
	struct stat st;

	CHECK_ERRNO(open("/proc/sys/vm/drop_caches", O_RDONLY), EACCES);
	CHECK_ERRNO(open("/proc/sys/kernel/ostype", O_WRONLY), EACCES);
	CHECK_ERRNO(access("/proc/sys/kernel/ostype", W_OK), EACCES);
	CHECK_OK(access("/proc/sys/kernel/ostype", R_OK));
	CHECK_ERRNO(chmod("/proc/sys/vm/drop_caches", 0), EPERM);
	CHECK_ERRNO(chmod("/proc/sys/vm", 0), EPERM);
	CHECK_ERRNO(chown("/proc/sys/vm/drop_caches", 1, -1), EPERM);
	CHECK_ERRNO(chown("/proc/sys/vm/drop_caches", -1, 1), EPERM);
	REQUIRE(stat("/proc/sys/vm/drop_caches", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0200);
	CHECK_EQ(st.st_uid, 0);
	CHECK_ERRNO(chmod("/proc/self/status", 0777), EPERM);
	CHECK_ERRNO(chmod("/proc/thread-self/stat", 0777), EPERM);
	REQUIRE(stat("/proc/self/status", &st) == 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0444);
	CHECK_ERRNO(chown("/proc/self", 0, -1), EPERM);
	CHECK_ERRNO(chown("/proc/thread-self", -1, 0), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, "/proc/self", NULL, 0), EPERM);
	CHECK_OK(chown("/proc/self", -1, -1));
	CHECK_OK(chown("/proc/self/status", 0, 0));
	CHECK_OK(utimensat(AT_FDCWD, "/proc/self/status", NULL, 0));
}

TEST(others_memory_is_theirs)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(1000) != 0 || setuid(1000) != 0)
			_exit(9);
		_exit((open("/proc/1/maps", O_RDONLY) < 0 && errno == EACCES ? 0 : 1) |
		      (open("/proc/1/environ", O_RDONLY) < 0 && errno == EACCES ? 0 : 2) |
		      (open("/proc/1/status", O_RDONLY) >= 0 ? 0 : 4));
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

TEST_MAIN
