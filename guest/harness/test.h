/* What a guest test is written with. A test is one C file, guest/tests/NAME.c, linked statically:
 *
 *	// One line that says what is tested.
 *	#include "test.h"
 *
 *	int main(void)
 *	{
 *		int fds[2];
 *		CHECK_ERRNO(write(-1, "x", 1), EBADF);	// notes a failure and goes on
 *		REQUIRE(pipe(fds) == 0);		// gives up
 *		CHECK_EQ(write(fds[1], "abc", 3), 3);
 *		return test_done();
 *	}
 *
 * or, where there is much to say, as named cases that run in the order in which they stand:
 *
 *	TEST(bad_descriptor) { CHECK_ERRNO(write(-1, "x", 1), EBADF); }
 *	TEST_MAIN
 *
 * A test starts in an empty directory of its own (also $TMPDIR) with /dev/null as standard input. It exits with 0 if
 * all held, 1 if not, 77 if SKIP was used. It runs on Linux, where the tool runs, on Debian's kernel in QEMU and on Ferrogate, and its output and exit
 * status must be the same in all three places: print no process ids, addresses, times or sizes that may differ.
 *
 * A comment in the first ten lines may hold words for the runner, after "test:", and why behind a comma, for example
 *	/ * test: guest-only timeout=30, sets the clock * /	(without the blanks in the marks)
 *   guest-only    not on the developer's machine itself: it needs root there or would disturb it
 *   skip-oracle   not on Debian's 6.1 kernel, because that lacks what is tested
 *   ferrogate     only on Ferrogate
 *   long          only under `test --long`
 *   slow          takes long under emulation; started first
 *   last          may leave the machine changed (priorities, processors of process 1); run after all others
 *   timeout=N     seconds for the whole program (10)
 *   module=NAME   Debian's kernel has that as a module, which is laid into the guest: see load_module
 *   64-only       says things of 64-bit programs: not run as a program of another ABI, not even under --long
 *   cflags=WORD   one more word for gcc; may be given again (cflags=-pthread)
 */
#ifndef FERROGATE_TEST_H
#define FERROGATE_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TEST_SKIPPED 77
#define TEST_MAX_CASES 128

/* An address that is never mapped, in user space. volatile: gcc would warn of what the tests do with it. */
static void *volatile test_bad_ptr = (void *)1;
#define BAD_PTR ((void *)test_bad_ptr)

struct test_case {
	const char *name;
	void (*run)(void);
};

static struct test_case test_cases[TEST_MAX_CASES];
static int test_case_count;
static int test_failures;
static int test_skips;
static int test_in_case;
static jmp_buf test_leave_case;

static void __attribute__((unused)) test_register(const char *name, void (*run)(void))
{
	if (test_case_count == TEST_MAX_CASES)
		abort();
	test_cases[test_case_count++] = (struct test_case){ name, run };
}

