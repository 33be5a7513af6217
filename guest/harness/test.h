/* What a guest test is written with. A test is one C file, guest/tests/NAME.c, linked statically:
 *
 *	// One line that says what is tested.
 *	#include "test.h"
 *
 *	TEST(bad_descriptor)
 *	{
 *		CHECK_ERRNO(write(-1, "x", 1), EBADF);
 *	}
 *
 *	TEST(counts_bytes)
 *	{
 *		int fds[2];
 *		REQUIRE(pipe(fds) == 0);		// gives up this case
 *		EXPECT_EQ(write(fds[1], "abc", 3), 3);	// notes a failure and goes on
 *	}
 *
 * The cases run in the order in which they stand, in one process, in an empty directory that is the test's own
 * (also $TMPDIR), with /dev/null as standard input. The program exits with 0 if all held, 1 if not, 77 if SKIP was
 * used. It runs on Linux, where the tool runs, on Debian's kernel in QEMU and on Ferrogate, and its output and exit
 * status must be the same in all three places: print no process ids, addresses, times or sizes that may differ.
 *
 * A comment in the first ten lines may hold words for the runner, after "test:", for example
 *	/ * test: guest-only timeout=30 * /	(without the blanks)
 *   guest-only    not on the developer's machine itself: it needs root there or would disturb it
 *   skip-oracle   not on Debian's 6.1 kernel, because that lacks what is tested
 *   ferrogate     only on Ferrogate
 *   long          only under `test --long`
 *   slow          takes long under emulation; started first
 *   timeout=N     seconds for the whole program (10)
 *   cflags=WORD   one more word for gcc; may be given again (cflags=-pthread)
 */
#ifndef FERROGATE_TEST_H
#define FERROGATE_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST_SKIPPED 77
#define TEST_MAX_CASES 128

struct test_case {
	const char *name;
	void (*run)(void);
};

static struct test_case test_cases[TEST_MAX_CASES];
static int test_case_count;
static int test_case_failures;	/* in the case that runs */
static int test_skips;
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

static void __attribute__((unused, format(printf, 2, 3))) test_fail(int line, const char *format, ...)
{
	va_list args;

	test_case_failures++;
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

/* The expression holds; if not, the case goes on. */
#define CHECK(expr)                                                            \
	do {                                                                   \
		errno = 0;                                                     \
		if (!(expr))                                                   \
			test_fail(__LINE__, "%s does not hold (errno %s)", #expr, test_errno(errno)); \
	} while (0)

/* The expression holds; if not, this case ends here. */
#define REQUIRE(expr)                                                          \
	do {                                                                   \
		errno = 0;                                                     \
		if (!(expr)) {                                                 \
			test_fail(__LINE__, "%s does not hold (errno %s), case given up", #expr, \
				  test_errno(errno));                          \
			longjmp(test_leave_case, 1);                           \
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

/* Both are the same number. */
#define EXPECT_EQ(actual, expected)                                            \
	do {                                                                   \
		errno = 0;                                                     \
		long long test_actual = (long long)(actual);                   \
		int test_err = errno;                                          \
		long long test_expected = (long long)(expected);               \
		if (test_actual != test_expected)                              \
			test_fail(__LINE__, "%s is %lld, not %lld (errno %s)", #actual, test_actual, \
				  test_expected, test_errno(test_err));        \
	} while (0)

/* Both are the same text. */
#define EXPECT_STREQ(actual, expected)                                         \
	do {                                                                   \
		const char *test_actual = (actual), *test_expected = (expected); \
		if (strcmp(test_actual, test_expected))                        \
			test_fail(__LINE__, "%s is \"%s\", not \"%s\"", #actual, test_actual, test_expected); \
	} while (0)

/* What is tested cannot be tested here; says why and ends the case. */
#define SKIP(reason)                                                           \
	do {                                                                   \
		printf("  skipped: %s\n", reason);                             \
		test_skips++;                                                  \
		longjmp(test_leave_case, 2);                                   \
	} while (0)

/* Runs the function in a child and returns the wait status, or -1. */
static int __attribute__((unused)) test_in_child(void (*run)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -1;
	if (!pid) {
		test_case_failures = 0;
		run();
		fflush(NULL);
		_exit(test_case_failures ? 1 : 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

#ifndef TEST_OWN_MAIN
int main(void)
{
	int failed = 0;

	for (int i = 0; i < test_case_count; i++) {
		int skips = test_skips;

		test_case_failures = 0;
		if (!setjmp(test_leave_case))
			test_cases[i].run();
		printf("%s %s\n", test_case_failures ? "FAIL" : test_skips > skips ? "skip" : "ok",
		       test_cases[i].name);
		fflush(stdout);
		failed += test_case_failures > 0;
	}
	return failed ? 1 : test_skips ? TEST_SKIPPED : 0;
}
#endif
#endif
