#include "test.h"

int main(void)
{
	CHECK_OK(munlockall());
	return test_done();
}
