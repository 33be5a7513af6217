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
	CHECK_EQ(sendfile(out, in, 0, 100), 10);
	CHECK_EQ(sendfile(out, in, 0, 100), 0);
	CHECK_EQ(pread(out, buf, 32, 0), 15);
	CHECK(!memcmp(buf, "234560123456789", 15));
	CHECK_OK(pipe(p));
	off = 0;
	CHECK_EQ(sendfile(p[1], in, &off, 3), 3);
	CHECK_EQ(read(p[0], buf, 32), 3);
	CHECK_ERRNO(sendfile(-1, in, 0, 1), EBADF);
	off = -1;
	CHECK_ERRNO(sendfile(out, in, &off, 1), EINVAL);
	return test_done();
}
