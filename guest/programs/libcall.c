/* What a program sees of libcall: linked with it or with a C library, this prints the same. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static __thread int counted = 40;
static int constructed;

__attribute__((constructor)) static void construct(void)
{
	constructed = 1;
}

static void result(const char *what, long value)
{
	char line[200];
	int n = value < 0 ? snprintf(line, sizeof line, "%s: %ld, %s\n", what, value, strerror(errno))
			  : snprintf(line, sizeof line, "%s: %ld\n", what, value);

	write(1, line, (size_t)n);
}

static void formats(void)
{
	char out[200];

	snprintf(out, sizeof out, "%d %i %5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|", 1, -2, 3, 4, -5, 6, 7, 8, -9, 10);
	dprintf(1, "%s\n", out);
	snprintf(out, sizeof out, "%u %x %X %o %#x %#o %#x %08x %p %lu %llx %hhd %hu %zd %jd", 4000000000u, 0xabcu, 0xabcu,
		 8u, 255u, 8u, 0u, 0xfeu, (void *)0x1234, 1ul << 31, 1ull << 63, 300, 70000, (ssize_t)-1, (intmax_t)-2);
	dprintf(1, "%s\n", out);
	snprintf(out, sizeof out, "%c%c %s %.2s %5s|%-5s| %% %*d %.*s", 'a', 'b', "str", "cut", "r", "l", 4, 1, 1, "xy");
	dprintf(1, "%s\n", out);
	dprintf(1, "%d\n", snprintf(out, 4, "%s", "does not fit"));
	dprintf(1, "%s %zu\n", out, strlen(out));
}

static void offsets(void)
{
	char bytes[8] = "";
	int fd = open("/tmp/libcall-test", O_RDWR | O_CREAT | O_TRUNC | O_LARGEFILE, 0600);

	if (fd < 0)
		fd = open("libcall-test", O_RDWR | O_CREAT | O_TRUNC | O_LARGEFILE, 0600);
	result("pwrite64", pwrite64(fd, "far away", 8, 0x100000000ll));
	result("pread64", pread64(fd, bytes, 8, 0x100000004ll));
	dprintf(1, "%.4s\n", bytes);
	struct iovec parts[] = { { "ab", 2 }, { "cd", 2 } };
	result("writev", writev(fd, parts, 2));
	result("writev, too many", writev(fd, parts, 2000));
	result("lseek", lseek(fd, -1, SEEK_CUR));
	result("lseek, before the start", lseek(fd, -100, SEEK_SET));
	result("ftruncate", ftruncate(fd, 0));
	result("close", close(fd));
	unlink("/tmp/libcall-test");
	unlink("libcall-test");
}

static void memory(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	char *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	dprintf(1, "mmap of a file: %.3s\n", at == MAP_FAILED ? "none" : at + 1);
	result("munmap", munmap(at, 4096));
	result("mmap, odd offset", (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 1));
	char *plain = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	plain[8191] = 'z';
	result("mprotect", mprotect(plain, 4096, PROT_READ));
	result("write from memory", write(1, &plain[8191], 1));
	result("write from nowhere", write(1, (void *)8, 1));
	result("getcwd", getcwd(plain + 4096, 4096) ? plain[4096] : 0);
	close(fd);
}

int main(int argc, char **argv)
{
	dprintf(1, "%d arguments, constructed %d\n", argc - (argv[argc] != NULL), constructed);
	formats();
	offsets();
	memory();
	errno = 0;
	result("close of what is not open", close(1000));
	result("open of what is not there", open("/no/such/file", O_RDONLY));
	perror("perror");
	int pid = vfork();
	if (pid == 0)
		_exit(7);
	int status = 0;
	dprintf(1, "vfork and waitpid: %d, status %d\n", wait4(pid, &status, 0, NULL) == pid, WEXITSTATUS(status));
	counted += 2;
	errno = 0;
	close(-1);
	printf("thread-local %d, as errno, which is %d\n", counted, errno);
	return counted != 42;
}
