// Executables that are truncated, malformed or malicious: what execve says of them, and that nothing else happens.
/* test: slow timeout=120 */
#include "test.h"
#include <elf.h>
#include <sys/resource.h>

#define BASE 0x400000UL
#define CODE 0x1000

static unsigned char image[3 * 4096];
static Elf64_Ehdr *eh = (Elf64_Ehdr *)image;
static Elf64_Phdr *ph = (Elf64_Phdr *)(image + sizeof(Elf64_Ehdr));
static size_t size;

/* A program of two segments that exits with 42: its code, and data that begins in the file and ends in zeros. */
static void sound(void)
{
	static const unsigned char code[] = "\xb8\xe7\x00\x00\x00\xbf\x2a\x00\x00\x00\x0f\x05"; /* exit_group(42) */

	memset(image, 0, sizeof image);
	*eh = (Elf64_Ehdr){
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_EXEC, .e_machine = EM_X86_64,
		.e_version = 1, .e_entry = BASE + CODE, .e_phoff = sizeof *eh, .e_ehsize = sizeof *eh,
		.e_phentsize = sizeof *ph, .e_phnum = 2,
	};
	ph[0] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_X, 0, BASE, BASE, 0x1100, 0x1100, 0x1000 };
	ph[1] = (Elf64_Phdr){ PT_LOAD, PF_R | PF_W, 0x2000, BASE + 0x2000, BASE + 0x2000, 0x100, 0x3000, 0x1000 };
	memcpy(image + CODE, code, sizeof code);
	size = sizeof image;
}

static int write_image(const char *name)
{
	unlink(name);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n = write(fd, image, size);

	return close(fd) == 0 && n == (ssize_t)size ? 0 : -1;
}

/* Exit status, signal, or what execve failed with. */
static const char *outcome(const char *name, int file)
{
	static char text[64];
	int fds[2], err = 0;
	char *argv[] = { "elf", NULL };

	if (file && write_image(name))
		return "cannot write";
	pipe2(fds, O_CLOEXEC);
	pid_t pid = test_fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		alarm(2);
		execve(name, argv, argv + 1);
		err = errno;
		write(fds[1], &err, sizeof err);
		_exit(1);
	}
	close(fds[1]);
	int failed = read(fds[0], &err, sizeof err) == sizeof err;
	int status = test_wait(pid);
	close(fds[0]);
	if (failed)
		return strerrorname_np(err);
	snprintf(text, sizeof text, WIFSIGNALED(status) ? "signal %d" : "exit %d",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return text;
}

static void show(const char *what) { printf("%s: %s\n", what, outcome("elf", 1)); }
/* Where Linux 6.1 and 6.18, or 4 and 5 levels of page tables, differ: only the kernel has to survive. */
#define ANY(...) do { sound(); __VA_ARGS__; outcome("elf", 1); } while (0)
#define WITH(...) do { sound(); __VA_ARGS__; show(#__VA_ARGS__); } while (0)

TEST(headers)
{
	WITH((void)0);
	WITH(eh->e_ident[0] = 0); WITH(eh->e_ident[3] = 'f'); WITH(eh->e_ident[EI_CLASS] = ELFCLASS32); WITH(eh->e_ident[EI_CLASS] = 0);
	WITH(eh->e_ident[EI_DATA] = ELFDATA2MSB); WITH(eh->e_ident[EI_VERSION] = 9); WITH(eh->e_ident[EI_OSABI] = 99);
	WITH(eh->e_type = ET_REL); WITH(eh->e_type = ET_CORE); WITH(eh->e_type = ET_NONE); WITH(eh->e_type = 0xffff);
	WITH(eh->e_machine = EM_AARCH64); WITH(eh->e_machine = EM_SPARCV9); WITH(eh->e_machine = 0);
	WITH(eh->e_version = 0); WITH(eh->e_ehsize = 0); WITH(eh->e_shoff = -1; eh->e_shnum = 0xffff; eh->e_shentsize = 1);
	WITH(eh->e_phentsize = 0); WITH(eh->e_phentsize = 55); WITH(eh->e_phentsize = 57); WITH(eh->e_phentsize = 0xffff);
	WITH(eh->e_phnum = 0); WITH(eh->e_phnum = 0xffff); WITH(eh->e_phnum = 1171); WITH(eh->e_phnum = 1170); WITH(eh->e_phnum = 3);
	WITH(eh->e_phoff = 0); WITH(eh->e_phoff = 1); WITH(eh->e_phoff = sizeof image); WITH(eh->e_phoff = sizeof image - 56);
	WITH(eh->e_phoff = -1); WITH(eh->e_phoff = 1UL << 63); WITH(eh->e_phoff = 0x7fffffffffffffff); WITH(eh->e_phoff = 0x7fffffffffffff00);
}

