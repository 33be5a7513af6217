// prctl(2): options of newer kernels: PR_GET_AUXV, PR_SET_MDWE.
/* test: skip-oracle, both are newer than Debian's kernel */
#include "prctl.h"

#define PR_GET_AUXV_ 0x41555856
#define PR_SET_MDWE_ 65
#define PR_GET_MDWE_ 66
#define REFUSE_EXEC_GAIN 1
#define NO_INHERIT 2

TEST(auxv)
{
	unsigned long words[100], one[3] = { 9, 9, 9 };
	memset(words, 0xff, sizeof words);
	long size = raw(PR_GET_AUXV_, words, sizeof words);
	CHECK_EQ(size, 56 * 8);
	CHECK_EQ(words[56], -1);
	int pagesz = 0;
	for (int i = 0; i < 56 && words[i]; i += 2)
		pagesz |= words[i] == AT_PAGESZ && words[i + 1] == 4096;
	CHECK(pagesz);
	CHECK_EQ(raw(PR_GET_AUXV_, one, 16), size); /* the size, however much was asked for */
	CHECK_EQ(one[0], words[0]);
	CHECK_EQ(one[2], 9);
	CHECK_EQ(raw(PR_GET_AUXV_, BAD_PTR, 0), size);
	CHECK_ERRNO(raw(PR_GET_AUXV_, BAD_PTR, 16), EFAULT);
	CHECK_ERRNO(raw(PR_GET_AUXV_, words, 16, 1), EINVAL);
	CHECK_ERRNO(raw(PR_GET_AUXV_, words, 16, 0, 1), EINVAL);
}

static void *map(int prot)
{
	return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void under_mdwe(void)
{
	void *plain = map(PROT_READ | PROT_WRITE), *code = map(PROT_READ | PROT_EXEC);
	CHECK(plain != MAP_FAILED && code != MAP_FAILED);
	CHECK_ERRNO(map(PROT_READ | PROT_WRITE | PROT_EXEC), EACCES);
	CHECK_ERRNO(mprotect(plain, 4096, PROT_READ | PROT_EXEC), EACCES);
	CHECK_ERRNO(mprotect(plain, 4096, PROT_EXEC), EACCES);
	CHECK_OK(mprotect(plain, 4096, PROT_READ));
	CHECK_OK(mprotect(code, 4096, PROT_EXEC)); /* it was */
	CHECK_ERRNO(mprotect(code, 4096, PROT_WRITE | PROT_EXEC), EACCES);
	CHECK_OK(mprotect(code, 4096, PROT_READ));
	CHECK_ERRNO(mprotect(code, 4096, PROT_READ | PROT_EXEC), EACCES); /* no more */
}

TEST(mdwe)
{
	CHECK_EQ(raw(PR_GET_MDWE_), 0);
	CHECK_ERRNO(raw(PR_GET_MDWE_, 1), EINVAL);
	CHECK_ERRNO(raw(PR_SET_MDWE_, 4), EINVAL);
	CHECK_ERRNO(raw(PR_SET_MDWE_, NO_INHERIT), EINVAL);
	CHECK_ERRNO(raw(PR_SET_MDWE_, REFUSE_EXEC_GAIN, 1), EINVAL);
	CHECK_OK(raw(PR_SET_MDWE_, 0));
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_SET_MDWE_, REFUSE_EXEC_GAIN));
		CHECK_EQ(raw(PR_GET_MDWE_), REFUSE_EXEC_GAIN);
		CHECK_OK(raw(PR_SET_MDWE_, REFUSE_EXEC_GAIN));
		CHECK_ERRNO(raw(PR_SET_MDWE_, 0), EPERM);
		CHECK_ERRNO(raw(PR_SET_MDWE_, REFUSE_EXEC_GAIN | NO_INHERIT), EPERM);
		under_mdwe();
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PR_GET_MDWE_), REFUSE_EXEC_GAIN); under_mdwe()), 0);
	}),
		 0);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(PR_SET_MDWE_, REFUSE_EXEC_GAIN | NO_INHERIT));
		under_mdwe();
		CHECK_EQ(raw(PR_GET_MDWE_), REFUSE_EXEC_GAIN | NO_INHERIT);
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(PR_GET_MDWE_), 0);
				  CHECK(map(PROT_READ | PROT_WRITE | PROT_EXEC) != MAP_FAILED)),
			 0);
	}),
		 0);
}

TEST_MAIN
