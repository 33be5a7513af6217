// rseq(2): registration and its errors, what the structure says, and what makes a sequence start again.
/* test: cflags=-pthread timeout=40 */
#include "futex.h"
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/rseq.h>

#define SIG RSEQ_SIG
#define UNREGISTER RSEQ_FLAG_UNREGISTER

/* As Linux 6.3 has it; glibc's ends with the flags. */
struct area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t rseq_cs;
	uint32_t flags, node_id, mm_cid, padding;
} __attribute__((aligned(32)));

struct sequence {
	uint32_t version, flags;
	uint64_t start, length, abort;
} __attribute__((aligned(32)));

static struct area own, second;
static volatile int leave, entered, handled;

static long raw(volatile void *area, unsigned len, int flags, unsigned sig)
{
	return syscall(SYS_rseq, area, len, flags, sig);
}

static struct area *glibc_area(void)
{
	return (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* In the place of what glibc has registered. */
static void register_own(void)
{
	raw(glibc_area(), 32, UNREGISTER, SIG);
	CHECK_EQ(raw(&own, 32, 0, SIG), 0);
}

static void unregister_own(void)
{
	CHECK_EQ(raw(&own, 32, UNREGISTER, SIG), 0);
	/* New threads' are registered only if this is. */
	CHECK_EQ(raw(glibc_area(), 32, 0, SIG), 0);
}

/* A sequence that lasts until `leave` is set or it is disturbed: 1 if it was. The word before `4` is its sign. */
extern struct sequence loop_sequence;
int loop_in_sequence(struct area *area, volatile int *entered, volatile int *leave);
__asm__(".pushsection .data\n"
	"	.balign 32\n"
	"loop_sequence:\n"
	"	.long 0, 0\n"
	"	.quad 1f, 2f - 1f, 4f\n"
	"	.popsection\n"
	"loop_in_sequence:\n"
	"	lea loop_sequence(%rip), %rax\n"
	"	mov %rax, 8(%rdi)\n"
	"1:	movl $1, (%rsi)\n"
	"	cmpl $0, (%rdx)\n"
	"	je 1b\n"
	"2:	xor %eax, %eax\n"
	"	ret\n"
	"	.byte 0x0f, 0xb9, 0x3d\n"
	"	.long 0x53053053\n"
	"4:	mov $1, %eax\n"
	"	ret\n");

static int loop(void)
{
	leave = entered = 0;
	return loop_in_sequence(&own, &entered, &leave);
}

static void note(int sig)
{
	handled = sig;
}

static void on_cpu(int tid, int cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK_OK(sched_setaffinity(tid, sizeof set, &set));
}

static cpu_set_t allowed;

/* The nth processor that the test may use, or the last. */
static int nth_cpu(int n)
{
	int last = 0;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && (last = cpu, n-- == 0))
			break;
	return last;
}

TEST(glibc_has_registered)
{
	struct area *area = glibc_area();
	CHECK(__rseq_size != 0);
	CHECK_EQ(sched_getcpu(), (int)area->cpu_id);
	CHECK_ERRNO(raw(area, 32, 0, SIG), EBUSY);
	CHECK_ERRNO(raw(area, 32, 0, SIG + 1), EPERM);
	CHECK_ERRNO(raw(area, 64, 0, SIG), EINVAL);
	CHECK_ERRNO(raw(&own, 32, 0, SIG), EINVAL);
	CHECK_ERRNO(raw(&own, 32, UNREGISTER, SIG), EINVAL);
	CHECK_ERRNO(raw(area, 64, UNREGISTER, SIG), EINVAL);
	CHECK_ERRNO(raw(area, 32, UNREGISTER, SIG + 1), EPERM);
	CHECK_ERRNO(raw(area, 32, UNREGISTER | 2, SIG), EINVAL);
	CHECK_ERRNO(raw(area, 32, 2, SIG), EINVAL);
	/* The auxiliary vector tells of it since Linux 6.3. */
	CHECK(getauxval(27) == 0 || getauxval(27) == 28);
	CHECK_EQ(getauxval(28), getauxval(27) ? 32 : 0);
}

TEST(registration)
{
	struct area *area = glibc_area();
	CHECK_EQ(raw(area, 32, UNREGISTER, SIG), 0);
	CHECK_EQ(area->cpu_id, -1u);
	CHECK_EQ(area->cpu_id_start, 0);
	CHECK_ERRNO(raw(area, 32, UNREGISTER, SIG), EINVAL);
	CHECK_ERRNO(raw(&own, 31, 0, SIG), EINVAL);
	CHECK_ERRNO(raw(&own, 0, 0, SIG), EINVAL);
	CHECK_ERRNO(raw((char *)&own + 8, 32, 0, SIG), EINVAL);
	CHECK_ERRNO(raw((char *)&own + 16, 32, 0, SIG), EINVAL);
	CHECK_ERRNO(raw((void *)-4096l, 32, 0, SIG), EFAULT);
	CHECK_ERRNO(raw(&own, 32, 2, SIG), EINVAL);
	own.cpu_id = 77;
	CHECK_EQ(raw(&own, 32, 0, 5), 0);
	CHECK(own.cpu_id < 77 && own.cpu_id == own.cpu_id_start);
	CHECK_EQ(raw(&own, 32, UNREGISTER, 5), 0);
	if (getauxval(27)) {
		CHECK_EQ(own.node_id, 0);
		/* Longer ones came with Linux 6.3. */
		static struct area longer[2];
		longer[0].mm_cid = longer[0].node_id = 99;
		longer[0].rseq_cs = 1; /* what was left there goes away */
		CHECK_EQ(raw(longer, 64, 0, SIG), 0);
		CHECK_EQ(longer[0].node_id, 0);
		CHECK_EQ(longer[0].mm_cid, 0); /* one thread */
		CHECK_EQ(longer[0].rseq_cs, 0);
		CHECK_ERRNO(raw(longer, 32, UNREGISTER, SIG), EINVAL);
		CHECK_EQ(raw(longer, 64, UNREGISTER, SIG), 0);
	}
	CHECK_EQ(raw(&own, 32, 0, SIG), 0);
	unregister_own();
}

TEST(it_follows_the_thread)
{
	register_own();
	for (int i = 0; i < 6; i++) {
		on_cpu(0, nth_cpu(i % 2));
		CHECK_EQ(own.cpu_id, nth_cpu(i % 2));
		CHECK_EQ(own.cpu_id_start, own.cpu_id);
	}
	CHECK_OK(sched_setaffinity(0, sizeof allowed, &allowed));
	unregister_own();
}

static void *in_thread(void *unused)
{
	struct area *area = glibc_area();
	(void)unused;
	CHECK_ERRNO(raw(area, 32, 0, SIG), EBUSY);
	CHECK(area->cpu_id < CPU_SETSIZE);
	return NULL;
}

TEST(fork_exec_and_threads)
{
	pthread_t thread;
	REQUIRE(pthread_create(&thread, NULL, in_thread, NULL) == 0);
	pthread_join(thread, NULL);
	register_own();
	CHECK_EQ(IN_CHILD({
		CHECK_ERRNO(raw(&own, 32, 0, SIG), EBUSY);
		on_cpu(0, nth_cpu(1));
		CHECK_EQ(own.cpu_id, nth_cpu(1));
	}), 0);
	pid_t child = vfork();
	if (child == 0) {
		/* It shares the memory, and has nothing registered. */
		int bad = raw(&own, 32, UNREGISTER, SIG) != -1 || raw(&second, 32, 0, SIG) != 0;
		_exit(bad);
	}
	CHECK_EQ(test_wait(child), 0);
	child = test_fork();
	if (child == 0) {
		execl("/proc/self/exe", "rseq", "child", NULL);
		_exit(99);
	}
	CHECK_EQ(test_wait(child), 0);
	unregister_own();
}

TEST(signals_disturb)
{
	struct sigaction sa = { .sa_handler = note };
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
	sigaction(SIGALRM, &sa, NULL);
	register_own();
	handled = 0;
	do {
		/* Somebody else's turn disturbs it, too. */
		if (!handled)
			CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
		CHECK_EQ(loop(), 1);
		CHECK_EQ(own.rseq_cs, 0);
	} while (!handled);
	/* Outside of a sequence only the pointer goes. */
	own.rseq_cs = (uintptr_t)&loop_sequence;
	raise(SIGALRM);
	CHECK_EQ(own.rseq_cs, 0);
	unregister_own();
}

TEST(others_turns_disturb)
{
	register_own();
	on_cpu(0, nth_cpu(0));
	pid_t child = test_fork();
	if (child == 0)
		for (;;)
			;
	for (int i = 0; i < 3; i++)
		CHECK_EQ(loop(), 1);
	kill(child, SIGKILL);
	test_wait(child);
	CHECK_OK(sched_setaffinity(0, sizeof allowed, &allowed));
	unregister_own();
}

static volatile int looper_tid, out, go_on;

static void *looper(void *arg)
{
	struct area *area = glibc_area();
	CHECK_EQ(raw(area, 32, UNREGISTER, SIG), 0);
	CHECK_EQ(raw(&own, 32, 0, SIG), 0);
	looper_tid = gettid_();
	long disturbed = loop();
	out = 1;
	while (!go_on)
		usleep(500);
	*(int *)arg = own.cpu_id;
	CHECK_EQ(raw(&own, 32, UNREGISTER, SIG), 0);
	return (void *)disturbed;
}

/* The loop would not end by itself. */
static void disturb(int by_barrier)
{
	pthread_t thread;
	void *disturbed;
	int cpu = -1;
	looper_tid = entered = out = go_on = 0;
	REQUIRE(pthread_create(&thread, NULL, looper, &cpu) == 0);
	UNTIL(looper_tid && entered);
	if (by_barrier)
		CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 0, 0), 0);
	else
		for (int i = 0; i < 2; i++) {
			on_cpu(looper_tid, nth_cpu(i));
			UNTIL(own.cpu_id == (unsigned)nth_cpu(i));
		}
	UNTIL(out);
	go_on = 1;
	pthread_join(thread, &disturbed);
	CHECK_EQ((long)disturbed, 1);
	CHECK(cpu >= 0);
	if (!by_barrier)
		CHECK(cpu == nth_cpu(0) || cpu == nth_cpu(1));
}

