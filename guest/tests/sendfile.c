/* sendfile(2): from files and devices to files, pipes and devices. */
#include "test.h"
#include <sys/sendfile.h>

int main(void)
{
	char buf[32];
	int in = make_file("in", "0123456789"), out = make_file("out", ""), p[2];
	off_t off = 2;
	CHECK_EQ(sendfile(out, in, &off, 5), 5);
	CHECK_EQ(off, 7);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 0);
	CHECK_EQ(lseek(out, 0, SEEK_CUR), 5);
	CHECK_EQ(sendfile(out, in, 0, 100), 10);
	CHECK_EQ(sendfile(out, in, 0, 100), 0);
	CHECK_EQ(lseek(in, 0, SEEK_CUR), 10);
	CHECK_EQ(pread(out, buf, 32, 0), 15);
	CHECK(!memcmp(buf, "234560123456789", 15));
	REQUIRE(pipe(p) == 0);
	off = 0;
	CHECK_EQ(sendfile(p[1], in, &off, 3), 3);
	CHECK_EQ(sendfile(p[1], in, &off, 0), 0);
	CHECK_EQ(read(p[0], buf, 32), 3);
	CHECK_ERRNO(sendfile(-1, in, 0, 1), EBADF);
	CHECK_ERRNO(sendfile(out, -1, 0, 1), EBADF);
	CHECK_ERRNO(sendfile(out, open("in", O_WRONLY), 0, 1), EBADF);
	CHECK_ERRNO(sendfile(open("in", O_RDONLY), in, 0, 1), EBADF);
	CHECK_ERRNO(sendfile(out, in, BAD_PTR, 1), EFAULT);
	CHECK_ERRNO(sendfile(out, p[0], &off, 1), ESPIPE);
	CHECK_ERRNO(sendfile(out, p[0], 0, 1), EINVAL);
	CHECK_ERRNO(sendfile(open("out", O_WRONLY | O_APPEND), in, &off, 1), EINVAL);
	off = -1;
	CHECK_ERRNO(sendfile(out, in, &off, 1), EINVAL);
	off = 0;
	CHECK_EQ(sendfile(open("/dev/null", O_WRONLY), in, &off, 100), 10);
	/* A pipe takes what there is room for. */
	static char big[100000];
	int wide = make_file("wide", "");
	CHECK_EQ(write(wide, big, sizeof(big)), (ssize_t)sizeof(big));
	off = 0;
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	CHECK_EQ(sendfile(p[1], wide, &off, sizeof(big)), 65536);
	CHECK_ERRNO(sendfile(p[1], wide, &off, 1), EAGAIN);
	signal(SIGPIPE, SIG_IGN);
	close(p[0]);
	CHECK_ERRNO(sendfile(p[1], wide, &off, 1), EPIPE);
	/* Errors in their order: where the offset lies, the input, the offset, the count, the output. */
	CHECK_ERRNO(sendfile(-1, -1, BAD_PTR, 1), EFAULT);
	int wo = open("in", O_WRONLY), ro = open("in", O_RDONLY), q[2];
	REQUIRE(pipe(q) == 0);
	CHECK_ERRNO(sendfile(-1, wo, &off, 1), EBADF);
	CHECK_ERRNO(sendfile(-1, q[0], &off, 1), ESPIPE);
	off = -1;
	CHECK_ERRNO(sendfile(-1, in, &off, 1), EINVAL);
	CHECK_ERRNO(sendfile(ro, in, 0, -1), EINVAL);
	CHECK_ERRNO(sendfile(ro, in, 0, 0), EBADF);
	/* The offset is written back whatever happens: what fails there comes before everything but reading it. */
	off_t *fixed = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int to = make_file("to", "");
	CHECK_ERRNO(sendfile(to, in, fixed, 5), EFAULT);
	CHECK_EQ(lseek(to, 0, SEEK_CUR), 5);
	CHECK_ERRNO(sendfile(-1, in, fixed, 5), EFAULT);
	CHECK_ERRNO(sendfile(to, -1, fixed, 5), EFAULT);
	CHECK_ERRNO(sendfile(to, q[0], fixed, 5), EFAULT);
	return test_done();
}
