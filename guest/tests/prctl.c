// prctl(2): each option, what it keeps over fork and execve, what it refuses.
/* test: cflags=-pthread */
#include "test.h"
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define raw(option, ...) syscall(SYS_prctl, option, ##__VA_ARGS__)

static unsigned long caps(int word, int kind)
{
	unsigned head[2] = { 0x20080522, 0 }, data[6];

	syscall(SYS_capget, head, data);
	return data[3 * word + kind];
}

TEST(unknown)
{
	CHECK_ERRNO(raw(0, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(raw(12345, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(raw(-1, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(raw(PR_GET_UNALIGN, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(raw(PR_SET_FPEMU, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(raw(PR_GET_ENDIAN, 0, 0, 0, 0), EINVAL);
}

TEST(name)
{
	char name[17] = "";
	name[16] = 'x';
	CHECK_OK(raw(PR_SET_NAME, "a name that is too long"));
	CHECK_OK(raw(PR_GET_NAME, name));
	CHECK(!memcmp(name, "a name that is ", 16) && name[16] == 'x');
	CHECK_OK(raw(PR_SET_NAME, "short"));
	CHECK_OK(raw(PR_GET_NAME, name));
	CHECK(!memcmp(name, "short\0\0\0\0\0\0\0\0\0\0", 16));
	CHECK_ERRNO(raw(PR_SET_NAME, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(PR_GET_NAME, BAD_PTR), EFAULT);
	CHECK_EQ(IN_CHILD(CHECK_OK(raw(PR_GET_NAME, name)); CHECK_STREQ(name, "short")), 0);
	char text[32] = "";
	int fd = open("/proc/self/comm", O_RDONLY);
	CHECK(read(fd, text, sizeof text - 1) == 6);
	CHECK_STREQ(text, "short\n");
	close(fd);
}

TEST(pdeathsig)
{
	int sig = -1, fds[2];
	char c;
	CHECK_OK(raw(PR_SET_PDEATHSIG, 0)); /* whatever started the test may have set one */
	CHECK_OK(raw(PR_GET_PDEATHSIG, &sig));
	CHECK_EQ(sig, 0);
	CHECK_ERRNO(raw(PR_SET_PDEATHSIG, 65), EINVAL);
	CHECK_ERRNO(raw(PR_SET_PDEATHSIG, -1), EINVAL);
	CHECK_ERRNO(raw(PR_GET_PDEATHSIG, BAD_PTR), EFAULT);
	CHECK_OK(raw(PR_SET_PDEATHSIG, 64));
	CHECK_OK(raw(PR_SET_PDEATHSIG, SIGUSR1));
	CHECK_EQ(IN_CHILD(CHECK_OK(raw(PR_GET_PDEATHSIG, &sig)); CHECK_EQ(sig, 0)), 0); /* not inherited */
	CHECK_OK(raw(PR_GET_PDEATHSIG, &sig));
	CHECK_EQ(sig, SIGUSR1);
	CHECK_OK(raw(PR_SET_PDEATHSIG, 0));
	/* It comes when the parent ends. */
	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(IN_CHILD({
		int ready[2];
		CHECK_OK(pipe(ready));
		if (test_fork() == 0) {
			sigset_t set;
			sigemptyset(&set);
			sigaddset(&set, SIGUSR2);
			sigprocmask(SIG_BLOCK, &set, NULL);
			CHECK_OK(raw(PR_SET_PDEATHSIG, SIGUSR2));
			CHECK_EQ(write(ready[1], "x", 1), 1);
			c = sigwaitinfo(&set, NULL) == SIGUSR2 ? 'y' : 'n';
			_exit(write(fds[1], &c, 1) != 1);
		}
		CHECK_EQ(read(ready[0], &c, 1), 1);
	}), 0);
	CHECK_EQ(read(fds[0], &c, 1), 1);
	CHECK_EQ(c, 'y');
}

TEST(dumpable)
{
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(raw(PR_GET_DUMPABLE), 1);
		CHECK_ERRNO(raw(PR_SET_DUMPABLE, 2), EINVAL);
		CHECK_ERRNO(raw(PR_SET_DUMPABLE, -1), EINVAL);
		CHECK_OK(raw(PR_SET_DUMPABLE, 0));
		CHECK_EQ(raw(PR_GET_DUMPABLE), 0);
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PR_GET_DUMPABLE), 0)), 0);
	}), 0);
}

TEST(keepcaps)
{
	CHECK_EQ(raw(PR_GET_KEEPCAPS), 0);
	CHECK_ERRNO(raw(PR_SET_KEEPCAPS, 2), EINVAL);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_SET_KEEPCAPS, 1));
		CHECK_EQ(raw(PR_GET_KEEPCAPS), 1);
		CHECK_EQ(raw(PR_GET_SECUREBITS), SECBIT_KEEP_CAPS);
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK(caps(0, 1) != 0);
		CHECK_EQ(caps(0, 0), 0);
		CHECK_OK(raw(PR_SET_KEEPCAPS, 0));
		CHECK_EQ(raw(PR_GET_KEEPCAPS), 0);
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED));
		CHECK_ERRNO(raw(PR_SET_KEEPCAPS, 1), EPERM);
		CHECK_ERRNO(raw(PR_SET_KEEPCAPS, 2), EINVAL);
	}), 0);
}

