/* Random numbers that a seed repeats, and the integers that programs get wrong. */
struct random {
	uint64_t state;
};

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t next(struct random *r)
{
	return mix(r->state += 0x9e3779b97f4a7c15);
}

/* Less than n. */
static unsigned below(struct random *r, unsigned n)
{
	return (unsigned)(next(r) >> 33) % n;
}

/* True in so many of a hundred cases. */
static int percent(struct random *r, unsigned n)
{
	return below(r, 100) < n;
}

#define PICK(r, array) ((array)[below(r, sizeof(array) / sizeof *(array))])

static uint64_t integer(struct random *r)
{
	static const uint64_t odd[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 65, 100, 127, 128, 255, 256, 511, 512, 1000, 1023, 1024,
		4095, 4096, 4097, 8192, 65535, 65536, 1 << 20, (1 << 20) + 1, INT_MAX, 1u << 31, UINT_MAX,
		1ul << 32, (1ul << 32) + 1, LONG_MAX, 1ul << 63, (1ul << 63) + 1, -1ul, -2ul, -4095ul, -4096ul,
		1ul << 47, (1ul << 47) - 4096, 0xffff800000000000, 0xffff888000000000, 0xffffffff80000000, 0x8000000000000fff,
	};

	switch (below(r, 8)) {
	case 0:
		return next(r);
	case 1:
		return next(r) & UINT_MAX;
	case 2:
		return 1ul << below(r, 64);
	case 3:
		return below(r, 16);
	default:
		return PICK(r, odd);
	}
}

/* A word of flags: seldom more than two of them. */
static uint64_t flags(struct random *r)
{
	switch (below(r, 10)) {
	case 0 ... 3:
		return 0;
	case 4 ... 5:
		return 1ul << below(r, 32);
	case 6:
		return 1ul << below(r, 32) | 1ul << below(r, 32);
	case 7:
		return 1ul << below(r, 12) | 1ul << below(r, 12);
	case 8:
		return below(r, 16);
	default:
		return integer(r);
	}
}

/* A length: mostly one that fits into a buffer. */
static uint64_t length(struct random *r)
{
	if (percent(r, 50))
		return below(r, 129);
	return percent(r, 80) ? below(r, 16384) : integer(r);
}
