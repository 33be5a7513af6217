// ioperm(2): I/O ports one by one.
/* test: guest-only cflags=-pthread, writes to ports */
#include "ioport.h"
#include <pthread.h>
#include <sys/io.h>

#define raw(from, count, on) syscall(SYS_ioperm, from, count, on)

TEST(arguments)
{
	CHECK_ERRNO(raw(0, 0, 1), EINVAL);
	CHECK_ERRNO(raw(65535, 2, 1), EINVAL);
	CHECK_ERRNO(raw(65536, 1, 1), EINVAL);
	CHECK_ERRNO(raw(-1ul, 1, 1), EINVAL);
	CHECK_ERRNO(raw(-1ul, 2, 1), EINVAL);
	CHECK_ERRNO(raw(0, -1ul, 0), EINVAL);
	CHECK_OK(raw(65535, 1, 0));
	CHECK_OK(raw(0, 65536, 0));
}

TEST(needs_the_capability_only_to_allow)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(raw(0x80, 1, 1));
		ioport_drop_capabilities();
		CHECK_ERRNO(raw(0x80, 1, 1), EPERM);
		CHECK_ERRNO(raw(0x80, 0, 1), EINVAL);
		CHECK_EQ(OUTB(0x80), 0);
		CHECK_OK(raw(0x80, 1, 0));
		CHECK_EQ(OUTB(0x80), SI_KERNEL);
	}), 0);
}

TEST(ports_one_by_one)
{
	CHECK_EQ(OUTB(0x80), SI_KERNEL);
	CHECK_OK(raw(0x80, 1, 1));
	CHECK_EQ(OUTB(0x80), 0);
	CHECK_EQ(OUTB(0x81), SI_KERNEL);
	CHECK_EQ(OUTB(0x7f), SI_KERNEL);
	/* A word needs both of its ports. */
	CHECK_EQ(OUTW(0x80), SI_KERNEL);
	CHECK_OK(raw(0x81, 1, 42));
	CHECK_EQ(OUTW(0x80), 0);
	CHECK_OK(raw(0x80, 1, 0));
	CHECK_EQ(OUTB(0x80), SI_KERNEL);
	CHECK_EQ(OUTW(0x80), SI_KERNEL);
	CHECK_OK(raw(0, 65536, 0));
	CHECK_EQ(OUTB(0x81), SI_KERNEL);
}

TEST(the_last_port)
{
	CHECK_OK(raw(65535, 1, 1));
	CHECK_EQ(OUTB(0xffff), 0);
	/* There is none above it. */
	CHECK_EQ(OUTW(0xffff), SI_KERNEL);
	CHECK_OK(raw(65535, 1, 0));
	CHECK_EQ(OUTB(0xffff), SI_KERNEL);
}

static void *in_thread(void *arg)
{
	CHECK_EQ(OUTB(0x80), *(int *)arg);
	CHECK_OK(raw(0x80, 1, 0));
	CHECK_EQ(OUTB(0x80), SI_KERNEL);
	CHECK_OK(raw(0x90, 1, 1));
	return NULL;
}

TEST(every_thread_has_its_own)
{
	pthread_t thread;
	int expected = 0;

	CHECK_OK(raw(0x80, 1, 1));
	REQUIRE(pthread_create(&thread, NULL, in_thread, &expected) == 0);
	REQUIRE(pthread_join(thread, NULL) == 0);
	CHECK_EQ(OUTB(0x80), 0);
	CHECK_EQ(OUTB(0x90), SI_KERNEL);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(OUTB(0x80), 0);
		CHECK_OK(raw(0x80, 1, 0));
	}), 0);
	CHECK_EQ(OUTB(0x80), 0);
}

TEST(survives_switches_and_execve)
{
	CHECK_OK(raw(0x80, 1, 1));
	for (int i = 0; i < 20; i++) {
		CHECK_EQ(IN_CHILD({ CHECK_OK(raw(0, 65536, 0)); }), 0);
		CHECK_EQ(OUTB(0x80), 0);
	}
	CHECK_EQ(ioport_closed_after_execve(), 0);
	CHECK_OK(raw(0x80, 1, 0));
}

int main(int argc, char **argv)
{
	(void)argv;
	return ioport_main(argc);
}
