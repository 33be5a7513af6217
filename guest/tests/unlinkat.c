#include "test.h"

int main(void)
{
	CHECK_OK(mkdir("d", 0755));
	CHECK_OK(mkdir("d/e", 0755));
	close(make_file("d/f", ""));
	int d = open("d", O_RDONLY);
	CHECK_ERRNO(unlinkat(d, "e", 0), EISDIR);
	CHECK_OK(unlinkat(d, "e", AT_REMOVEDIR));
	CHECK_ERRNO(unlinkat(d, "f", AT_REMOVEDIR), ENOTDIR);
	CHECK_OK(unlinkat(d, "f", 0));
	CHECK_ERRNO(unlinkat(d, "f", 1), EINVAL);
	CHECK_ERRNO(unlinkat(-1, "f", 0), EBADF);
	/* An empty path is an error of its own, before the descriptor is looked at. */
	CHECK_ERRNO(unlinkat(-1, "", 0), ENOENT);
	CHECK_ERRNO(unlinkat(-1, "", AT_REMOVEDIR), ENOENT);
	CHECK_ERRNO(unlinkat(-1, BAD_PTR, 1), EINVAL);
	CHECK_ERRNO(unlinkat(-1, BAD_PTR, 0), EFAULT);
	/* Names that can't be removed. */
	CHECK_OK(mkdirat(d, "e", 0755));
	CHECK_OK(mkdirat(d, "e/full", 0755));
	int file = make_file("d/f", "content");
	CHECK_ERRNO(unlinkat(d, "e", AT_REMOVEDIR), ENOTEMPTY);
	CHECK_ERRNO(unlinkat(d, ".", AT_REMOVEDIR), EINVAL);
	CHECK_ERRNO(unlinkat(d, "e/.", AT_REMOVEDIR), EINVAL);
	CHECK_ERRNO(unlinkat(d, "e/..", AT_REMOVEDIR), ENOTEMPTY);
	CHECK_ERRNO(unlinkat(d, ".", 0), EISDIR);
	CHECK_ERRNO(unlinkat(d, "..", 0), EISDIR);
	CHECK_ERRNO(unlinkat(d, "f/", 0), ENOTDIR);
	CHECK_ERRNO(unlinkat(d, "e/", 0), EISDIR);
	CHECK_ERRNO(unlinkat(d, "none/", 0), ENOENT);
	CHECK_ERRNO(unlinkat(d, "none/x", 0), ENOENT);
	CHECK_ERRNO(unlinkat(d, "f/x", 0), ENOTDIR);
	CHECK_ERRNO(unlinkat(file, "x", 0), ENOTDIR);
	CHECK_ERRNO(unlinkat(-1, "/", AT_REMOVEDIR), EBUSY);
	CHECK_ERRNO(unlinkat(-1, "/", 0), EISDIR);
	/* The open file lives on without its name. */
	struct stat st;
	char byte = 0;
	CHECK_OK(unlinkat(d, "f", 0));
	CHECK_OK(fstat(file, &st));
	CHECK_EQ(st.st_nlink, 0);
	CHECK(read(file, &byte, 1) == 1 && byte == 'c');
	/* A link is removed itself, never what it points at. */
	CHECK_OK(symlinkat("e", d, "l"));
	CHECK_ERRNO(unlinkat(d, "l", AT_REMOVEDIR), ENOTDIR);
	CHECK_ERRNO(unlinkat(d, "l/", 0), ENOTDIR);
	CHECK_ERRNO(unlinkat(d, "l/", AT_REMOVEDIR), ENOTDIR);
	CHECK_OK(unlinkat(d, "l", 0));
	CHECK_OK(unlinkat(d, "e/full/", AT_REMOVEDIR));
	CHECK_OK(unlinkat(d, "e", AT_REMOVEDIR));
	CHECK_OK(fstat(d, &st));
	CHECK_EQ(st.st_nlink, 2);
	return test_done();
}
