/* splitmix64 (Steele, Lea and Flood, 2014): the same numbers on every machine. */
struct random {
	uint64_t last;
};

static uint64_t next(struct random *random)
{
	uint64_t z = random->last += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Below `end`, which is small. */
static unsigned below(struct random *random, unsigned end)
{
	return (uint32_t)next(random) % end;
}

static int one_in(struct random *random, unsigned chances)
{
	return below(random, chances) == 0;
}
