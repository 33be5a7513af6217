// /sys tells the processors as glibc and others read them.
// test: guest-only, mounts sysfs
#include "files.h"
#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>

/* The call of the same name has nothing to do with it: it numbers the types of file systems. */
static void numbers_of_types(void)
{
	char name[256], seen[256] = "";
	long count = syscall(SYS_sysfs, 3), index = syscall(SYS_sysfs, 1, "proc");
	CHECK(count > 2);
	CHECK(index >= 0 && index < count);
	CHECK_OK(syscall(SYS_sysfs, 2, index, seen));
	CHECK_STREQ(seen, "proc");
	for (long i = 0; i < count; i++) {
		CHECK_OK(syscall(SYS_sysfs, 2, i, name));
		CHECK_EQ(syscall(SYS_sysfs, 1, name), i);
	}
	CHECK_ERRNO(syscall(SYS_sysfs, 1, "nothing-like-it"), EINVAL);
	CHECK_ERRNO(syscall(SYS_sysfs, 1, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_sysfs, 2, count, name), EINVAL);
	CHECK_ERRNO(syscall(SYS_sysfs, 2, -1, name), EINVAL);
	CHECK_ERRNO(syscall(SYS_sysfs, 2, 0, BAD_PTR), EFAULT);
	CHECK_ERRNO(syscall(SYS_sysfs, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sysfs, 4), EINVAL);
}

int main(void)
{
	struct statfs fs;
	struct dirent *entry;
	int cpus = 0;
	DIR *dir;

	numbers_of_types();
	if (mount("sys", "/sys", "sysfs", 0, NULL) != 0)
		REQUIRE(errno == EBUSY);
	REQUIRE(statfs("/sys", &fs) == 0);
	CHECK_EQ(fs.f_type, 0x62656572);
	CHECK_STREQ(slurp("/sys/devices/system/cpu/online"), "0-1\n");
	CHECK_STREQ(slurp("/sys/devices/system/cpu/cpu1/topology/physical_package_id"), "0\n");
	CHECK_STREQ(slurp("/sys/devices/system/cpu/cpu1/topology/core_id"), "1\n");
	CHECK_STREQ(slurp("/sys/devices/system/cpu/cpu1/topology/core_siblings_list"), "0-1\n");
	CHECK_STREQ(slurp("/sys/devices/system/cpu/cpu1/topology/thread_siblings_list"), "1\n");
	dir = opendir("/sys/devices/system/cpu");
	REQUIRE(dir);
	while ((entry = readdir(dir)))
		cpus += strcmp(entry->d_name, "cpu0") == 0 || strcmp(entry->d_name, "cpu1") == 0;
	CHECK_EQ(cpus, 2);
	closedir(dir);
	CHECK_EQ(sysconf(_SC_NPROCESSORS_ONLN), 2);
	CHECK_ERRNO(open("/sys/devices/system/cpu/cpu7", O_RDONLY), ENOENT);
	CHECK_ERRNO(mkdir("/sys/new", 0755), EPERM);
	return test_done();
}
