/* The made-up code of a case, what it begins with, and what signals on its way say. */

enum register_number { AX, CX, DX, BX, SP, BP, SI, DI };

static unsigned char *at;
/* Whether what is written is 64-bit code. */
static int wide;

static void byte(unsigned value)
{
	*at++ = (unsigned char)value;
}

static void word(uint32_t value)
{
	for (int i = 0; i < 4; i++, value >>= 8)
		byte(value & 0xff);
}

static void bytes(const char *text, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		byte((unsigned char)text[i]);
}

/* ModRM for an absolute address. */
static void absolute(unsigned field, unsigned long address)
{
	byte(wide ? field << 3 | 4 : field << 3 | 5);
	if (wide)
		byte(0x25);
	word((uint32_t)address);
}

#define IN(number) (STATE + offsetof(struct state, in) + 8ul * (number))
#define OUT(number) (STATE + offsetof(struct state, out) + 8ul * (number))
#define OFFSET(field) (STATE + offsetof(struct state, field))

/* MOV between a general register and memory; 8B loads, 89 stores. */
static void move(unsigned opcode, unsigned number, unsigned long address)
{
	if (wide)
		byte(0x48 | (number >> 3) << 2);
	byte(opcode);
	absolute(number & 7, address);
}

/* Numbers of the segment registers in instructions, in the order of `selectors_out`. */
static const unsigned char segments[6] = { 3, 0, 4, 5, 1, 2 };

static void load_everything(unsigned flags)
{
	for (unsigned i = 0; i < 4; i++) {
		byte(0x8e);
		absolute(segments[i], OFFSET(selectors_in) + 2 * i);
	}
	byte(0x68); /* push imm32; popf */
	word(flags);
	byte(0x9d);
	for (unsigned i = 0; i < (wide ? 16u : 8u); i++)
		if (i != SP)
			move(0x8b, i, IN(i));
	move(0x8b, SP, IN(SP));
}

static void store_everything(void)
{
	for (unsigned i = 0; i < (wide ? 16u : 8u); i++)
		move(0x89, i, OUT(i));
	byte(0xbc); /* mov imm32, %esp; pushf; pop flags_out */
	word(STACK + STACK_SIZE);
	byte(0x9c);
	byte(0x8f);
	absolute(0, OFFSET(flags_out));
	for (unsigned i = 0; i < 6; i++) {
		byte(0x8c);
		absolute(segments[i], OFFSET(selectors_out) + 2 * i);
	}
	bytes("\x6a\x02\x9d", 3); /* push $2; popf */
	byte(0xff);
	absolute(5, OFFSET(far_out));
}

struct text {
	const char *bytes;
	unsigned char len;
};
#define TEXT(string) { string, sizeof(string) - 1 }

/* What stands before and after a door; the call's number stays what it is but for LAHF, which makes it a wrong one.
 * IRET and far returns are not among them: QEMU 7.2 takes their reads from the stack for the kernel's. `mov stack_selector, %ss`, which holds traps back, is written by itself. */
static const struct text neighbours[] = {
	TEXT("\x90"), TEXT("\x90"), TEXT("\x90"), TEXT("\x90"),
	TEXT("\xf8"), TEXT("\xf9"), TEXT("\xfc"), TEXT("\xfd"),	/* clc stc cld std */
	TEXT("\x9e"), TEXT("\x9f"),				/* sahf lahf */
	TEXT("\x89\xca"), TEXT("\x31\xc9"), TEXT("\x87\xca"),	/* mov %ecx,%edx; xor %ecx,%ecx; xchg */
	TEXT("\x9c\x9d"), TEXT("\x50\x58"),			/* pushf; popf and push; pop */
	TEXT("\xcc"), TEXT("\xf1"), TEXT("\x0f\x0b"),		/* int3 int1 ud2 */
	TEXT("\xfa"), TEXT("\xfb"), TEXT("\xf4"),		/* cli sti hlt */
	TEXT("\xcd\x03"), TEXT("\xcd\x04"), TEXT("\xcd\x81"), TEXT("\xcd\x0e"), TEXT("\xcd\x02"),
	TEXT("\x0f\x01\xf8"),					/* swapgs */
	TEXT("\x0f\x09"), TEXT("\x0f\x06"),			/* wbinvd clts */
	TEXT("\xe4\x80"),					/* in $0x80 */
	TEXT("\x8e\xd8"), TEXT("\x8e\xe0"),			/* mov %eax to %ds, %fs */
	TEXT("\x66\x90"), TEXT("\xf3\x90"), TEXT("\x0f\x1f\x00"),
	TEXT("\x0f\x20\xc0"), TEXT("\xf0\x90"), TEXT("\x06"),	/* mov %cr0; lock nop; push %es */
	TEXT("\xce"), TEXT("\x0f\xae\xe8"),			/* into; lfence */
};

