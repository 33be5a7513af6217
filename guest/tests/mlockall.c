#include "test.h"

int main(void)
{
	CHECK_ERRNO(mlockall(0), EINVAL);
	CHECK_ERRNO(mlockall(64), EINVAL);
	CHECK_OK(mlockall(MCL_CURRENT));
	CHECK_OK(munlockall());
	return test_done();
}
