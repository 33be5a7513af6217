/* pkey_free(2): areas that have the key keep it.
 * test: guest-only, the developer's machine may lack protection keys */
#include "test.h"

int main(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int key = pkey_alloc(0, 0);

	REQUIRE(key == 1);
	CHECK_OK(pkey_mprotect(page, 4096, PROT_READ | PROT_WRITE, key));
	CHECK_OK(pkey_free(key));
	CHECK_ERRNO(pkey_free(key), EINVAL);
	CHECK_ERRNO(pkey_mprotect(page, 4096, PROT_READ, key), EINVAL);
	page[0] = 1;
	CHECK_EQ(pkey_alloc(0, PKEY_DISABLE_ACCESS), key);
	CHECK_EQ(IN_CHILD(_exit(page[0])), SIGSEGV);
	CHECK_OK(pkey_mprotect(page, 4096, PROT_READ, 0));
	CHECK_EQ(page[0], 1);
	CHECK_OK(pkey_free(key));
	return test_done();
}