static void neighbour(struct random *random)
{
	const struct text *text = &neighbours[below(random, sizeof(neighbours) / sizeof(neighbours[0]))];

	if (one_in(random, 12)) {
		byte(0x8e);
		absolute(2, OFFSET(stack_selector));
	} else if (one_in(random, 2)) {
		bytes(text->bytes, text->len);
	}
}

enum door { SYSCALL, INT80, SYSENTER, DOORS };
static const struct text doors[DOORS] = { TEXT("\x0f\x05"), TEXT("\xcd\x80"), TEXT("\x0f\x34") };
static const char *const door_names[DOORS] = { "syscall", "int80", "sysenter" };

static void write_door(struct random *random, enum door door)
{
	static const struct text prefixes[] = { TEXT("\x66"), TEXT("\xf3"), TEXT("\xf2"), TEXT("\x67"), TEXT("\x2e"),
						TEXT("\x48"), TEXT("\xf0") };

	if (one_in(random, 16)) {
		const struct text *prefix = &prefixes[below(random, sizeof(prefixes) / sizeof(prefixes[0]))];
		bytes(prefix->bytes, prefix->len);
	}
	bytes(doors[door].bytes, doors[door].len);
}

static uint64_t value(struct random *random)
{
	static const uint64_t special[] = {
		0, 1, 2, -1ull, -2ull, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
		0x7fffffffffff, 0x800000000000, 0x7ffffffff000, 0x8000000000000000, 0xffff800000000000,
		0xffffffff80000000, 0xffffffffff600000, -512ull, -516ull, -38ull,
	};
	return one_in(random, 2) ? next(random) : special[below(random, sizeof(special) / sizeof(special[0]))];
}

/* Calls that say the same everywhere and change nothing that outlives the case, and numbers without a call. */
static uint32_t call_number(struct random *random, int table_64)
{
	static const short of_64[] = { 102, 104, 107, 108, 24, 95, 135, 219, 340, 400, 600, 102, 15 };
	static const short of_32[] = { 199, 200, 201, 202, 24, 47, 158, 60, 136, 0, 17, 223, 500, 600, 119, 173 };

	if (one_in(random, 16))
		return (uint32_t)next(random) | 0x80000000;
	if (!table_64)
		return (uint32_t)of_32[below(random, sizeof(of_32) / sizeof(of_32[0]))];
	return (uint32_t)of_64[below(random, sizeof(of_64) / sizeof(of_64[0]))];
}

/* 32-bit code with this in a stack pointer does not hit upon the stack or a library, which are elsewhere in each run. */
static uint64_t far_from_everything(uint64_t address)
{
	uint32_t low = (uint32_t)address;

	if (low < 0x1000 || low >= 0xffffe000)
		return address;
	return (address & ~0xffffffffull) | 0x20000000 | (low & 0x1fffffff);
}

