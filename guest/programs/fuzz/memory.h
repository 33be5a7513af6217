/* The memory of a worker, at fixed addresses so that a seed repeats:
 *   ARENA  buffers for arguments, also other threads': what a call reads may change under it
 *   RO     a page that can be read only
 *   EDGE   a page with nothing behind it
 *   PLAY   what mmap, munmap and the like work on
 *   STACKS for threads */
#define ARENA 0x100000000ul
#define ARENA_SIZE (256ul << 10)
#define SLOT 4096ul
#define RO 0x110000000ul
#define EDGE 0x120000000ul
#define PLAY 0x200000000ul
#define PLAY_SIZE (64ul << 20)
#define STACKS 0x300000000ul
#define STACK_SIZE (32ul << 10)
#define STACK_COUNT 16ul

static void map(uintptr_t at, size_t size, int prot)
{
	if (mmap((void *)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		_exit(98);
}

static void make_memory(void)
{
	map(ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE);
	map(RO, 4096, PROT_READ);
	map(EDGE, 4096, PROT_READ | PROT_WRITE);
	map(PLAY, 4 << 20, PROT_READ | PROT_WRITE);
	map(STACKS, STACK_SIZE * STACK_COUNT, PROT_READ | PROT_WRITE);
}

/* A buffer of a page with random content, which fill may then improve. */
static void *buffer(struct random *r)
{
	uint64_t *slot = (uint64_t *)(ARENA + SLOT * below(r, ARENA_SIZE / SLOT));

	for (int i = 0; i < 16; i++)
		slot[i] = percent(r, 60) ? below(r, 64) : integer(r);
	return slot;
}

static uint64_t bad_pointer(struct random *r)
{
	static const uint64_t bad[] = {
		0, 1, 4095, 4096, RO, RO + 4088, RO + 4096, EDGE + 4096, 1ul << 47, (1ul << 47) - 1, 0x7fffffffeff8,
		0x7ffffffff000, 0x8000000000000000, 0xffff888000000000, 0xffffffff80200000, 0xffffffffff600000, -1ul, -8ul,
		PLAY + PLAY_SIZE, PLAY,
	};

	return PICK(r, bad);
}

/* Mostly this good one. */
static uint64_t pointer(struct random *r, void *good)
{
	switch (below(r, 20)) {
	case 0:
		return 0;
	case 1:
		return bad_pointer(r);
	case 2: /* the last bytes before the end */
		return EDGE + 4096 - (1 + below(r, 128));
	case 3:
		return (uintptr_t)good + below(r, 16);
	default:
		return (uintptr_t)good;
	}
}

static uint64_t play_address(struct random *r)
{
	static const unsigned spans[] = { 4, 64, 1024, PLAY_SIZE / 4096 };

	if (percent(r, 3))
		return integer(r);
	if (percent(r, 2)) /* the worker's own memory: it dies of it, mostly */
		return 0x400000 + 4096ul * below(r, 256);
	return PLAY + 4096ul * below(r, PICK(r, spans)) + (percent(r, 4) ? below(r, 4096) : 0);
}

static uint64_t play_length(struct random *r)
{
	if (percent(r, 4))
		return integer(r);
	return 4096ul * (percent(r, 90) ? below(r, 32) : below(r, 2048)) + (percent(r, 5) ? below(r, 4096) : 0);
}