/* A case. gcc runs constructors of one file in the order in which they stand. */
#define TEST(name)                                                             \
	static void test_run_##name(void);                                     \
	static void __attribute__((constructor)) test_register_##name(void)    \
	{                                                                      \
		test_register(#name, test_run_##name);                         \
	}                                                                      \
	static void test_run_##name(void)

/* Ends the case that runs, or the program where there are no cases. */
static void __attribute__((unused, noreturn)) test_leave(void)
{
	if (test_in_case)
		longjmp(test_leave_case, 1);
	fflush(NULL);
	_exit(test_failures ? 1 : TEST_SKIPPED);
}

static void __attribute__((unused, format(printf, 2, 3))) test_fail(int line, const char *format, ...)
{
	va_list args;

	test_failures++;
	printf("  line %d: ", line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* The name of an errno value; glibc's text where it has no name for it. */
static const char *__attribute__((unused)) test_errno(int err)
{
	const char *name = err ? strerrorname_np(err) : "no error";

	return name ? name : strerror(err);
}

/* The expression holds; if not, the test goes on. */
#define CHECK(expr)                                                            \
	do {                                                                   \
		if (!(expr))                                                   \
			test_fail(__LINE__, "%s does not hold (errno %s)", #expr, test_errno(errno)); \
	} while (0)

/* The expression holds; if not, this ends here. */
#define REQUIRE(expr)                                                          \
	do {                                                                   \
		if (!(expr)) {                                                 \
			test_fail(__LINE__, "%s does not hold (errno %s), given up", #expr, \
				  test_errno(errno));                          \
			test_leave();                                          \
		}                                                              \
	} while (0)

/* The call returns -1 and leaves this error. */
#define CHECK_ERRNO(expr, expected)                                            \
	do {                                                                   \
		errno = 0;                                                     \
		long test_value = (long)(expr);                                \
		int test_err = errno;                                          \
		if (test_value != -1)                                          \
			test_fail(__LINE__, "%s returned %ld, not -1 with %s", #expr, test_value, \
				  test_errno(expected));                       \
		else if (test_err != (expected))                               \
			test_fail(__LINE__, "%s failed with %s, not %s", #expr, test_errno(test_err), \
				  test_errno(expected));                       \
	} while (0)

/* The call does not fail. */
#define CHECK_OK(expr)                                                         \
	do {                                                                   \
		if ((long)(expr) == -1)                                        \
			test_fail(__LINE__, "%s failed with %s", #expr, test_errno(errno)); \
	} while (0)

/* Both are the same number. */
#define CHECK_EQ(actual, expected)                                            \
	do {                                                                   \
		long long test_actual = (long long)(actual);                   \
		int test_err = errno;                                          \
		long long test_expected = (long long)(expected);               \
		if (test_actual != test_expected)                              \
			test_fail(__LINE__, "%s is %lld, not %lld (errno %s)", #actual, test_actual, \
				  test_expected, test_errno(test_err));        \
	} while (0)

/* Both are the same text. */
#define CHECK_STREQ(actual, expected)                                         \
	do {                                                                   \
		const char *test_actual = (actual), *test_expected = (expected); \
		if (strcmp(test_actual, test_expected))                        \
			test_fail(__LINE__, "%s is \"%s\", not \"%s\"", #actual, test_actual, test_expected); \
	} while (0)

/* What is tested cannot be tested here; says why and ends the case or the test. */
#define SKIP(reason)                                                           \
	do {                                                                   \
		printf("  skipped: %s\n", reason);                             \
		test_skips++;                                                  \
		test_leave();                                                  \
	} while (0)

static pid_t __attribute__((unused)) test_fork(void)
{
	fflush(NULL);
	return fork();
}

static int __attribute__((unused)) test_wait(pid_t pid)
{
	int status = -1;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Runs a block in a child; the value is its wait status: 0 if all its checks held. */
#define IN_CHILD(...)                                                          \
	({                                                                     \
		pid_t test_pid = test_fork();                                  \
		if (test_pid == 0) {                                           \
			test_failures = test_in_case = 0;                      \
			__VA_ARGS__;                                           \
			fflush(NULL);                                          \
			_exit(test_failures ? 1 : 0);                          \
		}                                                              \
		test_wait(test_pid);                                           \
	})

/* Loads a module that the test's line asks for; where there is none the kernel has it built in. */
static void __attribute__((unused)) load_module(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST)
		test_fail(__LINE__, "cannot load the module %s (errno %s)", name, test_errno(errno));
	close(fd);
}

/* A new file with this content, open for reading and writing at its start. */
static int __attribute__((unused)) make_file(const char *name, const char *content)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	size_t n = strlen(content);

	if (fd < 0 || write(fd, content, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0)
		test_fail(__LINE__, "cannot make the file %s (errno %s)", name, test_errno(errno));
	return fd;
}

/* For the end of main: the exit status. */
static int __attribute__((unused)) test_done(void)
{
	puts(test_failures ? "FAIL" : "ok");
	fflush(stdout);
	return test_failures ? 1 : test_skips ? TEST_SKIPPED : 0;
}

static int __attribute__((unused)) test_run_cases(void)
{
	static int before, skips, i; /* static: they outlive a longjmp */

	test_in_case = 1;
	for (i = 0; i < test_case_count; i++) {
		before = test_failures;
		skips = test_skips;
		if (!setjmp(test_leave_case))
			test_cases[i].run();
		printf("%s %s\n", test_failures > before ? "FAIL" : test_skips > skips ? "skip" : "ok",
		       test_cases[i].name);
		fflush(stdout);
	}
	return test_done();
}

#define TEST_MAIN                                                              \
	int main(void)                                                         \
	{                                                                      \
		return test_run_cases();                                       \
	}
#endif
