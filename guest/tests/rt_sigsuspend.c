#include "test.h"

static volatile int got;
static void on(int s) { got = s; }

int main(void)
{
	sigset_t set, none, now;
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, 0);
	signal(SIGUSR1, on);
	raise(SIGUSR1);
	CHECK_EQ(got, 0);
	CHECK_ERRNO(sigsuspend(&none), EINTR);
	CHECK_EQ(got, SIGUSR1);
	sigprocmask(SIG_BLOCK, 0, &now);
	CHECK(sigismember(&now, SIGUSR1));
	CHECK_ERRNO(syscall(SYS_rt_sigsuspend, &none, 4), EINVAL);
	return test_done();
}
