// getrlimit(2): sixteen resources, inherited over fork and kept over execve.
#include "test.h"
#include <sys/resource.h>

#define raw(resource, limit) syscall(SYS_getrlimit, resource, limit)

int main(int argc, char **argv)
{
	struct rlimit limit;
	(void)argv;
	if (argc > 1) {
		CHECK_OK(raw(RLIMIT_CORE, &limit));
		CHECK(limit.rlim_cur == 5 && limit.rlim_max == 7);
		return test_failures;
	}
	for (int i = 0; i < 16; i++) {
		CHECK_OK(raw(i, &limit));
		CHECK(limit.rlim_cur <= limit.rlim_max);
	}
	CHECK_ERRNO(raw(16, &limit), EINVAL);
	CHECK_ERRNO(raw(-1, &limit), EINVAL);
	CHECK_ERRNO(raw(16, BAD_PTR), EINVAL);
	CHECK_ERRNO(raw(RLIMIT_CORE, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(RLIMIT_CORE, NULL), EFAULT);
	CHECK_EQ(IN_CHILD({
		struct rlimit set = { 5, 7 };
		CHECK_OK(setrlimit(RLIMIT_CORE, &set));
		CHECK_EQ(IN_CHILD({
			CHECK_OK(raw(RLIMIT_CORE, &limit));
			CHECK(limit.rlim_cur == 5 && limit.rlim_max == 7);
			execl("/proc/self/exe", "getrlimit", "again", NULL);
			CHECK(0);
		}), 0);
	}), 0);
	return test_done();
}
