#include "test.h"

#include <sys/resource.h>
int main(void)
{
	int st;
	struct rusage ru;
	CHECK_ERRNO(wait4(-1, &st, 0, 0), ECHILD);
	pid_t a = fork();
	if (!a)
		for (;;)
			pause();
	CHECK_EQ(wait4(a, &st, WNOHANG, 0), 0);
	CHECK_OK(kill(a, SIGSTOP));
	CHECK_EQ(wait4(a, &st, WUNTRACED, 0), a);
	CHECK(WIFSTOPPED(st) && WSTOPSIG(st) == SIGSTOP);
	CHECK_OK(kill(a, SIGCONT));
	CHECK_EQ(wait4(a, &st, WCONTINUED, 0), a);
	CHECK(WIFCONTINUED(st));
	CHECK_OK(kill(a, SIGKILL));
	CHECK_EQ(wait4(-1, &st, 0, &ru), a);
	CHECK(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL);
	CHECK_ERRNO(wait4(a, &st, 0, 0), ECHILD);
	CHECK_ERRNO(wait4(-1, &st, 0x1000, 0), EINVAL);
	CHECK_ERRNO(wait4(INT_MIN, &st, 0, 0), ESRCH);
	a = fork();
	if (!a)
		_exit(1);
	CHECK_ERRNO(wait4(a, BAD_PTR, 0, 0), EFAULT);
	/* SIGCHLD ignored: children leave no zombie, wait waits for all and then fails. */
	signal(SIGCHLD, SIG_IGN);
	if (!fork())
		_exit(0);
	CHECK_ERRNO(wait(&st), ECHILD);
	signal(SIGCHLD, SIG_DFL);
	/* By process group. */
	a = fork();
	if (!a) {
		setpgid(0, 0);
		_exit(4);
	}
	setpgid(a, a);
	CHECK_EQ(wait4(-a, &st, 0, 0), a);
	CHECK_EQ(WEXITSTATUS(st), 4);
	return test_done();
}
