#include "test.h"

int main(void)
{
	sync();
	return test_done();
}