TEST(securebits)
{
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(raw(PR_GET_SECUREBITS), 0);
		CHECK_OK(raw(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP));
		CHECK_EQ(raw(PR_GET_SECUREBITS), SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP);
		CHECK_ERRNO(raw(PR_SET_SECUREBITS, 0x10000), EPERM);
		/* No fix-up: a change of users leaves the capabilities. */
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK(caps(0, 0) != 0);
		CHECK_OK(raw(PR_SET_SECUREBITS, SECBIT_NOROOT_LOCKED | SECBIT_NOROOT));
		CHECK_ERRNO(raw(PR_SET_SECUREBITS, SECBIT_NOROOT_LOCKED), EPERM); /* locked */
		CHECK_ERRNO(raw(PR_SET_SECUREBITS, SECBIT_NOROOT), EPERM); /* locks stay */
		CHECK_OK(raw(PR_SET_SECUREBITS, SECBIT_NOROOT_LOCKED | SECBIT_NOROOT | SECBIT_NO_CAP_AMBIENT_RAISE));
	}), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(PR_SET_SECUREBITS, 0), EPERM);
		CHECK_EQ(raw(PR_GET_SECUREBITS), 0);
	}), 0);
}

TEST(bounding_set)
{
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(raw(PR_CAPBSET_READ, CAP_CHOWN), 1);
		CHECK_ERRNO(raw(PR_CAPBSET_READ, 64), EINVAL);
		CHECK_ERRNO(raw(PR_CAPBSET_READ, -1), EINVAL);
		CHECK_OK(raw(PR_CAPBSET_DROP, CAP_CHOWN));
		CHECK_EQ(raw(PR_CAPBSET_READ, CAP_CHOWN), 0);
		CHECK_ERRNO(raw(PR_CAPBSET_DROP, 64), EINVAL);
		CHECK(caps(0, 0) & 1 << CAP_CHOWN); /* what one has stays */
		CHECK_OK(setresuid(1000, 1000, 1000));
		CHECK_ERRNO(raw(PR_CAPBSET_DROP, CAP_KILL), EPERM);
		CHECK_ERRNO(raw(PR_CAPBSET_DROP, 64), EPERM);
		CHECK_EQ(raw(PR_CAPBSET_READ, CAP_KILL), 1);
	}), 0);
}

TEST(ambient)
{
	CHECK_ERRNO(raw(PR_CAP_AMBIENT, 0, CAP_CHOWN, 0, 0), EINVAL);
	CHECK_ERRNO(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0), EINVAL);
	CHECK_ERRNO(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 1, 0), EINVAL);
	CHECK_ERRNO(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64, 0, 0), EINVAL);
	CHECK_EQ(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 0);
	CHECK_ERRNO(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0), EPERM); /* not inheritable */
	CHECK_EQ(IN_CHILD({
		unsigned head[2] = { 0x20080522, 0 };
		unsigned data[6];
		CHECK_OK(syscall(SYS_capget, head, data));
		data[2] = 1 << CAP_CHOWN | 1 << CAP_KILL;
		CHECK_OK(syscall(SYS_capset, head, data));
		CHECK_OK(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
		CHECK_OK(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
		CHECK_EQ(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 1);
		CHECK_OK(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_CHOWN, 0, 0));
		CHECK_EQ(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 0);
		CHECK_EQ(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 1);
		CHECK_OK(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
		CHECK_EQ(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 0);
		CHECK_OK(raw(PR_SET_SECUREBITS, SECBIT_NO_CAP_AMBIENT_RAISE));
		CHECK_ERRNO(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0), EPERM);
		CHECK_OK(raw(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_KILL, 0, 0));
	}), 0);
}

