// arch_prctl(2): the bases of FS and GS.
/* test: cflags=-mfsgsbase */
#include "test.h"
#include <asm/prctl.h>
#include <immintrin.h>
#include <sys/auxv.h>

#define raw(option, arg) syscall(SYS_arch_prctl, option, arg)

static unsigned long gs_word(void)
{
	unsigned long value;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(value));
	return value;
}

int main(void)
{
	unsigned long base = 1, self;
	static unsigned long words[2] = { 0x1111, 0x2222 };
	CHECK_OK(raw(ARCH_GET_FS, &base));
	__asm__("movq %%fs:0, %0" : "=r"(self)); /* glibc keeps the address itself there */
	CHECK_EQ(base, self);
	CHECK_OK(raw(ARCH_SET_FS, base));
	CHECK_OK(raw(ARCH_GET_GS, &base));
	CHECK_EQ(base, 0);
	CHECK_OK(raw(ARCH_SET_GS, &words[0]));
	CHECK_EQ(gs_word(), 0x1111);
	CHECK_OK(raw(ARCH_GET_GS, &base));
	CHECK_EQ(base, (unsigned long)&words[0]);
	/* It survives being switched away from, and a child has it, too. */
	usleep(1000);
	CHECK_EQ(gs_word(), 0x1111);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(gs_word(), 0x1111);
		CHECK_OK(raw(ARCH_SET_GS, &words[1]));
		CHECK_EQ(gs_word(), 0x2222);
	}), 0);
	CHECK_EQ(gs_word(), 0x1111);
	/* The instructions and the call are about the same thing. */
	if (getauxval(26 /* AT_HWCAP2: FSGSBASE */) & 2) {
		_writegsbase_u64((unsigned long)&words[1]);
		CHECK_OK(raw(ARCH_GET_GS, &base));
		CHECK_EQ(base, (unsigned long)&words[1]);
		CHECK_OK(raw(ARCH_SET_GS, &words[0]));
		CHECK_EQ(_readgsbase_u64(), (unsigned long)&words[0]);
	}
	/* Small numbers and the end of user space. */
	CHECK_OK(raw(ARCH_SET_GS, 5));
	CHECK_OK(raw(ARCH_GET_GS, &base));
	CHECK_EQ(base, 5);
	CHECK_OK(raw(ARCH_SET_GS, 0x7fffffffefff));
	CHECK_ERRNO(raw(ARCH_SET_GS, 0x7ffffffff000), EPERM);
	CHECK_ERRNO(raw(ARCH_SET_GS, -1l), EPERM);
	CHECK_ERRNO(raw(ARCH_SET_FS, 0x8000000000000000), EPERM);
	CHECK_ERRNO(raw(ARCH_GET_FS, BAD_PTR), EFAULT);
	CHECK_ERRNO(raw(ARCH_GET_GS, NULL), EFAULT);
	CHECK_ERRNO(raw(0, 0), EINVAL);
	CHECK_ERRNO(raw(0x1005, 0), EINVAL);
	CHECK_EQ(raw(ARCH_GET_CPUID, 0), 1);
	return test_done();
}
