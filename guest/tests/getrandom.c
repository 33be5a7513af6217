// getrandom(2): bytes, flags, and how far a bad buffer is filled.
#include "test.h"

#define raw(buf, n, flags) syscall(SYS_getrandom, buf, n, flags)
#define NONBLOCK 1
#define RANDOM 2
#define INSECURE 4

int main(void)
{
	unsigned char a[256] = { 0 }, b[256] = { 0 };
	int flags[] = { 0, NONBLOCK, RANDOM, RANDOM | NONBLOCK, INSECURE, INSECURE | NONBLOCK };
	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
		CHECK_EQ(raw(a, 256, flags[i]), 256);
		CHECK_EQ(raw(b, 256, flags[i]), 256);
		CHECK(memcmp(a, b, 256));
	}
	CHECK_ERRNO(raw(a, 1, RANDOM | INSECURE), EINVAL);
	CHECK_ERRNO(raw(a, 1, 8), EINVAL);
	CHECK_ERRNO(raw(BAD_PTR, 1, 8), EINVAL);
	CHECK_ERRNO(raw(BAD_PTR, 1, 0), EFAULT);
	CHECK_ERRNO(raw((char *)-4096, 1, 0), EFAULT);
	CHECK_EQ(raw(a, 0, 0), 0);
	CHECK_EQ(raw(BAD_PTR, 0, 0), 0);
	/* Exactly as much as asked for. */
	memset(a, 0, 256);
	CHECK_EQ(raw(a, 13, 0), 13);
	for (int i = 13; i < 256; i++)
		CHECK_EQ(a[i], 0);
	/* Every byte value comes up in 64 KiB, and about as often as the others. */
	static unsigned char big[65536];
	int counts[256] = { 0 };
	CHECK_EQ(raw(big, sizeof big, 0), sizeof big);
	for (unsigned i = 0; i < sizeof big; i++)
		counts[big[i]]++;
	for (int i = 0; i < 256; i++)
		CHECK(counts[i] > 128 && counts[i] < 512);
	/* Up to a page that is missing. */
	char *p = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_OK(munmap(p + 4096, 4096));
	CHECK_EQ(raw(p + 4096 - 100, 200, 0), 100);
	CHECK_ERRNO(raw(p + 4096, 200, 0), EFAULT);
	/* A child goes on with other numbers. */
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(raw(a, 32, 0), 32);
		CHECK_EQ(write(fds[1], a, 32), 32);
	}), 0);
	CHECK_EQ(read(fds[0], a, 32), 32);
	CHECK_EQ(raw(b, 32, 0), 32);
	CHECK(memcmp(a, b, 32));
	CHECK_ERRNO(raw((char *)-4096, 0, 0), EFAULT);
	CHECK_ERRNO(raw((char *)-4096, 0, 8), EINVAL);
	return test_done();
}
