// vdso(7), getrandom(2): __vdso_getrandom gives bytes from a state that the program brings, by the protocol of Linux 6.11.
/* test: skip-oracle 64-only, 6.1 has no __vdso_getrandom */
#include "test.h"
#include "vdso.h"
#include <execinfo.h>
#include <sys/utsname.h>
#include <ucontext.h>

struct params {
	uint32_t size, prot, flags, reserved[13];
};

/* The state as this kernel and Linux lay it out: looked into by known_answer alone. */
struct state {
	unsigned char batch[96];
	uint32_t key[8];
	uint64_t generation;
	unsigned char pos, in_use;
};

static ssize_t (*vdso_random)(void *, size_t, unsigned, void *, size_t);
static struct params params;
static char *state;

TEST(query)
{
	vdso_random = vdso_symbol("__vdso_getrandom");
	if (!vdso_random)
		SKIP("this Linux has no __vdso_getrandom");
	CHECK(vdso_symbol("getrandom") == (void *)vdso_random);
	memset(&params, 0xff, sizeof params);
	CHECK_EQ(vdso_random(NULL, 0, 0, &params, ~0ul), 0);
	CHECK(params.size >= sizeof(struct state) - 6 && params.size <= 4096);
	CHECK_EQ(params.prot, PROT_READ | PROT_WRITE);
	CHECK_EQ(params.flags, 8 /* MAP_DROPPABLE */ | MAP_ANONYMOUS);
	for (int i = 0; i < 13; i++)
		CHECK_EQ(params.reserved[i], 0);
	state = mmap(NULL, 4096, params.prot, params.flags, -1, 0);
	REQUIRE(state != MAP_FAILED);
}

#define NEEDS_IT                                                       \
	do {                                                           \
		if (!state)                                            \
			SKIP("this Linux has no __vdso_getrandom");    \
	} while (0)

static ssize_t get(void *to, size_t size)
{
	return vdso_random(to, size, 0, state, params.size);
}

static int is_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return 0;
	return 1;
}

TEST(bytes)
{
	static unsigned char a[70000], b[70000];
	NEEDS_IT;
	for (size_t size = 1; size <= 300; size++) {
		memset(a, 0, size + 8);
		CHECK_EQ(get(a, size), size);
		/* Nothing behind it is touched. */
		CHECK(is_zero(a + size, 8));
		if (size >= 16) {
			CHECK(!is_zero(a, 8) && !is_zero(a + size - 8, 8));
			CHECK_EQ(get(b, size), size);
			CHECK(memcmp(a, b, 16) != 0 && memcmp(a + size - 8, b + size - 8, 8) != 0);
		}
	}
	CHECK_EQ(get(a, sizeof a), sizeof a);
	CHECK_EQ(get(b, sizeof b), sizeof b);
	long same = 0, bits = 0;
	for (size_t i = 0; i < sizeof a; i++) {
		same += a[i] == b[i];
		bits += __builtin_popcount(a[i]);
	}
	CHECK(same < 500);
	CHECK(bits > 278000 && bits < 282000);
	CHECK_EQ(get(a, 0), 0);
}

TEST(arguments)
{
	char bytes[16];
	NEEDS_IT;
	CHECK_EQ(vdso_random(bytes, 16, 1 | 2, state, params.size), 16);
	CHECK_EQ(vdso_random(bytes, 16, 4, state, params.size), 16);
	CHECK_EQ(vdso_random(bytes, 16, 8, state, params.size), -EINVAL);
	/* Neither a size that the query gave: the call itself, which needs no state. */
	CHECK_EQ(vdso_random(bytes, 16, 0, NULL, 0), 16);
	CHECK_EQ(vdso_random(bytes, 16, 0, state, params.size + 1), 16);
	CHECK_EQ(vdso_random(BAD_PTR, 16, 0, state, params.size - 1), -EFAULT);
	CHECK_EQ(vdso_random(bytes, 16, 0, NULL, ~0ul), 16);
	/* A state that crosses the end of a page. */
	CHECK_EQ(vdso_random(bytes, 16, 0, state + 4096 - params.size + 1, params.size), -EFAULT);
	CHECK_EQ(vdso_random(bytes, 16, 0, state + 4096 - params.size, params.size), 16);
}

