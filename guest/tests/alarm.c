#include "test.h"

static volatile int got;
static void on(int s) { got = s; }

int main(void)
{
	signal(SIGALRM, on);
	CHECK_EQ(alarm(100), 0);
	CHECK_EQ(alarm(1), 100);
	pause();
	CHECK_EQ(got, SIGALRM);
	CHECK_EQ(alarm(0), 0);
	return test_done();
}