TEST(moves_and_barriers_disturb)
{
	CHECK_EQ(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0), 0);
	for (int i = 0; i < 3; i++)
		disturb(1);
	if (nth_cpu(0) != nth_cpu(1))
		disturb(0);
}

/* What makes no sense ends the process, handler or not. */
static int killed_by(const struct sequence *bad, uint64_t at, unsigned sig)
{
	static struct sequence sequence;
	sequence = *bad;
	pid_t child = test_fork();
	if (child == 0) {
		struct sigaction sa = { .sa_handler = note };
		raw(glibc_area(), 32, UNREGISTER, SIG);
		sigaction(SIGUSR1, &sa, NULL);
		sigaction(SIGSEGV, &sa, NULL);
		if (raw(&own, 32, 0, sig) != 0)
			_exit(9);
		own.rseq_cs = at ? at : (uintptr_t)&sequence;
		raise(SIGUSR1);
		_exit(0);
	}
	return test_wait(child);
}

TEST(nonsense)
{
	struct sequence good = loop_sequence, bad = good;
	CHECK_EQ(killed_by(&good, 0, SIG), 0);
	CHECK_EQ(killed_by(&good, 0, SIG + 1), SIGSEGV); /* the word before the handler is another */
	bad.version = 1;
	CHECK_EQ(killed_by(&bad, 0, SIG), SIGSEGV);
	bad = good;
	bad.abort = good.start + 1;
	CHECK_EQ(killed_by(&bad, 0, SIG), SIGSEGV);
	bad = good;
	bad.length = -1;
	CHECK_EQ(killed_by(&bad, 0, SIG), SIGSEGV);
	bad = good;
	bad.start = 1ul << 63;
	CHECK_EQ(killed_by(&bad, 0, SIG), SIGSEGV);
	CHECK_EQ(killed_by(&good, 1ul << 63, SIG), SIGSEGV);
	CHECK_EQ(killed_by(&good, 4096, SIG), SIGSEGV);
	bad = good;
	bad.abort = 4096;
	CHECK_EQ(killed_by(&bad, 0, SIG), SIGSEGV);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return raw(glibc_area(), 32, 0, SIG) == -1 && errno == EBUSY ? 0 : 3;
	CHECK_OK(sched_getaffinity(0, sizeof allowed, &allowed));
	return test_run_cases();
}
