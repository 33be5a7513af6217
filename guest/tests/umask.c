#include "test.h"

int main(void)
{
	umask(022);
	CHECK_EQ(umask(07777), 022);
	CHECK_EQ(umask(0), 0777);
	return test_done();
}
