// setuid(2): all three users with CAP_SETUID, the effective one among real and saved without.
/* test: guest-only, needs root */
#include "test.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define raw_setuid(uid) syscall(SYS_setuid, (uid_t)(uid))

static void are(uid_t r, uid_t e, uid_t s, int line)
{
	uid_t a, b, c;
	getresuid(&a, &b, &c);
	if (a != r || b != e || c != s)
		test_fail(line, "users are %u %u %u, not %u %u %u", a, b, c, r, e, s);
}
#define ARE(r, e, s) are(r, e, s, __LINE__)

TEST(privileged)
{
	CHECK_ERRNO(raw_setuid(-1), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw_setuid(1000));
		ARE(1000, 1000, 1000);
		CHECK_ERRNO(raw_setuid(0), EPERM);
		CHECK_ERRNO(raw_setuid(1001), EPERM);
		CHECK_ERRNO(raw_setuid(-1), EINVAL);
		CHECK_OK(raw_setuid(1000));
	}), 0);
}

TEST(unprivileged)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 2000, 3000));
		CHECK_ERRNO(raw_setuid(2000), EPERM); /* the effective one does not count */
		CHECK_OK(raw_setuid(3000));
		ARE(1000, 3000, 3000);
		CHECK_OK(raw_setuid(1000));
		ARE(1000, 1000, 3000);
	}), 0);
	/* Back to root by the saved user: the capabilities come back with it. */
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 0));
		CHECK_ERRNO(chroot("/"), EPERM);
		CHECK_OK(raw_setuid(0));
		ARE(1000, 0, 0);
		CHECK_OK(chroot("/"));
		CHECK_OK(raw_setuid(1000));
		ARE(1000, 1000, 1000);
	}), 0);
}

TEST(file_access_follows)
{
	CHECK_OK(chmod(".", 0777));
	CHECK_EQ(IN_CHILD({
		struct stat st;
		CHECK_OK(raw_setuid(1000));
		close(make_file("mine", ""));
		CHECK_OK(stat("mine", &st));
		CHECK_EQ(st.st_uid, 1000);
	}), 0);
}

TEST(side_effects)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
		CHECK_OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
		CHECK_OK(raw_setuid(0)); /* no change, no effect */
		CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
		CHECK_OK(raw_setuid(1000));
		int sig = -1;
		CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
		CHECK_OK(prctl(PR_GET_PDEATHSIG, &sig));
		CHECK_EQ(sig, 0);
	}), 0);
	/* Keep-caps keeps the permitted set, not the effective one. */
	CHECK_EQ(IN_CHILD({
		CHECK_OK(prctl(PR_SET_KEEPCAPS, 1));
		CHECK_OK(raw_setuid(1000));
		CHECK_ERRNO(chroot("/"), EPERM);
		unsigned head[2] = { 0x20080522, 0 };
		unsigned data[6];
		CHECK_OK(syscall(SYS_capget, head, data));
		CHECK_EQ(data[0], 0);
		CHECK(data[1] != 0);
	}), 0);
}

/* Too many processes do not make setuid fail but the execve that follows. */
TEST(rlimit_nproc)
{
	int fds[2];
	char c;
	REQUIRE(pipe(fds) == 0);
	pid_t other = test_fork();
	if (other == 0) {
		CHECK_OK(raw_setuid(1234));
		CHECK_EQ(write(fds[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(IN_CHILD({
		char *args[] = { "none", 0 };
		struct rlimit none = { 0, 0 };
		CHECK_OK(setrlimit(RLIMIT_NPROC, &none));
		CHECK_OK(raw_setuid(1234));
		CHECK_ERRNO(execve("none", args, args + 1), EAGAIN);
		CHECK_ERRNO(fork(), EAGAIN);
	}), 0);
	kill(other, SIGKILL);
	CHECK_EQ(test_wait(other), SIGKILL);
}

TEST_MAIN