TEST(entries)
{
	WITH(eh->e_entry = 0); WITH(eh->e_entry = BASE + 0x2000); WITH(eh->e_entry = 0xffffffff81000000); WITH(eh->e_entry = 0x7fffffffe000);
	WITH(eh->e_entry = -1); WITH(eh->e_entry = BASE + 0x9000); WITH(eh->e_entry = BASE - 1);
}

TEST(segments)
{
	WITH(ph[0].p_type = PT_NULL); WITH(ph[0].p_type = ph[1].p_type = PT_NULL); WITH(ph[1].p_type = PT_NULL);
	WITH(ph[0].p_filesz = 0); WITH(ph[0].p_filesz = 0x2000); WITH(ph[0].p_filesz = -1); WITH(ph[0].p_filesz = ph[0].p_memsz = -1);
	WITH(ph[0].p_memsz = 0x10ff); WITH(ph[0].p_memsz = 0); WITH(ph[1].p_memsz = 0xff); WITH(ph[1].p_memsz = 0);
	WITH(ph[1].p_memsz = 1UL << 46); WITH(ph[1].p_memsz = 1UL << 47); WITH(ph[1].p_memsz = -1); WITH(ph[1].p_memsz = 1UL << 63);
	WITH(ph[1].p_filesz = ph[1].p_memsz = 0); WITH(ph[1].p_filesz = 0);
	WITH(ph[0].p_offset = 1); WITH(ph[0].p_offset = 0x10000); WITH(ph[0].p_offset = -4096UL); WITH(ph[0].p_offset = 1UL << 63);
	WITH(ph[1].p_offset = 0x2010); ANY(ph[1].p_offset = 0x100000); WITH(ph[1].p_offset = -4096UL); WITH(ph[1].p_offset = 0x7ffffffffffff000);
	WITH(ph[0].p_vaddr = 0); WITH(ph[0].p_vaddr = 0xffffffff80000000); WITH(ph[1].p_vaddr = 0xffffffff80000000);
	WITH(ph[1].p_vaddr = -4096UL); ANY(ph[1].p_vaddr = 0x7fffffffe000); WITH(ph[1].p_vaddr = 1UL << 63); WITH(ph[1].p_vaddr = BASE);
	WITH(ph[1].p_vaddr = BASE + 0x1000); WITH(ph[1].p_vaddr = BASE - 0x2000); WITH(ph[1].p_vaddr = BASE + 0x1800; ph[1].p_offset = 0x1800);
	WITH(ph[0].p_align = 0); WITH(ph[0].p_align = 3); WITH(ph[0].p_align = -1); WITH(ph[0].p_align = 1UL << 63); WITH(ph[1].p_align = 1);
	WITH(ph[0].p_flags = 0); WITH(ph[0].p_flags = PF_R); WITH(ph[0].p_flags = -1); WITH(ph[1].p_flags = 0); WITH(ph[1].p_flags = PF_R);
	WITH(ph[0].p_flags = PF_X);
}

TEST(position_independent)
{
#define PIE eh->e_type = ET_DYN; eh->e_entry = CODE; ph[0].p_vaddr = 0; ph[1].p_vaddr = 0x2000
	WITH(PIE); WITH(PIE; ph[0].p_align = 1UL << 21); WITH(PIE; ph[0].p_align = 3); WITH(PIE; ph[0].p_align = 1UL << 62);
	WITH(PIE; ph[1].p_memsz = 1UL << 46); WITH(PIE; ph[1].p_memsz = 1UL << 47); WITH(PIE; ph[1].p_memsz = -1);
	WITH(PIE; ph[1].p_vaddr = 1UL << 47); WITH(PIE; ph[1].p_vaddr = 1UL << 63); WITH(PIE; ph[1].p_vaddr = -0x4000UL);
	WITH(PIE; ph[0].p_type = ph[1].p_type = PT_NULL); WITH(PIE; eh->e_entry = 1UL << 62); WITH(PIE; eh->e_entry = -1);
	WITH(PIE; ph[0].p_vaddr = 0x2000; ph[1].p_vaddr = 0); WITH(PIE; ph[0].p_memsz = ph[0].p_filesz = ph[1].p_memsz = ph[1].p_filesz = 0);
}

