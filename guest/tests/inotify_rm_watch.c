/* inotify_rm_watch(2). */
#include "test.h"
#include <sys/inotify.h>

int main(void)
{
	struct inotify_event e;
	int fd = inotify_init1(IN_NONBLOCK), wd = inotify_add_watch(fd, ".", IN_CREATE);
	REQUIRE(wd > 0);
	CHECK_ERRNO(inotify_rm_watch(fd, wd + 1), EINVAL);
	CHECK_ERRNO(inotify_rm_watch(-1, wd), EBADF);
	CHECK_ERRNO(inotify_rm_watch(0, wd), EINVAL);
	CHECK_OK(inotify_rm_watch(fd, wd));
	CHECK_EQ(read(fd, &e, sizeof(e)), 16);
	CHECK_EQ(e.wd, wd);
	CHECK_EQ(e.mask, IN_IGNORED);
	CHECK_ERRNO(inotify_rm_watch(fd, wd), EINVAL);
	close(make_file("f", ""));
	CHECK_ERRNO(read(fd, &e, sizeof(e)), EAGAIN);
	return test_done();
}
