/* timer_create(2), through the raw call: glibc keeps numbers of its own. */
#include "test.h"

static long create(clockid_t clock, struct sigevent *e, int *id)
{
	return syscall(SYS_timer_create, clock, e, id);
}

int main(void)
{
	int id = -1, other = -1;
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	CHECK_OK(create(CLOCK_REALTIME, NULL, &id));
	CHECK_EQ(id, 0);
	CHECK_OK(create(CLOCK_MONOTONIC, &e, &other));
	CHECK_EQ(other, 1);
	CHECK_OK(create(CLOCK_BOOTTIME, &e, &other));
	CHECK_OK(create(CLOCK_TAI, &e, &other));
	CHECK_ERRNO(create(99, &e, &id), EINVAL);
	CHECK_ERRNO(create(CLOCK_MONOTONIC_COARSE, &e, &id), EOPNOTSUPP);
	CHECK_ERRNO(create(CLOCK_MONOTONIC, BAD_PTR, &id), EFAULT);
	CHECK_ERRNO(create(CLOCK_MONOTONIC, &e, BAD_PTR), EFAULT);
	e.sigev_signo = 0;
	CHECK_ERRNO(create(CLOCK_MONOTONIC, &e, &id), EINVAL);
	e.sigev_signo = 65;
	CHECK_ERRNO(create(CLOCK_MONOTONIC, &e, &id), EINVAL);
	e.sigev_notify = SIGEV_NONE;
	CHECK_OK(create(CLOCK_MONOTONIC, &e, &id));
	e.sigev_notify = 77;
	e.sigev_signo = SIGUSR1;
	CHECK_ERRNO(create(CLOCK_MONOTONIC, &e, &id), EINVAL);
	e.sigev_notify = SIGEV_THREAD_ID;
	e._sigev_un._tid = 1 << 30;
	CHECK_ERRNO(create(CLOCK_MONOTONIC, &e, &id), EINVAL);
	e._sigev_un._tid = syscall(SYS_gettid);
	CHECK_OK(create(CLOCK_MONOTONIC, &e, &id));
	/* A child has none of them. */
	CHECK_EQ(IN_CHILD(CHECK_ERRNO(syscall(SYS_timer_delete, 0), EINVAL)), 0);
	CHECK_OK(syscall(SYS_timer_delete, 0));
	return test_done();
}
