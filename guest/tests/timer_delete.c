/* timer_delete(2). */
#include "test.h"

int main(void)
{
	struct itimerspec s = { { 0, 0 }, { 0, 20000000 } };
	int id = -1;
	REQUIRE(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0);
	CHECK_OK(syscall(SYS_timer_settime, id, 0, &s, NULL));
	CHECK_OK(syscall(SYS_timer_delete, id));
	CHECK_ERRNO(syscall(SYS_timer_delete, id), EINVAL);
	CHECK_ERRNO(syscall(SYS_timer_delete, -1), EINVAL);
	usleep(40000);	/* SIGALRM would end this */
	return test_done();
}
