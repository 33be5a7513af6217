// getppid(2): the parent's number; the reaper's once the parent has ended.
#include "test.h"
#include <sys/prctl.h>

int main(void)
{
	pid_t me = getpid();
	int fds[2];
	char c;
	CHECK(getppid() >= 0);
	CHECK_EQ(IN_CHILD(CHECK_EQ(syscall(SYS_getppid), me)), 0);
	/* With a subreaper above, the grandchild becomes its child. */
	REQUIRE(pipe(fds) == 0);
	CHECK_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
	pid_t child = test_fork();
	if (child == 0) {
		pid_t parent = getpid();
		if (fork() == 0) {
			int ok = 1;
			ok &= getppid() == parent || getppid() == me;
			close(fds[1]);
			ok &= read(fds[0], &c, 1) == 0;
			for (int i = 0; i < 1000 && getppid() != me; i++)
				usleep(1000);
			_exit(ok && getppid() == me ? 7 : 8);
		}
		_exit(0);
	}
	close(fds[0]);
	CHECK_EQ(test_wait(child), 0);
	close(fds[1]);
	int status;
	CHECK(wait(&status) > 0);
	CHECK_EQ(WEXITSTATUS(status), 7);
	/* CLONE_PARENT makes a sibling: the same parent. */
	CHECK_EQ(IN_CHILD({
		pid_t sibling = syscall(SYS_clone, 0x8000 /* CLONE_PARENT */ | SIGCHLD, 0, 0, 0, 0);
		if (sibling == 0)
			_exit(syscall(SYS_getppid) == me ? 5 : 6);
		CHECK(sibling > 0);
		CHECK_ERRNO(waitpid(sibling, NULL, 0), ECHILD);
	}), 0);
	CHECK(wait(&status) > 0);
	CHECK_EQ(WEXITSTATUS(status), 5);
	return test_done();
}
