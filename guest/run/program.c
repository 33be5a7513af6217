/* Starts the program as the user asked: streams, terminal, identity, directory; and says exactly what is wrong if it
 * can't be. */
#include "run.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child says over its pipe before the program takes its place: the kind of message, then a text. */
struct report {
	uint32_t code; /* 0 for a warning */
	char text[1000];
};

static int report_to;

static void report(uint32_t code, const char *format, ...)
{
	struct report r = { .code = code };
	va_list args;

	va_start(args, format);
	vsnprintf(r.text, sizeof r.text, format, args);
	va_end(args);
	write_all(report_to, &r, sizeof r);
	if (code)
		_exit(0);
}

/* The interpreter that a script's first line names. */
static bool script_interpreter(const char *head, char *name, size_t size)
{
	const char *from = head + 2 + strspn(head + 2, " \t");
	size_t length = strcspn(from, " \t\n");

	if (strncmp(head, "#!", 2) || length >= size)
		return false;
	memcpy(name, from, length);
	name[length] = '\0';
	return true;
}

/* The loader that an ELF file asks for. */
static bool elf_interpreter(int fd, const char *head, char *name, size_t size)
{
	Elf64_Ehdr elf;
	Elf64_Phdr part;

	memcpy(&elf, head, sizeof elf);
	if (memcmp(head, ELFMAG, SELFMAG) || head[EI_CLASS] != ELFCLASS64)
		return false;
	for (unsigned i = 0; i < elf.e_phnum; i++) {
		off_t at = (off_t)(elf.e_phoff + i * sizeof part);

		if (pread(fd, &part, sizeof part, at) != sizeof part)
			return false;
		if (part.p_type == PT_INTERP && part.p_filesz < size) {
			ssize_t n = pread(fd, name, part.p_filesz, (off_t)part.p_offset);

			name[n > 0 ? n : 0] = '\0';
			return n > 0;
		}
	}
	return false;
}

/* The file is there, but the call said ENOENT: what is missing is what it needs. */
static void explain_missing(const char *path, int fd, const char *head)
{
	char name[300] = "";

	if (script_interpreter(head, name, sizeof name))
		report(NOT_FOUND, "%s: its interpreter %s does not exist", path, name);
	if (elf_interpreter(fd, head, name, sizeof name))
		report(NOT_FOUND, "%s: its loader %s does not exist", path, name);
	report(NOT_FOUND, "%s: its interpreter or loader does not exist", path);
}

static const char *machine_name(unsigned machine)
{
	switch (machine) {
	case EM_386: return "32-bit x86";
	case EM_AARCH64: return "AArch64";
	case EM_ARM: return "32-bit ARM";
	case EM_RISCV: return "RISC-V";
	case EM_PPC64: return "PowerPC";
	case EM_S390: return "S/390";
	case EM_MIPS: return "MIPS";
	case EM_X86_64: return "x86-64";
	default: return "another machine";
	}
}

/* The file is no program for this kernel; a text without an interpreter is one for the shell, as execvp(3) has it. */
static void explain_format(const char *path, const char *head, ssize_t length)
{
	size_t args = 0;
	Elf64_Ehdr elf;
	char **argv;

	memcpy(&elf, head, sizeof elf);
	if (length >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG)) {
		if (length >= 20 && (elf.e_machine != EM_X86_64 || head[EI_CLASS] != ELFCLASS64))
			report(NOT_EXECUTABLE, "%s: a program for another machine (%s)", path,
			       machine_name(elf.e_machine));
		report(NOT_EXECUTABLE, "%s: a damaged program (or no program but a part of one)", path);
	}
	if (length > 0 && memchr(head, '\0', (size_t)length))
		report(NOT_EXECUTABLE, "%s: its format is unknown", path);
	while (run.argv[args])
		args++;
	argv = calloc(args + 2, sizeof *argv);
	if (argv) {
		argv[0] = "sh";
		argv[1] = (char *)path;
		memcpy(argv + 2, run.argv + 1, args * sizeof *argv);
		execve("/bin/sh", argv, run.envp);
	}
	report(NOT_EXECUTABLE, "%s: a text without an interpreter, and /bin/sh: %s", path, strerror(errno));
}