/* RFC 8439, A.1: the key stream of a key of zeros. */
TEST(known_answer)
{
	static const unsigned char first[64] =
		"\x76\xb8\xe0\xad\xa0\xf1\x3d\x90\x40\x5d\x6a\xe5\x53\x86\xbd\x28\xbd\xd2\x19\xb8\xa0\x8d\xed\x1a\xa8\x36\xef\xcc"
		"\x8b\x77\x0d\xc7\xda\x41\x59\x7c\x51\x57\x48\x8d\x77\x24\xe0\x3f\xb8\xd8\x4a\x37\x6a\x43\xb8\xf4\x15\x18\xa1\x1c"
		"\xc3\x87\xb6\x69\xb2\xee\x65\x86";
	static const unsigned char second[32] =
		"\x9f\x07\xe7\xbe\x55\x51\x38\x7a\x98\xba\x97\x7c\x73\x2d\x08\x0d\xcb\x0f\x29\xa0\x48\xe3\x65\x69\x12\xc6\x53\x3e"
		"\x32\xee\x7a\xed";
	struct state *s = (struct state *)state;
	unsigned char out[96];
	NEEDS_IT;
	if (params.size != 144)
		SKIP("this Linux has another state");
	CHECK_EQ(get(out, 1), 1);
	memset(s->key, 0, sizeof s->key);
	s->pos = 96;
	CHECK_EQ(get(out, 96), 96);
	CHECK_EQ(memcmp(out, first, 64), 0);
	CHECK_EQ(memcmp(out + 64, second, 32), 0);
	/* What was given is gone, and so is the key. */
	CHECK_EQ(s->pos, 32);
	CHECK(is_zero(s->batch, 32) && !is_zero(s->batch + 32, 64));
	CHECK(!is_zero((unsigned char *)s->key, 32));
	CHECK_EQ(s->in_use, 0);
	/* A state in use is left alone: the call answers. */
	s->in_use = 1;
	CHECK_EQ(get(out, 8), 8);
	CHECK_EQ(s->pos, 32);
	s->in_use = 0;
	/* An older generation, or none: a new key. */
	memset(s->key, 0, sizeof s->key);
	s->generation = 0;
	CHECK_EQ(get(out, 64), 64);
	CHECK(memcmp(out, first, 64) != 0);
	CHECK(s->generation != 0);
}

TEST(after_fork)
{
	unsigned char ours[64], theirs[64] = { 0 };
	int ends[2];
	NEEDS_IT;
	REQUIRE(pipe(ends) == 0);
	CHECK_EQ(get(ours, 8), 8);
	CHECK_EQ(IN_CHILD({
		CHECK(is_zero((unsigned char *)state, params.size));
		CHECK_EQ(get(ours, 64), 64);
		CHECK_EQ(write(ends[1], ours, 64), 64);
	}), 0);
	CHECK_EQ(get(ours, 64), 64);
	CHECK_EQ(read(ends[0], theirs, 64), 64);
	CHECK(memcmp(ours, theirs, 16) != 0 && memcmp(ours + 48, theirs + 48, 16) != 0);
}

/* A handler in the middle of it: it forks, and the child goes on with a state that was emptied under its hands; or it takes
 * bytes itself, and finds the state in use. */
static volatile sig_atomic_t steps, lost, calls, wanted, in_handler;
static void *caller;
static pid_t child;
static unsigned char inner[32];

static void step(int sig, siginfo_t *info, void *context)
{
	uintptr_t pc = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP], base = getauxval(AT_SYSINFO_EHDR);
	void *frames[16];
	(void)sig, (void)info;
	if (pc < base || pc >= base + 8192)
		return;
	calls += !memcmp((void *)pc, "\x0f\x05", 2);
	if (++steps == wanted) {
		in_handler = get(inner, 32);
		child = fork();
	}
	int count = wanted ? 0 : backtrace(frames, 16);
	for (int i = 0; i < count; i++)
		if ((uintptr_t)frames[i] - (uintptr_t)caller < 512)
			return;
	lost += !wanted;
}

static __attribute__((noinline)) ssize_t single_step(void *to, size_t size)
{
	caller = (void *)single_step;
	steps = lost = calls = 0;
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" ::: "memory", "cc");
	ssize_t got = vdso_random(to, size, 0, state, params.size);
	__asm__ volatile("pushfq; andl $~0x100, (%%rsp); popfq" ::: "memory", "cc");
	return got;
}

TEST(unwinding)
{
	struct utsname name;
	struct sigaction action = { .sa_sigaction = step, .sa_flags = SA_SIGINFO };
	unsigned char out[100];
	void *warm[4];
	NEEDS_IT;
	uname(&name);
	/* Linux has no unwind information for its blocks. */
	int complete = strstr(name.release, "ferrogate") != NULL;
	backtrace(warm, 4);
	CHECK_OK(sigaction(SIGTRAP, &action, NULL));
	CHECK_EQ(get(out, 1), 1);
	/* A block and a refill, and no call. */
	CHECK_EQ(single_step(out, 100), 100);
	CHECK(steps > 500);
	CHECK_EQ(calls, 0);
	CHECK(lost == 0 || !complete);
	/* Emptied: a new key, by one call. */
	memset(state, 0, params.size);
	CHECK_EQ(single_step(out, 100), 100);
	CHECK_EQ(calls, 1);
	CHECK(lost == 0 || !complete);
}

TEST(interrupted)
{
	unsigned char out[100], theirs[100];
	int ends[2], status = -1;
	NEEDS_IT;
	REQUIRE(pipe(ends) == 0);
	for (int i = 0; i < 6; i++) {
		wanted = 5 + 97 * i;
		child = -1;
		fflush(NULL);
		CHECK_EQ(single_step(out, 100), 100);
		if (child == 0) {
			ssize_t done = write(ends[1], out, 100);
			_exit(done != 100 || calls == 0);
		}
		REQUIRE(child > 0);
		CHECK_EQ(in_handler, 32);
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK_EQ(status, 0);
		CHECK_EQ(read(ends[0], theirs, 100), 100);
		CHECK(memcmp(out, theirs, 16) != 0 && memcmp(out + 84, theirs + 84, 16) != 0);
		CHECK(memcmp(out, inner, 32) != 0);
	}
	wanted = 0;
}

TEST_MAIN
