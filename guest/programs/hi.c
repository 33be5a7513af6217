/* Writes "Hi\n" and exits without a C library: the shortest way through the door.
 * gcc -O1 -static -nostdlib -o hi hi.c */
static long syscall3(long nr, long a, long b, long c)
{
	long ret;
	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

void _start(void)
{
	static const char hi[] = "Hi\n";
	long n = syscall3(1 /* write */, 1, (long)hi, sizeof hi - 1);

	syscall3(60 /* exit */, n == sizeof hi - 1 ? 0 : 1, 0, 0);
	__builtin_unreachable();
}
