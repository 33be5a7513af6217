#include "test.h"

int main(void)
{
	sigset_t set;
	siginfo_t si;
	struct timespec t = { 0, 1000000 };
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, 0);
	CHECK_ERRNO(sigtimedwait(&set, &si, &t), EAGAIN);
	raise(SIGUSR1);
	CHECK_EQ(sigtimedwait(&set, &si, 0), SIGUSR1);
	CHECK_EQ(si.si_signo, SIGUSR1);
	union sigval v = { .sival_int = 5 };
	sigqueue(getpid(), SIGRTMIN, v);
	v.sival_int = 6;
	sigqueue(getpid(), SIGRTMIN, v);
	CHECK_EQ(sigtimedwait(&set, &si, &t), SIGRTMIN);
	CHECK(si.si_value.sival_int == 5 && si.si_code == SI_QUEUE);
	CHECK_EQ(sigtimedwait(&set, &si, &t), SIGRTMIN);
	CHECK_EQ(si.si_value.sival_int, 6);
	t.tv_nsec = -1;
	CHECK_ERRNO(sigtimedwait(&set, &si, &t), EINVAL);
	return test_done();
}
