/* timer_getoverrun(2). */
#include "test.h"

int main(void)
{
	struct itimerspec s = { { 0, 1000000 }, { 0, 1000000 } };
	sigset_t set;
	siginfo_t info;
	int id = -1;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	REQUIRE(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0);
	CHECK_EQ(syscall(SYS_timer_getoverrun, id), 0);
	CHECK_OK(syscall(SYS_timer_settime, id, 0, &s, NULL));
	usleep(50000);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGALRM);
	CHECK(info.si_overrun >= 20);
	CHECK_EQ(syscall(SYS_timer_getoverrun, id), info.si_overrun);
	CHECK_ERRNO(syscall(SYS_timer_getoverrun, 99), EINVAL);
	return test_done();
}
