/* Lines of text, and the journal of a case: all values that came of it. */
static char line[160];
static unsigned line_len;

void *memcpy(void *to, const void *from, unsigned long len)
{
	for (unsigned long i = 0; i < len; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}

void *memset(void *to, int byte, unsigned long len)
{
	for (unsigned long i = 0; i < len; i++)
		((volatile char *)to)[i] = (char)byte;
	return to;
}

static void put(const char *text)
{
	while (*text && line_len < sizeof(line) - 1)
		line[line_len++] = *text++;
}

static void put_hex(uint64_t value)
{
	char digits[17];
	int at = 16;

	digits[16] = 0;
	do
		digits[--at] = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	put(digits + at);
}

static void put_decimal(uint32_t value)
{
	char digits[11];
	int at = 10;

	digits[10] = 0;
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put(digits + at);
}

static void end_line(void)
{
	line[line_len++] = '\n';
	call(NR_write, 1, (long)line, line_len, 0, 0, 0);
	line_len = 0;
}

static void say(const char *what, uint32_t cases, uint64_t hash)
{
	put(what);
	put_decimal(cases);
	put(" cases, hash ");
	put_hex(hash);
	end_line();
}

static uint32_t number_of(const char *text)
{
	uint32_t value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint32_t)(*text - '0');
	return value;
}

/* `written`: the case is over; a signal that comes in a loop must not go on for ever. */
static struct {
	uint64_t hash;
	int verbose;
	int signals;
} journal;

static void journal_begin(int verbose)
{
	journal.hash = 0xcbf29ce484222325;
	journal.verbose = verbose;
	journal.signals = 0;
}

static void note(const char *name, uint64_t value)
{
	journal.hash = (journal.hash ^ value) * 0x100000001b3;
	journal.hash ^= journal.hash >> 29;
	if (journal.verbose) {
		if (line_len > 100)
			end_line();
		put(" ");
		put(name);
		put("=");
		put_hex(value);
	}
}

static void note_end(void)
{
	if (journal.verbose && line_len)
		end_line();
}
