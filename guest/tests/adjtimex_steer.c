// adjtimex(2): setting: errors, what is read back, and how the clocks run then.
/* test: guest-only timeout=60, steers the clock */
#include "test.h"
#include <sys/timex.h>

static int adj(struct timex *t, unsigned modes)
{
	t->modes = modes;
	return syscall(SYS_adjtimex, t);
}

static struct timex now(void)
{
	struct timex t;
	memset(&t, 0, sizeof t);
	CHECK(adj(&t, 0) >= 0);
	return t;
}

static long long ns(clockid_t clock)
{
	struct timespec ts;
	syscall(SYS_clock_gettime, clock, &ts);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static int rate_of(clockid_t clock, long long span)
{
	long long raw = ns(CLOCK_MONOTONIC_RAW), from = ns(clock), end;
	do
		end = ns(CLOCK_MONOTONIC_RAW);
	while (end - raw < span);
	return (ns(clock) - from) * 1000 / (end - raw);
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What a clock shows in a thousand units of the one that is never steered. The middle one of five looks, for something
 * may come between the two readings of one. */
static int thousandths(clockid_t clock)
{
	int looks[5];
	for (int i = 0; i < 5; i++)
		looks[i] = rate_of(clock, 40000000);
	qsort(looks, 5, sizeof *looks, by_value);
	return looks[2];
}

/* How far TAI is ahead of the monotonic clock; the least of several looks, for something may come between two readings. */
static long long tai_ahead(void)
{
	long long least = LLONG_MAX;
	for (int i = 0; i < 5; i++) {
		long long mono = ns(CLOCK_MONOTONIC), ahead = ns(CLOCK_TAI) - mono;
		if (ahead < least)
			least = ahead;
	}
	return least;
}

TEST(refused)
{
	struct timex t = now();
	t.tick = 8999;
	CHECK_ERRNO(adj(&t, ADJ_TICK), EINVAL);
	t.tick = 11001;
	CHECK_ERRNO(adj(&t, ADJ_TICK), EINVAL);
	t.freq = LONG_MAX;
	CHECK_ERRNO(adj(&t, ADJ_FREQUENCY), EINVAL);
	t.freq = LONG_MIN;
	CHECK_ERRNO(adj(&t, ADJ_FREQUENCY), EINVAL);
	t.time.tv_usec = -1;
	CHECK_ERRNO(adj(&t, ADJ_SETOFFSET), EINVAL);
	t.time.tv_usec = 1000000;
	CHECK_ERRNO(adj(&t, ADJ_SETOFFSET), EINVAL);
	t.time.tv_usec = 1000000000;
	CHECK_ERRNO(adj(&t, ADJ_SETOFFSET | ADJ_NANO), EINVAL);
	CHECK_EQ(now().tick, 10000);
	CHECK_EQ(IN_CHILD({
		CHECK_OK(setresuid(1000, 1000, 1000));
		t = now();
		CHECK_ERRNO(adj(&t, ADJ_TICK), EPERM);
		CHECK_ERRNO(adj(&t, ADJ_STATUS), EPERM);
		CHECK_ERRNO(adj(&t, ADJ_NANO), EPERM);
		CHECK_ERRNO(adj(&t, ADJ_OFFSET_SINGLESHOT), EPERM);
		t.tick = 1;
		CHECK_ERRNO(adj(&t, ADJ_TICK), EPERM); /* before the value */
		CHECK(adj(&t, ADJ_OFFSET_SS_READ) >= 0);
	}),
		 0);
}

TEST(values)
{
	struct timex t = now();
	t.freq = 100 << 16;
	CHECK(adj(&t, ADJ_FREQUENCY) >= 0);
	CHECK_EQ(t.freq, 100 << 16);
	t.freq = -501 * 65536;
	CHECK(adj(&t, ADJ_FREQUENCY) >= 0);
	CHECK_EQ(t.freq, -500 * 65536); /* no more than that */
	t.freq = 12345;
	CHECK(adj(&t, ADJ_FREQUENCY) >= 0);
	CHECK_EQ(now().freq, 12345);
	t.freq = 0;
	CHECK(adj(&t, ADJ_FREQUENCY) >= 0);
	t.esterror = 123;
	t.maxerror = 456;
	CHECK(adj(&t, ADJ_ESTERROR | ADJ_MAXERROR) >= 0);
	CHECK_EQ(t.esterror, 123);
	CHECK(t.maxerror == 456 || t.maxerror == 956);
	t.esterror = -5;
	t.maxerror = 99999999;
	CHECK(adj(&t, ADJ_ESTERROR | ADJ_MAXERROR) >= 0);
	CHECK_EQ(t.esterror, 0);
	CHECK_EQ(t.maxerror, 16000000);
	t.constant = 3;
	CHECK(adj(&t, ADJ_TIMECONST | ADJ_MICRO) >= 0);
	CHECK_EQ(t.constant, 7);
	t.constant = 99;
	CHECK(adj(&t, ADJ_TIMECONST) >= 0);
	CHECK_EQ(t.constant, 10);
	CHECK(adj(&t, ADJ_NANO) >= 0);
	CHECK_EQ(t.status & STA_NANO, STA_NANO);
	t.constant = 3;
	CHECK(adj(&t, ADJ_TIMECONST) >= 0);
	CHECK_EQ(t.constant, 3);
	CHECK(adj(&t, ADJ_MICRO) >= 0);
	CHECK_EQ(t.status & STA_NANO, 0);
	t.constant = 37;
	CHECK(adj(&t, ADJ_TAI) >= 0);
	CHECK_EQ(t.tai, 37);
	t.constant = -1;
	CHECK(adj(&t, ADJ_TAI) >= 0);
	CHECK_EQ(t.tai, 37); /* that is no distance */
	t.constant = 0;
	CHECK(adj(&t, ADJ_TAI) >= 0);
	CHECK_EQ(t.precision, 1);
	CHECK_EQ(t.tolerance, 500 << 16);
}

TEST(status)
{
	struct timex t = now();
	t.maxerror = 0;
	t.status = STA_PLL | STA_NANO | STA_CLOCKERR; /* two that can't be set */
	CHECK_EQ(adj(&t, ADJ_STATUS | ADJ_MAXERROR), TIME_OK);
	CHECK_EQ(t.status, STA_PLL);
	t.status = STA_PLL | STA_UNSYNC;
	CHECK_EQ(adj(&t, ADJ_STATUS), TIME_ERROR);
	CHECK_EQ(t.status, STA_PLL | STA_UNSYNC);
	t.status = 0; /* without the loop the clock counts as unsynchronised, unless it is said otherwise */
	CHECK_EQ(adj(&t, ADJ_STATUS), TIME_OK);
	CHECK_EQ(t.status, 0);
	t.status = STA_UNSYNC;
	CHECK_EQ(adj(&t, ADJ_STATUS), TIME_ERROR);
}

TEST(tick)
{
	struct timex t = now();
	t.tick = 11000;
	CHECK(adj(&t, ADJ_TICK) >= 0);
	CHECK_EQ(now().tick, 11000);
	usleep(20000);
	int fast = thousandths(CLOCK_MONOTONIC);
	CHECK(fast > 1080 && fast < 1120);
	fast = thousandths(CLOCK_REALTIME);
	CHECK(fast > 1080 && fast < 1120);
	CHECK_OK(usleep(50000));
	t.tick = 9000;
	CHECK(adj(&t, ADJ_TICK) >= 0);
	usleep(20000);
	int slow = thousandths(CLOCK_MONOTONIC);
	CHECK(slow > 880 && slow < 920);
	/* A sleep is as long as the clock says. */
	long long before = ns(CLOCK_MONOTONIC);
	usleep(100000);
	CHECK(ns(CLOCK_MONOTONIC) - before >= 100000000);
	t.tick = 10000;
	CHECK(adj(&t, ADJ_TICK) >= 0);
	usleep(20000);
	slow = thousandths(CLOCK_MONOTONIC);
	CHECK(slow > 990 && slow < 1010);
}

/* adjtime(3): a correction that is worked off; it tells what was left of the last one. */
TEST(single_shot)
{
	struct timex t = now();
	t.offset = 100000;
	CHECK(adj(&t, ADJ_OFFSET_SINGLESHOT) >= 0);
	CHECK_EQ(t.offset, 0);
	CHECK(adj(&t, ADJ_OFFSET_SS_READ) >= 0);
	CHECK(t.offset > 90000 && t.offset <= 100000);
	t.offset = 0;
	CHECK(adj(&t, ADJ_OFFSET_SINGLESHOT) >= 0);
	CHECK(t.offset > 90000 && t.offset <= 100000);
	CHECK(adj(&t, ADJ_OFFSET_SS_READ) >= 0);
	CHECK_EQ(t.offset, 0);
}

TEST(offset)
{
	struct timex t = now();
	t.offset = 1000;
	t.status = 0;
	CHECK(adj(&t, ADJ_STATUS) >= 0);
	CHECK(adj(&t, ADJ_OFFSET) >= 0);
	CHECK_EQ(t.offset, 0); /* not without the loop */
	t.status = STA_PLL | STA_FREQHOLD;
	CHECK(adj(&t, ADJ_STATUS) >= 0);
	t.offset = 400000;
	t.constant = 6;
	CHECK(adj(&t, ADJ_OFFSET | ADJ_TIMECONST) >= 0);
	CHECK(t.offset >= 399990 && t.offset <= 400000);
	CHECK_EQ(t.freq, 0);
	t.offset = -900000; /* half a second is the most */
	CHECK(adj(&t, ADJ_OFFSET) >= 0);
	CHECK(t.offset >= -500010 && t.offset <= -499990);
	t.offset = 0;
	CHECK(adj(&t, ADJ_OFFSET) >= 0);
	CHECK_EQ(t.offset, 0);
	t.status = STA_UNSYNC;
	CHECK(adj(&t, ADJ_STATUS) >= 0);
}

/* Setting the clock makes void what was steering it. */
TEST(set_clears)
{
	struct timex t = now();
	struct timespec ts;
	t.offset = 50000;
	CHECK(adj(&t, ADJ_OFFSET_SINGLESHOT) >= 0);
	t.status = STA_PLL;
	t.maxerror = t.esterror = 7;
	CHECK(adj(&t, ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR) >= 0);
	CHECK_OK(clock_gettime(CLOCK_REALTIME, &ts));
	CHECK_OK(clock_settime(CLOCK_REALTIME, &ts));
	t = now();
	CHECK_EQ(t.status, STA_PLL | STA_UNSYNC);
	CHECK_EQ(t.maxerror, 16000000);
	CHECK_EQ(t.esterror, 16000000);
	CHECK(adj(&t, ADJ_OFFSET_SS_READ) >= 0);
	CHECK_EQ(t.offset, 0);
	t.status = STA_UNSYNC;
	CHECK(adj(&t, ADJ_STATUS) >= 0);
}

TEST(jump)
{
	struct timex t = now();
	long long before = ns(CLOCK_REALTIME), mono = ns(CLOCK_MONOTONIC);
	t.time.tv_sec = 5;
	t.time.tv_usec = 500000;
	CHECK(adj(&t, ADJ_SETOFFSET) >= 0);
	long long gone = ns(CLOCK_MONOTONIC) - mono, moved = ns(CLOCK_REALTIME) - before;
	CHECK(moved - gone >= 5400000000ll && moved - gone <= 5600000000ll + gone);
	t.time.tv_sec = -6;
	t.time.tv_usec = 500000000;
	CHECK(adj(&t, ADJ_SETOFFSET | ADJ_NANO) >= 0);
	CHECK(adj(&t, ADJ_MICRO) >= 0);
	t.time.tv_sec = -(1ll << 40);
	CHECK_ERRNO(adj(&t, ADJ_SETOFFSET), EINVAL);
}

/* A second more in a day: TAI goes on evenly, and is one second further ahead. */
TEST(leap_second)
{
	struct timex t = now();
	struct timespec old, ts;
	int tai = t.tai, state;
	long long tai_ns;
	CHECK_OK(clock_gettime(CLOCK_REALTIME, &old));
	ts = old;
	ts.tv_sec += 86400 - ts.tv_sec % 86400 - 6; /* six seconds before midnight */
	ts.tv_nsec = 0;
	time_t midnight = ts.tv_sec + 6;
	CHECK_OK(clock_settime(CLOCK_REALTIME, &ts));
	t.status = STA_INS | STA_PLL;
	t.maxerror = 0;
	CHECK_EQ(adj(&t, ADJ_STATUS | ADJ_MAXERROR), TIME_OK);
	tai_ns = tai_ahead();
	long long start = ns(CLOCK_MONOTONIC);
	do {
		usleep(20000);
		t = now();
		state = adj(&t, 0);
	} while (state != TIME_WAIT && ns(CLOCK_MONOTONIC) - start < 20000000000ll);
	CHECK_EQ(state, TIME_WAIT);
	CHECK(ns(CLOCK_REALTIME) / 1000000000 >= midnight);
	CHECK_EQ(t.tai, tai + 1);
	CHECK(llabs(tai_ahead() - tai_ns) < 500000000);
	t.status = STA_UNSYNC;
	t.constant = tai;
	CHECK(adj(&t, ADJ_STATUS | ADJ_TAI) >= 0);
	CHECK_OK(clock_settime(CLOCK_REALTIME, &old));
}

TEST_MAIN
