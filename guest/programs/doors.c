/* test: cflags=-nostdlib cflags=-no-pie cflags=-fno-pic cflags=-fno-stack-protector cflags=-mgeneral-regs-only */
/* Random registers, flags and selectors at every door, and the registers that come back.
 *
 *	doors [-v] COUNT [SEED [FIRST]]
 *
 * Each case is a piece of code made up from its number: it loads all registers, runs an instruction, a door, another
 * instruction, and stores all registers; signals on the way are taken down, too. What came back goes into a hash, of
 * which a line is printed every so many cases, so that two kernels on the same processor can be compared. Where they
 * differ, `doors -v 1 SEED CASE` says everything about one case.
 *
 * Built as a 64-bit and as a 32-bit program; it uses no C library, because FS, GS and the flags are not what that
 * expects.
 */
#include <stddef.h>
#include <stdint.h>

#include "doors/machine.h"
#include "doors/random.h"
#include "doors/text.h"
#include "doors/code.h"

#define BLOCK 500

/* Where things are: below 2 GiB, so that code of both widths reaches them by absolute addresses. */
static void map_all(void)
{
	map_fixed(CODE, 0x1000, PROT_READ | PROT_WRITE | PROT_EXEC);
	map_fixed(STATE, 0x1000, PROT_READ | PROT_WRITE);
	map_fixed(STACK, STACK_SIZE, PROT_READ | PROT_WRITE);
	map_fixed(SIGNAL_STACK, 0x10000, PROT_READ | PROT_WRITE);
}

/* One case; gives the hash of what came of it. */
static uint64_t run_case(uint32_t seed, uint32_t number, int verbose)
{
	struct random random = { ((uint64_t)seed << 32) + number };

	next(&random);
	journal_begin(verbose);
	make_case(&random, verbose);
	enter_case();
	journal_state();
	/* What a door may have changed for good. */
	call(NR_umask, 022, 0, 0, 0, 0, 0);
	call(NR_personality, 0, 0, 0, 0, 0, 0);
	return journal.hash;
}

int start(long *stack)
{
	long argc = stack[0], arg = 1;
	char **argv = (char **)&stack[1];
	uint32_t count, seed, first;
	uint64_t total = 0;
	int verbose = 0;

	if (arg < argc && argv[arg][0] == '-' && argv[arg][1] == 'v')
		verbose = 1, arg++;
	count = arg < argc ? number_of(argv[arg++]) : 1000;
	seed = arg < argc ? number_of(argv[arg++]) : 1;
	first = arg < argc ? number_of(argv[arg++]) : 0;
	find_vdso(stack);
	map_all();
	take_signals();
	for (uint32_t i = 0; i < count; i++) {
		total = total * 0x100000001b3 + run_case(seed, first + i, verbose);
		if ((i + 1) % BLOCK == 0 || i + 1 == count)
			say("doors: ", first + i + 1, total);
	}
	return 0;
}
