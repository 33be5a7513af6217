/* inotify_add_watch(2) and the events of inotify(7). */
#include "test.h"
#include <sys/inotify.h>

static int fd;

/* Prints all that is there; the text must be the same everywhere. */
static void show(const char *what)
{
	char buf[4096] __attribute__((aligned(8)));
	static const char *const names[] = { "ACCESS", "MODIFY", "ATTRIB", "CLOSE_WRITE", "CLOSE_NOWRITE", "OPEN",
		"MOVED_FROM", "MOVED_TO", "CREATE", "DELETE", "DELETE_SELF", "MOVE_SELF" };
	uint32_t cookie = 0;
	ssize_t n;

	printf("%s:", what);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (char *p = buf; p < buf + n;) {
			struct inotify_event *e = (void *)p;
			for (int i = 0; i < 12; i++)
				if (e->mask & 1u << i)
					printf(" %s", names[i]);
			if (e->mask & IN_IGNORED)
				printf(" IGNORED");
			if (e->mask & IN_ISDIR)
				printf("|DIR");
			if (e->len)
				printf("(%s)", e->name);
			if (e->mask & IN_MOVED_FROM)
				cookie = e->cookie;
			if (e->mask & IN_MOVED_TO)
				CHECK(e->cookie && (!cookie || e->cookie == cookie));
			CHECK_EQ(e->len % 16, 0);
			p += sizeof(*e) + e->len;
		}
	CHECK_EQ(errno, EAGAIN);
	printf("\n");
}

static void fresh(void)
{
	if (fd)
		close(fd);
	fd = inotify_init1(IN_NONBLOCK);
	REQUIRE(fd >= 0);
}

TEST(errors)
{
	fresh();
	close(make_file("f", "x"));
	REQUIRE(symlink("f", "l") == 0);
	CHECK_ERRNO(inotify_add_watch(fd, ".", 0), EINVAL);
	CHECK_ERRNO(inotify_add_watch(fd, ".", IN_CREATE | IN_MASK_ADD | IN_MASK_CREATE), EINVAL);
	CHECK_ERRNO(inotify_add_watch(-1, ".", IN_CREATE), EBADF);
	CHECK_ERRNO(inotify_add_watch(0, ".", IN_CREATE), EINVAL);
	CHECK_ERRNO(inotify_add_watch(fd, "none", IN_CREATE), ENOENT);
	CHECK_ERRNO(inotify_add_watch(fd, BAD_PTR, IN_CREATE), EFAULT);
	CHECK_ERRNO(inotify_add_watch(fd, "f", IN_CREATE | IN_ONLYDIR), ENOTDIR);
	int a = inotify_add_watch(fd, "f", IN_OPEN);
	CHECK_EQ(a, 1);
	CHECK_EQ(inotify_add_watch(fd, "l", IN_OPEN), a);
	int l = inotify_add_watch(fd, "l", IN_OPEN | IN_DONT_FOLLOW);
	CHECK_EQ(l, 2);
	CHECK_ERRNO(inotify_add_watch(fd, "f", IN_OPEN | IN_MASK_CREATE), EEXIST);
	CHECK_EQ(inotify_add_watch(fd, "f", IN_CLOSE_NOWRITE | IN_MASK_ADD), a);
	close(open("f", O_RDONLY));
	show("added");
	CHECK_EQ(inotify_add_watch(fd, "f", IN_CLOSE_NOWRITE), a);
	close(open("f", O_RDONLY));
	show("replaced");
	char small[15];
	close(open("f", O_RDONLY));
	CHECK_ERRNO(read(fd, small, 15), EINVAL);
	show("too small a buffer");
	unlink("f");
	unlink("l");
	close(fd);
	fd = 0;
}

TEST(a_directory)
{
	char buf[8];
	REQUIRE(mkdir("d", 0777) == 0 && mkdir("e", 0777) == 0);
	fresh();
	REQUIRE(inotify_add_watch(fd, "d", IN_ALL_EVENTS) > 0);
	int f = open("d/f", O_RDWR | O_CREAT, 0644);
	show("create");
	CHECK_EQ(write(f, "hello", 5), 5);
	show("write");
	CHECK_EQ(pread(f, buf, 8, 0), 5);
	CHECK_EQ(pread(f, buf, 8, 5), 0);
	show("read");
	CHECK_OK(ftruncate(f, 2));
	show("ftruncate");
	CHECK_OK(fchmod(f, 0600));
	show("fchmod");
	close(f);
	show("close");
	CHECK_OK(truncate("d/f", 1));
	show("truncate");
	CHECK_OK(mkdir("d/sub", 0777));
	CHECK_OK(rmdir("d/sub"));
	show("mkdir, rmdir");
	CHECK_OK(symlink("f", "d/l"));
	CHECK_OK(link("d/f", "d/h"));
	show("symlink, link");
	CHECK_OK(rename("d/h", "d/g"));
	show("rename inside");
	CHECK_OK(rename("d/g", "e/g"));
	show("rename out");
	CHECK_OK(rename("e/g", "d/i"));
	show("rename in");
	CHECK_OK(unlink("d/i"));
	CHECK_OK(unlink("d/l"));
	show("unlink");
	for (int i = 0; i < 3; i++)
		CHECK_OK(utimensat(AT_FDCWD, "d/f", NULL, 0));
	show("the same thrice");
	CHECK_OK(unlink("d/f"));
	show("last");
}

TEST(the_file_itself)
{
	close(make_file("f", "abc"));
	fresh();
	REQUIRE(inotify_add_watch(fd, "f", IN_ALL_EVENTS) > 0);
	CHECK_OK(rename("f", "g"));
	show("moved");
	CHECK_OK(link("g", "h"));
	CHECK_OK(unlink("h"));
	show("linked");
	int f = open("g", O_RDONLY);
	CHECK_OK(unlink("g"));
	show("unlinked while open");
	close(f);
	usleep(50000);
	show("closed");
	REQUIRE(mkdir("x", 0777) == 0);
	REQUIRE(inotify_add_watch(fd, "x", IN_DELETE_SELF | IN_MOVE_SELF) > 0);
	CHECK_OK(rename("x", "y"));
	CHECK_OK(rmdir("y"));
	usleep(50000);
	show("directory");
}

TEST(one_shot)
{
	close(make_file("o", "abc"));
	fresh();
	int wd = inotify_add_watch(fd, "o", IN_OPEN | IN_ONESHOT);
	REQUIRE(wd > 0);
	close(open("o", O_RDONLY));
	close(open("o", O_RDONLY));
	show("one shot");
	CHECK_ERRNO(inotify_rm_watch(fd, wd), EINVAL);
}

TEST(waiting)
{
	char buf[100] __attribute__((aligned(8)));
	fresh();
	REQUIRE(inotify_add_watch(fd, ".", IN_CREATE) > 0);
	struct pollfd p = { fd, POLLIN, 0 };
	CHECK_EQ(poll(&p, 1, 0), 0);
	pid_t child = test_fork();
	if (!child) {
		usleep(20000);
		close(open("new", O_WRONLY | O_CREAT, 0644));
		_exit(0);
	}
	CHECK_EQ(poll(&p, 1, 5000), 1);
	int n = 0;
	CHECK_OK(ioctl(fd, FIONREAD, &n));
	CHECK_EQ(n, 32);
	CHECK_EQ(read(fd, buf, 100), 32);
	CHECK_STREQ(((struct inotify_event *)buf)->name, "new");
	test_wait(child);
}

TEST_MAIN
