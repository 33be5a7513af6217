// personality(2): one word, asked for with 0xffffffff, inherited and kept over execve.
#include "test.h"
#include <sys/personality.h>

#define raw(persona) syscall(SYS_personality, persona)

static long stack_address(void)
{
	volatile int here;

	return (long)&here;
}

int main(int argc, char **argv)
{
	if (argc > 2) { /* told where the stack was: without randomisation it is there again */
		printf("%lx\n", stack_address());
		return 0;
	}
	if (argc > 1)
		return raw(0xffffffff) != atol(argv[1]);
	CHECK_EQ(raw(0xffffffff), 0);
	CHECK_EQ(raw(0xffffffff), 0);
	CHECK_EQ(IN_CHILD({
		CHECK_EQ(raw(ADDR_NO_RANDOMIZE), 0);
		CHECK_EQ(raw(0xffffffff), ADDR_NO_RANDOMIZE);
		CHECK_EQ(raw(PER_LINUX32 | ADDR_NO_RANDOMIZE), ADDR_NO_RANDOMIZE);
		CHECK_EQ(raw(0x12345678), PER_LINUX32 | ADDR_NO_RANDOMIZE); /* any number is taken */
		CHECK_EQ(IN_CHILD(CHECK_EQ(raw(0xffffffff), 0x12345678)), 0);
		CHECK_EQ(raw(0), 0x12345678);
	}), 0);
	CHECK_EQ(raw(0xffffffff), 0);
	CHECK_EQ(IN_CHILD({
		char text[20];
		CHECK_EQ(raw(ADDR_NO_RANDOMIZE | WHOLE_SECONDS), 0);
		sprintf(text, "%d", ADDR_NO_RANDOMIZE | WHOLE_SECONDS);
		execl("/proc/self/exe", "personality", text, NULL);
		CHECK(0);
	}), 0);
	/* ADDR_NO_RANDOMIZE: the same addresses each time. */
	char seen[2][32] = { "", "" };
	for (int i = 0; i < 2; i++) {
		int fds[2];
		REQUIRE(pipe(fds) == 0);
		pid_t child = test_fork();
		if (child == 0) {
			raw(ADDR_NO_RANDOMIZE);
			dup2(fds[1], 1);
			execle("/proc/self/exe", "personality", "where", "stack", NULL, (char *[]){ NULL });
			_exit(9);
		}
		close(fds[1]);
		CHECK(read(fds[0], seen[i], sizeof seen[i] - 1) > 0);
		close(fds[0]);
		CHECK_EQ(test_wait(child), 0);
	}
	CHECK_STREQ(seen[0], seen[1]);
	return test_done();
}
