// vdso(7): a clock that is set shows at once what it was set to, in every process and on every processor.
/* test: guest-only, sets the clock */
#include "test.h"
#include "vdso.h"

static int (*vdso_gettime)(clockid_t, struct timespec *);
static int (*vdso_timeofday)(struct timeval *, struct timezone *);

TEST(realtime)
{
	struct timespec old, now, set = { .tv_sec = 2000000000 };
	vdso_gettime = vdso_symbol("__vdso_clock_gettime");
	vdso_timeofday = vdso_symbol("__vdso_gettimeofday");
	REQUIRE(vdso_gettime && vdso_timeofday);
	CHECK_OK(clock_gettime(CLOCK_REALTIME, &old));
	for (int i = 0; i < 100; i++) {
		set.tv_sec += 1000;
		REQUIRE(syscall(SYS_clock_settime, CLOCK_REALTIME, &set) == 0);
		CHECK_EQ(vdso_gettime(CLOCK_REALTIME, &now), 0);
		CHECK(now.tv_sec >= set.tv_sec && now.tv_sec < set.tv_sec + 900);
		CHECK_EQ(vdso_gettime(CLOCK_REALTIME_COARSE, &now), 0);
		CHECK(now.tv_sec >= set.tv_sec - 1 && now.tv_sec < set.tv_sec + 900);
	}
	CHECK_OK(syscall(SYS_clock_settime, CLOCK_REALTIME, &old));
}

/* A reader never sees a mixture of two settings: the hours stay apart, the second is one of two. */
TEST(no_tearing)
{
	struct timespec old, now;
	CHECK_OK(clock_gettime(CLOCK_REALTIME, &old));
	const struct timespec first = { .tv_sec = 1500000000 }, second = { .tv_sec = 2500000000 };
	REQUIRE(syscall(SYS_clock_settime, CLOCK_REALTIME, &first) == 0);
	int ready[2];
	REQUIRE(pipe(ready) == 0);
	pid_t reader = fork();
	if (reader == 0) {
		int seen = 0;
		for (long round = 0; seen != 3 || round < 20000; round++) {
			vdso_gettime(CLOCK_REALTIME, &now);
			if (now.tv_sec - first.tv_sec >= 0 && now.tv_sec - first.tv_sec < 600)
				seen |= 1;
			else if (now.tv_sec - second.tv_sec >= 0 && now.tv_sec - second.tv_sec < 600)
				seen |= 2;
			else
				_exit(1);
		}
		_exit(0);
	}
	int status;
	pid_t done;
	for (int i = 0; (done = waitpid(reader, &status, WNOHANG)) == 0; i++)
		CHECK_OK(syscall(SYS_clock_settime, CLOCK_REALTIME, i % 2 ? &first : &second));
	CHECK_EQ(done, reader);
	CHECK_EQ(status, 0);
	CHECK_OK(syscall(SYS_clock_settime, CLOCK_REALTIME, &old));
}

TEST(time_zone)
{
	struct timezone old, set = { 60, 1 }, got = { 0, 0 };
	CHECK_OK(syscall(SYS_gettimeofday, NULL, &old));
	REQUIRE(syscall(SYS_settimeofday, NULL, &set) == 0);
	CHECK_EQ(vdso_timeofday(NULL, &got), 0);
	CHECK_EQ(got.tz_minuteswest, 60);
	CHECK_EQ(got.tz_dsttime, 1);
	CHECK_OK(syscall(SYS_settimeofday, NULL, &old));
}

TEST_MAIN