static void *slack_of_thread(void *unused)
{
	(void)unused;
	return (void *)raw(PR_GET_TIMERSLACK);
}

TEST(timer_slack_and_timing)
{
	CHECK_EQ(raw(PR_GET_TIMERSLACK), 50000);
	CHECK_EQ(IN_CHILD({
		pthread_t thread;
		void *seen = NULL;
		CHECK_OK(raw(PR_SET_TIMERSLACK, 70000));
		CHECK_EQ(raw(PR_GET_TIMERSLACK), 70000);
		CHECK_OK(raw(PR_SET_TIMERSLACK, 0)); /* back to what it began with */
		CHECK_EQ(raw(PR_GET_TIMERSLACK), 50000);
		CHECK_OK(raw(PR_SET_TIMERSLACK, 80000));
		CHECK_EQ(IN_CHILD({
			CHECK_EQ(raw(PR_GET_TIMERSLACK), 80000);
			CHECK_OK(raw(PR_SET_TIMERSLACK, 1));
			CHECK_OK(raw(PR_SET_TIMERSLACK, 0));
			CHECK_EQ(raw(PR_GET_TIMERSLACK), 80000);
		}), 0);
		CHECK_EQ(pthread_create(&thread, NULL, slack_of_thread, NULL), 0);
		pthread_join(thread, &seen);
		CHECK_EQ((long)seen, 80000);
	}), 0);
	CHECK_EQ(raw(PR_GET_TIMING), PR_TIMING_STATISTICAL);
	CHECK_OK(raw(PR_SET_TIMING, PR_TIMING_STATISTICAL));
	CHECK_ERRNO(raw(PR_SET_TIMING, PR_TIMING_TIMESTAMP), EINVAL);
}

TEST(subreaper)
{
	int on = 7;
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_GET_CHILD_SUBREAPER, &on));
		CHECK_EQ(on, 0);
		CHECK_OK(raw(PR_SET_CHILD_SUBREAPER, 5));
		CHECK_OK(raw(PR_GET_CHILD_SUBREAPER, &on));
		CHECK_EQ(on, 1);
		CHECK_EQ(IN_CHILD(CHECK_OK(raw(PR_GET_CHILD_SUBREAPER, &on)); CHECK_EQ(on, 0)), 0);
		CHECK_EQ(IN_CHILD({
			if (fork() == 0)
				_exit(3);
		}), 0);
		int status;
		CHECK(wait(&status) > 0); /* the grandchild */
		CHECK_EQ(WEXITSTATUS(status), 3);
		CHECK_ERRNO(raw(PR_GET_CHILD_SUBREAPER, BAD_PTR), EFAULT);
	}), 0);
}

TEST(no_new_privs)
{
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(raw(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
		CHECK_ERRNO(raw(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL);
		CHECK_ERRNO(raw(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 1), EINVAL);
		CHECK_ERRNO(raw(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
		CHECK_ERRNO(raw(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0), EINVAL);
		CHECK_ERRNO(raw(PR_SET_NO_NEW_PRIVS, 1, 0, 1, 0), EINVAL);
		CHECK_OK(raw(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
		CHECK_EQ(raw(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1)), 0);
	}), 0);
}

TEST(tid_address)
{
	int *where = NULL, word = 1;
	CHECK_EQ(IN_CHILD({
		syscall(SYS_set_tid_address, &word);
		CHECK_OK(raw(PR_GET_TID_ADDRESS, &where));
		CHECK(where == &word);
	}), 0);
	CHECK_ERRNO(raw(PR_GET_TID_ADDRESS, BAD_PTR), EFAULT);
}

TEST_MAIN