static void interpreter(const char *path, size_t length)
{
	sound();
	eh->e_phnum = 3;
	ph[2] = (Elf64_Phdr){ PT_INTERP, PF_R, 0x2200, 0, 0, length, length, 1 };
	memcpy(image + 0x2200, path, length < 0xe00 ? length : 0xe00);
}
#define INTERP(path, length, ...) do { interpreter(path, length); __VA_ARGS__; show(#path " " #length " " #__VA_ARGS__); } while (0)

TEST(interpreters)
{
	char *cwd = getcwd(NULL, 0), *name;
	int n = asprintf(&name, "%s/interp", cwd) + 1;

	sound();
	eh->e_type = ET_DYN, eh->e_entry = CODE, ph[0].p_vaddr = 0, ph[1].p_vaddr = 0x2000;
	image[CODE + 6] = 43;
	write_image("interp");
	INTERP(name, n); INTERP(name, n, ph[2].p_filesz--); INTERP(name, n, eh->e_entry = -1);
	INTERP("/nonexistent", 13); INTERP("/", 2); INTERP("/dev/null", 10); INTERP("/proc/self/exe", 15); INTERP("", 1); INTERP("", 0);
	INTERP("x", 1); INTERP("\0", 2); INTERP("/tmp", 4096); INTERP("/tmp", 4097); INTERP("/tmp", 1 << 20); INTERP("/tmp", -1UL);
	INTERP(name, n, ph[2].p_offset = 1 << 20); INTERP(name, n, ph[2].p_offset = -1); INTERP(name, n, ph[2].p_offset = 1UL << 63);
	INTERP(name, n, ph[2].p_offset = sizeof image - 4);
	INTERP("interp", 7); INTERP("./interp", 9);
	chmod("interp", 0600);
	INTERP(name, n);
	/* the interpreter itself is what it should not be */
	static const struct { const char *what; size_t at, length; unsigned long value; } faults[] = {
		{ "magic", 0, 1, 0 }, { "machine", 18, 2, 3 }, { "type", 16, 2, ET_REL }, { "core", 16, 2, ET_CORE }, { "phnum 0", 56, 2, 0 },
		{ "phentsize", 54, 2, 3 }, { "phoff", 32, 8, -1UL }, { "entry", 24, 8, -1UL }, { "vaddr", 64 + 16, 8, 1UL << 63 },
		{ "filesz", 64 + 32, 8, -1UL }, { "memsz", 64 + 56 + 40, 8, 1UL << 62 }, { "no load", 64, 1, PT_NOTE }, { "exec", 16, 2, ET_EXEC },
	};
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		sound();
		eh->e_type = ET_DYN, eh->e_entry = CODE, ph[0].p_vaddr = 0, ph[1].p_vaddr = 0x2000;
		memcpy(image + faults[i].at, &faults[i].value, faults[i].length);
		write_image("interp");
		interpreter(name, (size_t)n);
		printf("interpreter's %s: %s\n", faults[i].what, outcome("elf", 1));
	}
	for (size = 0; size < 300; size += 23) {
		size_t keep = size;
		sound();
		eh->e_type = ET_DYN, eh->e_entry = CODE, ph[0].p_vaddr = 0, ph[1].p_vaddr = 0x2000;
		size = keep;
		write_image("interp");
		interpreter(name, (size_t)n);
		printf("interpreter of %zu bytes: %s\n", keep, outcome("elf", 1));
		size = keep;
	}
}

TEST(truncated)
{
	static const size_t sizes[] = { 0, 1, 3, 4, 5, 16, 20, 52, 63, 64, 65, 119, 120, 175, 176, 177, 255, 256, 4095, 4096, 4097, 4102, 4109, 8191, 8192, 8193, 8447 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		sound();
		size = sizes[i];
		/* with a segment's end cut off, 6.1 and 6.18 differ */
		const char *what = outcome("elf", 1);
		printf("%zu bytes: %s\n", size, size < 176 || size > 8192 ? what : "no matter");
	}
}

