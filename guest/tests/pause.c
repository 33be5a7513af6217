#include "test.h"

static void on(int s) { (void)s; }

int main(void)
{
	signal(SIGALRM, on);
	alarm(1);
	CHECK_ERRNO(syscall(SYS_pause), EINTR);
	return test_done();
}
