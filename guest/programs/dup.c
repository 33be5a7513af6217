/* Opens a file, duplicates the descriptor and closes both: the program that walks
 * through a system call are usually shown with. gcc -O1 -static -g -o dup dup.c */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/etc/passwd", O_RDONLY);

	if (fd < 0) {
		perror("/etc/passwd");
		return 1;
	}
	int copy = dup(fd);
	if (copy < 0) {
		perror("dup");
		return 1;
	}
	printf("fd %d, copy %d\n", fd, copy);
	return close(copy) || close(fd);
}
