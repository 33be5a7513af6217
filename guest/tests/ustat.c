// ustat(2): what is free on the file system with a device number.
#include "test.h"
#include <sys/vfs.h>

struct old_ustat {
	int tfree;
	unsigned long tinode;
	char fname[6], fpack[6];
};

static int ustat_(unsigned dev, struct old_ustat *to)
{
	return syscall(SYS_ustat, dev, to);
}

int main(void)
{
	struct old_ustat us;
	struct statfs fs;
	struct stat st;
	REQUIRE(stat(".", &st) == 0 && statfs(".", &fs) == 0);
	memset(&us, 0xff, sizeof us);
	CHECK_OK(ustat_(st.st_dev, &us));
	CHECK_EQ(us.fname[0], 0);
	CHECK_EQ(us.fpack[5], 0);
	CHECK(us.tinode <= (unsigned long)fs.f_files);
	CHECK_ERRNO(ustat_(0xfffff, &us), EINVAL);
	CHECK_ERRNO(ustat_(0, &us), EINVAL);
	CHECK_ERRNO(ustat_(0xfffff, BAD_PTR), EINVAL);
	CHECK_ERRNO(ustat_(st.st_dev, BAD_PTR), EFAULT);
	return test_done();
}
