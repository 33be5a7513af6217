/* The virtio ports to the host, and what the host and this process tell each other over the control port. */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int control = -1;

/* A test rig on a modular kernel puts modules here, in the order of their names. */
void load_modules(void)
{
	struct dirent **names;
	int count = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char path[300];
		int fd;

		snprintf(path, sizeof path, "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (names[i]->d_name[0] != '.' && syscall(SYS_finit_module, fd, "", 0) < 0)
			perror(path);
		close(fd);
	}
}

/* Where no device manager names the ports, sysfs tells which device has the name. */
static int open_by_sysfs(const char *name)
{
	DIR *dir = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	int port = -1;

	if (!dir) {
		mkdir("/sys", 0755);
		syscall(SYS_mount, "sys", "/sys", "sysfs", 0, NULL);
		return -1;
	}
	while (port < 0 && (entry = readdir(dir))) {
		char path[600], text[64] = "";
		int fd;

		snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, text, sizeof text - 1) > 0 && !strcmp(strtok(text, "\n"), name)) {
			snprintf(path, sizeof path, "/dev/%s", entry->d_name);
			port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		close(fd);
	}
	closedir(dir);
	return port;
}

/* A driver announces its ports a while after it was started. */
int open_port(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/dev/virtio-ports/%s", name);
	for (int tries = 0; tries < 5000; tries++) {
		fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			fd = open_by_sysfs(name);
		if (fd >= 0)
			return fd;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	fail(CANNOT_RUN, "the guest has no port %s", name);
}

void open_control(void)
{
	control = open_port("ferrogate.control");
	fcntl(control, F_SETFL, fcntl(control, F_GETFL) & ~O_NONBLOCK);
}

int control_fd(void)
{
	return control;
}

void tell(enum to_host type, const void *body, size_t length)
{
	unsigned char message[2048];

	if (length > sizeof message - 8)
		length = sizeof message - 8;
	put_u32(message, type);
	put_u32(message + 4, (uint32_t)length);
	if (length)
		memcpy(message + 8, body, length);
	if (!write_all(control, message, 8 + length)) {
		perror("control port");
		exit(1);
	}
}

void warn_host(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	tell(WARNING, text, strlen(text));
}

void fail(int code, const char *format, ...)
{
	char text[1024 + 4];
	va_list args;

	put_u32((unsigned char *)text, (uint32_t)code);
	va_start(args, format);
	vsnprintf(text + 4, sizeof text - 4, format, args);
	va_end(args);
	if (control < 0) {
		/* Nobody hears it but the console; the end of process 1 stops the machine. */
		fprintf(stderr, "%s\n", text + 4);
		exit(1);
	}
	tell(FAILED, text, 4 + strlen(text + 4));
	for (;;)
		pause();
}

void hear(void (*message)(enum to_guest type, const unsigned char *body, size_t length))
{
	static unsigned char buffer[4096];
	static size_t filled;
	ssize_t n = read(control, buffer + filled, sizeof buffer - filled);
	size_t at = 0;

	if (n <= 0)
		return;
	filled += (size_t)n;
	while (filled - at >= 8) {
		uint32_t length = get_u32(buffer + at + 4);

		if (length > sizeof buffer - 8)
			fail(CANNOT_RUN, "the control port carries nonsense");
		if (filled - at - 8 < length)
			break;
		message(get_u32(buffer + at), buffer + at + 8, length);
		at += 8 + length;
	}
	memmove(buffer, buffer + at, filled - at);
	filled -= at;
}