static void explain(const char *path, int error)
{
	char head[sizeof(Elf64_Ehdr) * 4] = "";
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, head, sizeof head - 1);

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		report(NOT_EXECUTABLE, "%s: a directory", path);
	if (error == ENOENT && length >= 0)
		explain_missing(path, fd, head);
	if (error == ENOENT || error == ENOTDIR)
		report(NOT_FOUND, "%s: %s", path, strerror(error));
	if (error == ENOEXEC && length >= 0)
		explain_format(path, head, length);
	if (error == EACCES && stat(path, &st) == 0 && !(st.st_mode & 0111))
		report(NOT_EXECUTABLE, "%s: not executable", path);
	if (error == E2BIG)
		report(NOT_EXECUTABLE, "%s: arguments and environment are longer than the system's limit "
		       "(128 KiB each, 2 MiB together)", path);
	report(NOT_EXECUTABLE, "%s: %s", path, strerror(error));
}

static const char *variable(const char *name)
{
	size_t length = strlen(name);

	for (char **v = run.envp; *v; v++)
		if (!strncmp(*v, name, length) && (*v)[length] == '=')
			return *v + length + 1;
	return NULL;
}

/* As execvp(3), in the program's own environment; returns only by reporting. */
static void execute(void)
{
	const char *program = run.argv[0], *path = variable("PATH");
	char file[4096], refused[4096] = "";

	if (!*program)
		report(NOT_FOUND, "the name of the program is empty");
	if (strchr(program, '/')) {
		execve(program, run.argv, run.envp);
		explain(program, errno);
	}
	for (const char *dir = path ? path : "/bin:/usr/bin"; dir; dir = strchr(dir, ':')) {
		size_t length;
		struct stat st;

		dir += *dir == ':';
		length = strcspn(dir, ":");
		if ((size_t)snprintf(file, sizeof file, "%.*s%s%s", (int)length, dir, length ? "/" : "", program) >=
		    sizeof file)
			continue;
		execve(file, run.argv, run.envp);
		if (errno == ENOENT && stat(file, &st) < 0)
			continue;
		if (errno == ENOTDIR || errno == ESTALE || errno == ENODEV)
			continue;
		if (errno != EACCES)
			explain(file, errno);
		if (!*refused && stat(file, &st) == 0 && !S_ISDIR(st.st_mode))
			memcpy(refused, file, sizeof file);
	}
	if (*refused)
		explain(refused, EACCES);
	report(NOT_FOUND, "%s: not found in %s%s", program, path ? "PATH=" : "", path ? path : "/bin:/usr/bin");
}

static void become_user(void)
{
	if (setgroups(run.group_count, run.groups) < 0 || setresgid(run.gid, run.gid, run.gid) < 0 ||
	    setresuid(run.uid, run.uid, run.uid) < 0)
		report(CANNOT_RUN, "the guest cannot become user %u, group %u: %s", run.uid, run.gid,
		       strerror(errno));
}

static void set_streams(const int fds[3])
{
	int safe[3];

	/* Out of the way first: one may stand where another is to go. */
	for (int i = 0; i < 3; i++)
		safe[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
	for (int i = 0; i < 3; i++)
		if (safe[i] >= 0)
			dup2(safe[i], i);
		else
			close(i);
}

static void child(const int fds[3])
{
	sigset_t none;

	setpgid(0, 0);
	if (run.foreground)
		give_terminal_to(getpid());
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	set_streams(fds);
	umask(run.umask);
	become_user();
	if (chdir(run.cwd) < 0) {
		report(0, "the directory %s cannot be entered in the guest (%s): starting in /", run.cwd,
		       strerror(errno));
		if (chdir("/") < 0)
			report(CANNOT_RUN, "the guest cannot enter /: %s", strerror(errno));
	}
	execute();
}

/* Starts it; returns when it has taken the child's place, or doesn't return. */
pid_t start_program(const int fds[3])
{
	struct report r;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail(CANNOT_RUN, "the guest cannot make a pipe: %s", strerror(errno));
	report_to = ends[1];
	pid = fork();
	if (pid < 0)
		fail(CANNOT_RUN, "the guest cannot start a process: %s", strerror(errno));
	if (pid == 0) {
		child(fds);
		_exit(CANNOT_RUN);
	}
	setpgid(pid, pid);
	close(ends[1]);
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0 && fds[i] != terminal_fd())
			close(fds[i]);
	for (;;) {
		size_t got = 0;
		ssize_t n;

		while (got < sizeof r && (n = read(ends[0], (char *)&r + got, sizeof r - got)) != 0)
			if (n > 0)
				got += (size_t)n;
			else if (errno != EINTR)
				break;
		if (got < sizeof r)
			break;
		if (r.code)
			fail((int)r.code, "%s", r.text);
		warn_host("%s", r.text);
	}
	close(ends[0]);
	tell(STARTED, NULL, 0);
	return pid;
}
