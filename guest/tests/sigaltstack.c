#include "test.h"

static char alt[65536];
static volatile int inside;
static void on(int s)
{
	char c;
	(void)s;
	inside = &c >= alt && &c < alt + sizeof alt;
	stack_t st = { .ss_sp = alt, .ss_size = sizeof alt };
	if (inside)
		CHECK_ERRNO(sigaltstack(&st, 0), EPERM);
}

int main(void)
{
	stack_t st = { .ss_sp = alt, .ss_size = sizeof alt }, old;
	CHECK_OK(sigaltstack(&st, &old));
	CHECK_EQ(old.ss_flags, SS_DISABLE);
	struct sigaction sa = { .sa_handler = on, .sa_flags = SA_ONSTACK };
	sigaction(SIGUSR1, &sa, 0);
	raise(SIGUSR1);
	CHECK_EQ(inside, 1);
	sa.sa_flags = 0;
	sigaction(SIGUSR1, &sa, 0);
	raise(SIGUSR1);
	CHECK_EQ(inside, 0);
	CHECK_OK(sigaltstack(0, &old));
	CHECK(old.ss_sp == alt && old.ss_flags == 0);
	st.ss_size = 100;
	CHECK_ERRNO(sigaltstack(&st, 0), ENOMEM);
	st.ss_flags = 0x50;
	CHECK_ERRNO(sigaltstack(&st, 0), EINVAL);
	st.ss_flags = SS_DISABLE;
	CHECK_OK(sigaltstack(&st, 0));
	CHECK_ERRNO(sigaltstack(BAD_PTR, 0), EFAULT);
	return test_done();
}