static unsigned flags(struct random *random)
{
	static const unsigned rare[] = { FLAG_TF, FLAG_DF, FLAG_NT, FLAG_AC, 0x3000, 0x10000, 0x20000, 0x80000, 0x100000,
					 0x200000 };
	unsigned flags = FLAG_IF | 2 | (next(random) & 0x8d5);

	for (unsigned i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		if (one_in(random, 6))
			flags |= rare[i];
	return flags;
}

static uint16_t selector(struct random *random, int index)
{
	static const uint16_t good[] = { USER_DS, USER_DS, USER_DS, USER32_CS, USER_CS, 0x7b, 0 };

	/* An interrupt on the way clears a null selector with a privilege level in DS and ES. */
	if (index >= 2 && one_in(random, 4))
		return (uint16_t)below(random, 4);
	if (one_in(random, 24))
		return (uint16_t)(next(random) | 3);
	/* 32-bit code reads its state through DS. */
	return !wide && index == 0 ? USER_DS : good[below(random, sizeof(good) / sizeof(good[0]))];
}

extern char finish[];
void enter_case(void);

__asm__(
#ifdef __x86_64__
	".globl enter_case; enter_case: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15;"
	"mov %rsp, 0x10010138; mov $0x10024000, %esp; xor %ebx, %ebx; xor %ecx, %ecx; xor %edx, %edx; xor %esi, %esi;"
	"xor %edi, %edi; xor %ebp, %ebp; xor %r8d, %r8d; xor %r9d, %r9d; xor %r10d, %r10d; xor %r11d, %r11d;"
	"xor %r12d, %r12d; xor %r13d, %r13d; xor %r14d, %r14d; xor %r15d, %r15d; xor %eax, %eax; mov $0x10000000, %eax; jmp *%rax;"
	".globl finish; finish: mov %r8, 0x100100c0; mov %r9, 0x100100c8; mov %r10, 0x100100d0; mov %r11, 0x100100d8;"
	"mov %r12, 0x100100e0; mov %r13, 0x100100e8; mov %r14, 0x100100f0; mov %r15, 0x100100f8;"
	"mov 0x10010138, %rsp; mov $0x2b, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %ss; xor %eax, %eax;"
	"mov %eax, %fs; mov %eax, %gs; cld;"
	"pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret"
#else
	".globl enter_case; enter_case: push %ebx; push %ebp; push %esi; push %edi;"
	"mov %esp, 0x10010138; mov $0x10024000, %esp; xor %ebx, %ebx; xor %ecx, %ecx; xor %edx, %edx; xor %esi, %esi;"
	"xor %edi, %edi; xor %ebp, %ebp; xor %eax, %eax; mov $0x10000000, %eax; jmp *%eax;"
	".globl finish; finish: mov $0x2b, %eax; mov %eax, %ds; mov %eax, %es; mov %eax, %ss; xor %eax, %eax;"
	"mov %eax, %fs; mov %eax, %gs; cld; mov 0x10010138, %esp;"
	"pop %edi; pop %esi; pop %ebp; pop %ebx; ret"
#endif
);
_Static_assert(offsetof(struct state, out) == 0x80 && offsetof(struct state, own_stack) == 0x138, "the assembly's offsets");

static int is_intel(void)
{
	unsigned leaf = 0, vendor, c, d;

	__asm__("cpuid" : "+a"(leaf), "=b"(vendor), "=c"(c), "=d"(d));
	return vendor == 0x756e6547; /* Genu */
}

/* Fills STATE and CODE. */
static void make_case(struct random *random, int verbose)
{
	const int own_wide = REGISTERS == 16, crossed = one_in(random, 4);
	const int inner_wide = own_wide != crossed;
	enum door door = INT80;
	uint32_t *frame = (uint32_t *)(STACK + 0x1000);
	unsigned case_flags, far_in = 0;

	/* The fast doors of 32-bit code lead back into the 32-bit image, which only 32-bit programs have. QEMU lets an
	 * Intel processor use SYSCALL there, and Linux leaves the register for its target at 0. */
	if (!inner_wide && !own_wide)
		do
			door = below(random, DOORS);
		while (door == SYSCALL && is_intel());
	else if (inner_wide && one_in(random, 2))
		door = SYSCALL;
	memset(state, 0, offsetof(struct state, own_stack));
	memset((void *)STACK, 0, STACK_SIZE);
	wide = inner_wide;
	for (int i = 0; i < 16; i++)
		state->in[i] = value(random);
	state->in[AX] = (state->in[AX] & ~0xffffffffull) | call_number(random, door == SYSCALL && inner_wide);
	state->in[SP] = far_from_everything(state->in[SP]);
	state->in[BP] = far_from_everything(state->in[BP]);
	if (!one_in(random, 8))
		state->in[SP] = (unsigned long)frame - (one_in(random, 4) ? below(random, 9) : 0);
	if (!one_in(random, 8))
		state->in[BP] = (unsigned long)frame;
	for (int i = 0; i < 4; i++)
		state->selectors_in[i] = selector(random, i);
	state->stack_selector = one_in(random, 4) ? selector(random, 1) : USER_DS;
	case_flags = flags(random);

	at = (unsigned char *)CODE;
	wide = own_wide;
	if (crossed) {
		if (own_wide)
			for (unsigned i = 8; i < 16; i++)
				move(0x8b, i, IN(i));
		byte(0xff);
		absolute(5, OFFSET(far_in));
		far_in = (uint32_t)(uintptr_t)at;
	}
	wide = inner_wide;
	state->far_in.offset = far_in;
	state->far_in.selector = inner_wide ? USER_CS : USER32_CS;
	state->far_out.offset = (uint32_t)(uintptr_t)finish;
	state->far_out.selector = own_wide ? USER_CS : USER32_CS;
	load_everything(case_flags);
	neighbour(random);
	write_door(random, door);
	/* What the way back through the image pops, and where it returns to. */
	for (int i = 0; i < 3; i++)
		frame[i] = (uint32_t)next(random);
	frame[3] = (uint32_t)(uintptr_t)at;
	neighbour(random);
	store_everything();
	if (verbose) {
		put(inner_wide ? "64-bit code, " : "32-bit code, ");
		put(door_names[door]);
		put(", flags ");
		put_hex(case_flags);
		put(", code");
		for (unsigned char *code = (unsigned char *)CODE; code < at; code++) {
			if (line_len > 110)
				end_line();
			put(" ");
			put_hex(*code);
		}
		end_line();
		for (int i = 0; i < 16; i++)
			note("in", state->in[i]);
		for (int i = 0; i < 4; i++)
			note("sel", state->selectors_in[i]);
		note_end();
		journal_begin(verbose);
	}
}

/* What the code stored; nothing of it if a signal ended the case. */
static void journal_state(void)
{
	for (int i = 0; i < 16; i++)
		note("out", i == SP ? steady(state->out[i]) : state->out[i]);
	note("flags", state->flags_out);
	for (int i = 0; i < 6; i++)
		note("sel", state->selectors_out[i]);
	note_end();
}

/* The program's registers in a signal frame (sigcontext_64, sigcontext_32), from uc_mcontext on. */
#ifdef __x86_64__
#define UC_MCONTEXT 40
#define SI_ADDR 16
enum frame_field { F_IP = 16, F_FLAGS = 17, F_SEGMENTS = 18, F_ERROR = 19, F_TRAP = 20, F_CR2 = 22 };
#else
#define UC_MCONTEXT 20
#define SI_ADDR 12
enum frame_field { F_TRAP = 12, F_ERROR = 13, F_IP = 14, F_CS = 15, F_FLAGS = 16, F_SS = 18, F_CR2 = 21 };
#endif

/* A null selector with a privilege level, which a sigreturn may leave in DS and ES of a 32-bit program, is cleared by the
 * next interrupt. */
static unsigned long settled(int field, unsigned long value)
{
	return REGISTERS == 8 && (field == 2 || field == 3) && (value & 0xfffc) == 0 ? 0 : value;
}

static void on_signal(int signal, char *info, char *context)
{
	unsigned long *registers = (unsigned long *)(context + UC_MCONTEXT);
	int code = *(int *)(info + 8);

	note("signal", (unsigned)signal);
	note("code", (unsigned)code);
	note("ip", steady(registers[F_IP]));
	note("flags", registers[F_FLAGS]);
	if (signal == SIGTRAP && journal.signals++ < 60)
		return;
	if (signal != SIGTRAP)
		note("addr", steady(*(unsigned long *)(info + SI_ADDR)));
	for (int i = 0; i < F_IP; i++)
		if (i != (int)F_TRAP && i != (int)F_ERROR)
			note("reg", steady(settled(i, registers[i])));
	note("trap", registers[F_TRAP]);
	note("error", registers[F_ERROR]);
	if (registers[F_TRAP] == 14)
		note("cr2", steady(registers[F_CR2]));
	registers[F_IP] = (unsigned long)finish;
	registers[F_FLAGS] = FLAG_IF | 2;
#ifdef __x86_64__
	note("segments", registers[F_SEGMENTS]);
	registers[F_SEGMENTS] = USER_CS | (unsigned long)USER_DS << 48;
#else
	note("cs", registers[F_CS] & 0xffff);
	note("ss", registers[F_SS] & 0xffff);
	registers[0] = registers[1] = 0;
	registers[2] = registers[3] = registers[F_SS] = USER_DS;
	registers[F_CS] = USER32_CS;
#endif
}

void restorer(void);
#ifdef __x86_64__
__asm__(".globl restorer; restorer: mov $15, %eax; syscall");
#else
__asm__(".globl restorer; restorer: mov $173, %eax; int $0x80");
#endif

static void take_signals(void)
{
	static const int signals[] = { 4, 5, 7, 8, 11 };
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} __attribute__((packed)) action = { on_signal, 0x4c000004, restorer, 0 };
	struct {
		void *sp;
		int flags;
		unsigned long size;
	} stack = { (void *)SIGNAL_STACK, 0, 0x10000 };

	if (call(NR_sigaltstack, (long)&stack, 0, 0, 0, 0, 0) != 0)
		stop(4);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (call(NR_rt_sigaction, signals[i], (long)&action, 0, 8, 0, 0) != 0)
			stop(5);
}
