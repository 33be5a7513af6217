#include "test.h"

static void on(int s) { (void)s; }

int main(void)
{
	int p[2];
	sigset_t set, none;
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	signal(SIGUSR1, on);
	CHECK_OK(pipe(p));
	struct pollfd f = { p[0], POLLIN, 0 };
	struct timespec t = { 0, 1000000 };
	CHECK_EQ(ppoll(&f, 1, &t, 0), 0);
	sigprocmask(SIG_BLOCK, &set, 0);
	raise(SIGUSR1);
	CHECK_EQ(ppoll(&f, 1, &t, 0), 0);
	CHECK_ERRNO(ppoll(&f, 1, 0, &none), EINTR);
	t.tv_nsec = 2000000000;
	CHECK_ERRNO(ppoll(&f, 1, &t, 0), EINVAL);
	return test_done();
}
