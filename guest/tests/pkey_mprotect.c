/* pkey_mprotect(2), and what a protection key forbids: faults, copies to and from the kernel, signal frames.
 * test: guest-only, the developer's machine may lack protection keys */
#include "pkru.h"
#include <sys/ucontext.h>

static sigjmp_buf back;
static volatile int code, key_seen, trapno, err;
static void *volatile addr;
static volatile unsigned int in_handler;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal;
	in_handler = pkru();
	code = info->si_code;
	addr = info->si_addr;
	key_seen = info->si_pkey;
	trapno = uc->uc_mcontext.gregs[REG_TRAPNO];
	err = uc->uc_mcontext.gregs[REG_ERR];
	siglongjmp(back, 1);
}

/* Runs a statement and says how it faulted. siglongjmp leaves PKRU as the handler has it. */
#define FAULT(name, where, ...)                                                \
	do {                                                                   \
		unsigned int before = pkru();                                  \
		code = err = trapno = 0;                                       \
		addr = NULL;                                                   \
		key_seen = -1;                                                 \
		if (!sigsetjmp(back, 1)) {                                     \
			__VA_ARGS__;                                           \
			printf("%s: nothing\n", name);                         \
		} else {                                                       \
			printf("%s: code %d, key %d, error %x%s%s\n", name, code, code == 4 ? key_seen : 0, err, \
			       addr == (where) ? "" : ", elsewhere", in_handler == 0x55555554 ? "" : ", odd PKRU"); \
		}                                                              \
		set_pkru(before);                                              \
	} while (0)

static char read_at(volatile char *at)
{
	return *at;
}

static void write_at(volatile char *at)
{
	*at = 1;
}

static char *pages(int count)
{
	return mmap(NULL, count * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The key that smaps shows for an address; -1 if there is none. */
static int shown_key(void *at)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long start, end;
	int key = -1, here = 0, value;
	char line[256];

	while (file && fgets(line, sizeof line, file)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (unsigned long)at && (unsigned long)at < end;
		else if (here && sscanf(line, "ProtectionKey: %d", &value) == 1)
			key = value;
	}
	if (file)
		fclose(file);
	return key;
}

TEST(arguments)
{
	char *p = pages(2);
	int key = pkey_alloc(0, 0);

	CHECK_ERRNO(pkey_mprotect(p, 4096, PROT_READ, 5), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, 4096, PROT_READ, 16), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, 4096, PROT_READ, -2), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p + 1, 4096, PROT_READ, key), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, 4096, 0x100, key), EINVAL);
	CHECK_OK(pkey_mprotect(p, 0, PROT_READ, 5));
	CHECK_OK(pkey_mprotect(p, 4096, PROT_READ, -1));
	CHECK_EQ(shown_key(p), 0);
	munmap(p + 4096, 4096);
	CHECK_ERRNO(pkey_mprotect(p, 8192, PROT_READ, key), ENOMEM);
	CHECK_EQ(shown_key(p), key);
	CHECK_ERRNO(pkey_mprotect(p + 4096, 4096, PROT_READ, 5), EINVAL);
	munmap(p, 4096);
	pkey_free(key);
}

TEST(faults)
{
	char *p = pages(4);
	int key = pkey_alloc(0, 0);

	write_at(p);
	CHECK_OK(pkey_mprotect(p, 2 * 4096, PROT_READ | PROT_WRITE, key));
	CHECK_EQ(shown_key(p), key);
	CHECK_EQ(shown_key(p + 2 * 4096), 0);
	CHECK_EQ(read_at(p), 1);
	pkey_set(key, PKEY_DISABLE_WRITE);
	CHECK_EQ(read_at(p), 1);
	FAULT("write to a present page", p, write_at(p));
	FAULT("write to one that is not", p + 4096, write_at(p + 4096));
	CHECK_EQ(read_at(p + 4096), 0);
	pkey_set(key, PKEY_DISABLE_ACCESS);
	FAULT("read of a present page", p, read_at(p));
	FAULT("write", p, write_at(p));
	FAULT("read of the page of zeros", p + 4096, read_at(p + 4096));
	/* An ordinary mprotect leaves the key. */
	CHECK_OK(mprotect(p, 4096, PROT_READ));
	CHECK_EQ(shown_key(p), key);
	FAULT("read after mprotect", p, read_at(p));
	pkey_set(key, 0);
	FAULT("write after mprotect", p, write_at(p));
	CHECK_EQ(read_at(p), 1);
	/* The key does not touch execution. */
	CHECK_OK(pkey_mprotect(p + 4096, 4096, PROT_READ | PROT_WRITE, key));
	p[4096] = (char)0xc3;
	CHECK_OK(pkey_mprotect(p + 4096, 4096, PROT_READ | PROT_EXEC, key));
	pkey_set(key, PKEY_DISABLE_ACCESS);
	((void (*)(void))(p + 4096))();
	munmap(p, 4 * 4096);
	pkey_free(key);
	set_pkru(0x55555554);
}

TEST(not_present)
{
	char *p = pages(2);
	int key = pkey_alloc(0, PKEY_DISABLE_ACCESS);

	CHECK_OK(pkey_mprotect(p, 8192, PROT_READ | PROT_WRITE, key));
	FAULT("read of nothing", p, read_at(p));
	FAULT("write of nothing", p + 4096, write_at(p + 4096));
	munmap(p, 8192);
	pkey_free(key);
	set_pkru(0x55555554);
}

