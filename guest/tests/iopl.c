// iopl(2): all I/O ports, and what CLI and STI do then.
/* test: guest-only, writes to ports */
#include "ioport.h"
#include <sys/io.h>

static unsigned long flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; pop %0" : "=r"(flags));
	return flags;
}

TEST(levels)
{
	CHECK_ERRNO(iopl(4), EINVAL);
	CHECK_ERRNO(iopl(-1), EINVAL);
	for (int level = 0; level < 3; level++) {
		CHECK_OK(iopl(level));
		CHECK_EQ(OUTB(0x80), SI_KERNEL);
	}
	CHECK_OK(iopl(3));
	CHECK_EQ(OUTB(0x80), 0);
	CHECK_EQ(OUTB(0xffff), 0);
	/* The processor's own level stays 0. */
	CHECK_EQ(flags() >> 12 & 3, 0);
	CHECK_OK(iopl(0));
	CHECK_EQ(OUTB(0x80), SI_KERNEL);
}

TEST(needs_the_capability_to_rise)
{
	CHECK_EQ(IN_CHILD({
		CHECK_OK(iopl(2));
		ioport_drop_capabilities();
		CHECK_ERRNO(iopl(3), EPERM);
		CHECK_ERRNO(iopl(4), EINVAL);
		CHECK_OK(iopl(2));
		CHECK_OK(iopl(1));
		CHECK_ERRNO(iopl(2), EPERM);
		CHECK_OK(iopl(0));
	}), 0);
}

TEST(beside_ioperm)
{
	CHECK_OK(ioperm(0x80, 1, 1));
	CHECK_OK(iopl(3));
	CHECK_OK(ioperm(0x80, 1, 0));
	CHECK_EQ(OUTB(0x80), 0);
	CHECK_OK(ioperm(0x80, 1, 1));
	CHECK_OK(iopl(0));
	CHECK_EQ(OUTB(0x80), 0);
	CHECK_EQ(OUTB(0x81), SI_KERNEL);
	CHECK_OK(ioperm(0x80, 1, 0));
	CHECK_EQ(OUTB(0x80), SI_KERNEL);
}

TEST(interrupts_stay_on)
{
	CHECK_EQ(IOPORT_TRY("cli"), SI_KERNEL);
	CHECK_OK(iopl(3));
	CHECK_EQ(IOPORT_TRY("cli"), 0);
	CHECK(flags() & 0x200);
	CHECK_EQ(IOPORT_TRY("sti"), 0);
	CHECK_EQ(IOPORT_TRY("hlt"), SI_KERNEL);
	CHECK_OK(iopl(0));
	CHECK_EQ(IOPORT_TRY("sti"), SI_KERNEL);
}

TEST(children_and_execve)
{
	CHECK_OK(iopl(3));
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(OUTB(0x80), 0);
		CHECK_OK(iopl(0));
	}), 0);
	CHECK_EQ(OUTB(0x80), 0);
	CHECK_EQ(ioport_closed_after_execve(), 0);
	CHECK_OK(iopl(0));
}

int main(int argc, char **argv)
{
	(void)argv;
	return ioport_main(argc);
}