/* Headers with random bytes changed: mostly refused, sometimes run. */
TEST(random_headers)
{
	unsigned long seed = 4711;
#define NEXT() (seed = seed * 6364136223846793005UL + 1442695040888963407UL, (unsigned)(seed >> 33))

	for (int i = 0; i < 400; i++) {
		sound();
		if (i & 1)
			eh->e_type = ET_DYN, eh->e_entry = CODE, ph[0].p_vaddr = 0, ph[1].p_vaddr = 0x2000;
		for (unsigned changes = NEXT() % 4 + 1; changes; changes--) {
			static const unsigned long values[] = { 0, 1, -1UL, 1UL << 63, 1UL << 47, 0x7ffffffff000, 0xfff, 0x1000, -4096UL, 1UL << 32 };
			unsigned at = 16 + NEXT() % (i % 3 ? 160 : 24);
			if (NEXT() % 2)
				image[at] ^= (unsigned char)(1 << NEXT() % 8);
			else
				memcpy(image + (at & ~7u), &values[NEXT() % 10], 8);
		}
		outcome("elf", 1);
	}
}

static void script(const char *content, size_t n) { memset(image, 0, sizeof image); memcpy(image, content, n); size = n; }
#define SCRIPT(content) do { script(content, sizeof content - 1); printf("%s: %s\n", #content, outcome("elf", 1)); } while (0)

TEST(scripts)
{
	sound();
	/* an interpreter that says what it was given: argc in its exit status */
	static const unsigned char argc[] = "\x48\x8b\x3c\x24\xb8\xe7\x00\x00\x00\x0f\x05";
	memcpy(image + CODE, argc, sizeof argc);
	write_image("argc");
	SCRIPT("#!./argc"); SCRIPT("#!./argc\n"); SCRIPT("#! ./argc\n"); SCRIPT("#!\t ./argc \t\n"); SCRIPT("#!./argc a\n"); SCRIPT("#!./argc a b c\n");
	SCRIPT("#!./argc a\0b\n"); SCRIPT("#!./argc\0a\n"); SCRIPT("#!\n"); SCRIPT("#!"); SCRIPT("#"); SCRIPT("#! \n"); SCRIPT("#!\0./argc\n");
	SCRIPT("#!/nonexistent\n"); SCRIPT("#!/\n"); SCRIPT("#!/dev/null\n"); SCRIPT("#!./argc\r\n"); SCRIPT(" #!./argc\n"); SCRIPT("#!./elf\n");
	SCRIPT("#!elf\n"); SCRIPT("#!argc\n"); SCRIPT("#!./argc -\n"); SCRIPT("\x7f" "ELF#!./argc\n"); SCRIPT("echo\n"); SCRIPT("");
	/* chains */
	script("#!./argc x\n", 11);
	write_image("s0");
	for (int i = 1; i < 8; i++) {
		char line[32], name[8];
		int n = sprintf(line, "#!./s%d y%d\n", i - 1, i);
		sprintf(name, "s%d", i);
		script(line, (size_t)n);
		printf("%s: %s\n", name, outcome(name, 1));
	}
	/* long lines: what is cut off, and where */
	for (int length = 240; length < 275; length++) {
		char line[300];
		memset(line, ' ', sizeof line);
		memcpy(line, "#!", 2);
		memcpy(line + length - 7, "./argc\n", 7);
		script(line, (size_t)length);
		printf("name ends at %d: %s\n", length, outcome("elf", 1));
		memset(line, 'a', sizeof line);
		memcpy(line, "#!./argc ", 9);
		line[length - 1] = '\n';
		script(line, (size_t)length);
		printf("argument ends at %d: %s\n", length, outcome("elf", 1));
		memset(line, 'a', sizeof line);
		memcpy(line, "#!./", 4);
		line[length - 1] = '\n';
		script(line, (size_t)length);
		printf("long name of %d: %s\n", length, outcome("elf", 1));
	}
}

TEST(files)
{
	sound();
	write_image("elf");
	chmod("elf", 0644);
	printf("not executable: %s\n", outcome("elf", 0));
	mkdir("directory", 0755);
	printf("directory: %s\n", outcome("directory", 0));
	mkfifo("fifo", 0755);
	printf("fifo: %s\n", outcome("fifo", 0));
	symlink("loop", "loop");
	printf("loop: %s\n", outcome("loop", 0));
	chmod("elf", 0111);
	printf("not readable: %s\n", outcome("elf", 0));
	int fd = open("elf2", O_RDWR | O_CREAT, 0755);
	write(fd, image, size);
	printf("open for writing: %s\n", outcome("elf2", 0));
	close(fd);
	printf("closed: %s\n", outcome("elf2", 0));
}

TEST_MAIN