TEST(fork_and_copies)
{
	char *p = pages(1);
	int key = pkey_alloc(0, 0), status;

	write_at(p);
	CHECK_OK(pkey_mprotect(p, 4096, PROT_READ | PROT_WRITE, key));
	CHECK_EQ(IN_CHILD({
		p[0]++;
		pkey_set(key, PKEY_DISABLE_ACCESS);
		_exit(shown_key(p) == key ? 7 : 8);
	}), 7 << 8);
	status = IN_CHILD({
		signal(SIGSEGV, SIG_DFL);
		pkey_set(key, PKEY_DISABLE_WRITE);
		p[0]++;
	});
	CHECK_EQ(status, SIGSEGV);
	p[0]++;
	CHECK_EQ(p[0], 2);
	munmap(p, 4096);
	pkey_free(key);
	set_pkru(0x55555554);
}

TEST(the_kernel_s_copies)
{
	char *p = pages(2), buf[16] = "0123456789abcde";
	int key = pkey_alloc(0, 0), fds[2], mem;
	struct iovec local = { buf, 4 }, remote = { p, 4 };

	REQUIRE(pipe(fds) == 0);
	strcpy(p, "abcd");
	CHECK_OK(pkey_mprotect(p, 8192, PROT_READ | PROT_WRITE, key));
	pkey_set(key, PKEY_DISABLE_ACCESS);
	CHECK_ERRNO(write(fds[1], p, 4), EFAULT);
	CHECK_EQ(write(fds[1], buf, 4), 4);
	CHECK_ERRNO(read(fds[0], p, 4), EFAULT);
	CHECK_ERRNO(open(p, O_RDONLY), EFAULT);
	CHECK_ERRNO(syscall(SYS_pipe, p + 4096), EFAULT);
	pkey_set(key, PKEY_DISABLE_WRITE);
	CHECK_EQ(write(fds[1], p, 4), 4);
	CHECK_ERRNO(read(fds[0], p, 4), EFAULT);
	pkey_set(key, PKEY_DISABLE_ACCESS);
	/* Who goes through the memory of "another" process isn't bound. */
	mem = open("/proc/self/mem", O_RDWR);
	CHECK_EQ(pread(mem, buf, 4, (off_t)p), 4);
	CHECK(!memcmp(buf, "abcd", 4));
	CHECK_EQ(pwrite(mem, "efgh", 4, (off_t)p), 4);
	CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), 4);
	CHECK(!memcmp(buf, "efgh", 4));
	CHECK_ERRNO(madvise(p + 4096, 4096, MADV_POPULATE_WRITE), EINVAL);
	close(mem);
	close(fds[0]);
	close(fds[1]);
	munmap(p, 8192);
	pkey_free(key);
	set_pkru(0x55555554);
}

TEST(execute_only)
{
	char *p = pages(1), *q;
	int key, other;

	p[0] = (char)0xc3;
	CHECK_OK(mprotect(p, 4096, PROT_EXEC));
	key = shown_key(p);
	CHECK_EQ(key, 1);
	CHECK_EQ(pkru(), 0x55555554);
	((void (*)(void))p)();
	FAULT("read", p, read_at(p));
	CHECK_ERRNO(pkey_free(key), EINVAL);
	CHECK_ERRNO(pkey_mprotect(p, 4096, PROT_EXEC, key), EINVAL);
	other = pkey_alloc(0, 0);
	CHECK_EQ(other, 2);
	q = mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(shown_key(q), key);
	/* A key of one's own stays. */
	CHECK_OK(pkey_mprotect(q, 4096, PROT_EXEC, other));
	CHECK_EQ(shown_key(q), other);
	CHECK_OK(mprotect(q, 4096, PROT_EXEC));
	CHECK_EQ(shown_key(q), key);
	CHECK_OK(mprotect(p, 4096, PROT_READ | PROT_EXEC));
	CHECK_EQ(shown_key(p), 0);
	CHECK_EQ(read_at(p), (char)0xc3);
	munmap(p, 4096);
	munmap(q, 4096);
	pkey_free(other);
	set_pkru(0x55555554);
}

static void nothing(int signal)
{
	(void)signal;
	in_handler = pkru();
}

TEST(handlers)
{
	unsigned int mine = 0x55555550 | 0x8;

	signal(SIGUSR1, nothing);
	set_pkru(mine);
	raise(SIGUSR1);
	CHECK_EQ(in_handler, 0x55555554);
	CHECK_EQ(pkru(), mine);
	set_pkru(0);
	raise(SIGUSR1);
	CHECK_EQ(in_handler, 0x55555554);
	CHECK_EQ(pkru(), 0);
	set_pkru(0x55555554);
}

/* The frame has PKRU; what the handler puts there holds afterwards. */
static void change(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	char *state = (char *)uc->uc_mcontext.fpregs;
	unsigned int ebx, eax = 0xd, ecx = 9, edx;

	(void)signal;
	(void)info;
	asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	in_handler = *(unsigned int *)(state + ebx);
	*(unsigned int *)(state + ebx) = 0x55555544;
	*(unsigned long *)(state + 512) |= 1 << 9;
}

TEST(frames)
{
	struct sigaction sa = { .sa_sigaction = change, .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &sa, NULL);
	set_pkru(0x55555564);
	raise(SIGUSR1);
	CHECK_EQ(in_handler, 0x55555564);
	CHECK_EQ(pkru(), 0x55555544);
	set_pkru(0x55555554);
	signal(SIGUSR1, SIG_DFL);
}

int main(void)
{
	static char alternate[65536];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate };
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	return test_run_cases();
}
