/* Enough of stdio for small programs: printf, dprintf, snprintf, puts, putchar, perror. Nothing is buffered beyond one
 * call, which makes one write(2) of up to 512 bytes at a time. Conversions: d i u o x X c s p %, with flags, width,
 * precision and the lengths hh h l ll z j t. There is no floating point. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "libcall.h"

size_t strlen(const char *);
size_t strnlen(const char *, size_t);
char *strerror(int);
extern int *__errno_location(void);

struct sink {
	char *buffer;
	size_t size, used;
	int fd;		/* -1: what does not fit is dropped */
	int failed;
	size_t total;
};

static void flush(struct sink *sink)
{
	for (size_t done = 0; done < sink->used && !sink->failed;) {
		long n = __libcall_write((unsigned)sink->fd, sink->buffer + done, sink->used - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || *__errno_location() != 4 /* EINTR */)
			sink->failed = 1;
	}
	sink->used = 0;
}

static void put(struct sink *sink, char c)
{
	sink->total++;
	if (sink->fd >= 0 && sink->used == sink->size)
		flush(sink);
	if (sink->used < sink->size)
		sink->buffer[sink->used++] = c;
}

static void pad(struct sink *sink, char c, int count)
{
	while (count-- > 0)
		put(sink, c);
}

struct conversion {
	int left, plus, space, alternate, zero, width, precision, bytes, is_signed;
};

static uintmax_t take(va_list *arguments, const struct conversion *how)
{
	if (how->bytes == 8)
		return va_arg(*arguments, uintmax_t);
	unsigned value = va_arg(*arguments, unsigned);
	if (how->is_signed)
		return (uintmax_t)(how->bytes == 1 ? (signed char)value : how->bytes == 2 ? (short)value : (int)value);
	return how->bytes == 1 ? (unsigned char)value : how->bytes == 2 ? (unsigned short)value : value;
}

static void number(struct sink *sink, struct conversion how, uintmax_t value, unsigned base, const char *digits)
{
	char text[24], prefix[3];
	int length = 0, prefixed = 0;

	if (how.is_signed && (intmax_t)value < 0) {
		prefix[prefixed++] = '-';
		value = -value;
	} else if (how.is_signed && (how.plus || how.space)) {
		prefix[prefixed++] = how.plus ? '+' : ' ';
	}
	if (how.alternate && base == 16 && value) {
		prefix[prefixed++] = '0';
		prefix[prefixed++] = digits[16];
	}
	for (uintmax_t rest = value; rest; rest /= base)
		text[length++] = digits[rest % base];
	if (!length && how.precision)
		text[length++] = '0';
	int zeros = how.precision > length ? how.precision - length : 0;
	if (how.alternate && base == 8 && !zeros && (!length || text[length - 1] != '0'))
		zeros = 1;
	int blanks = how.width - prefixed - zeros - length;
	if (how.zero && !how.left && how.precision < 0 && blanks > 0) {
		zeros += blanks;
		blanks = 0;
	}
	if (!how.left)
		pad(sink, ' ', blanks);
	for (int i = 0; i < prefixed; i++)
		put(sink, prefix[i]);
	pad(sink, '0', zeros);
	while (length)
		put(sink, text[--length]);
	if (how.left)
		pad(sink, ' ', blanks);
}

static void text(struct sink *sink, struct conversion how, const char *from, size_t length)
{
	int blanks = how.width > (int)length ? how.width - (int)length : 0;

	if (!how.left)
		pad(sink, ' ', blanks);
	while (length--)
		put(sink, *from++);
	if (how.left)
		pad(sink, ' ', blanks);
}

static const char *digits(const char *at, int *value, va_list *arguments)
{
	if (*at == '*') {
		*value = va_arg(*arguments, int);
		return at + 1;
	}
	for (*value = 0; *at >= '0' && *at <= '9'; at++)
		*value = *value * 10 + (*at - '0');
	return at;
}

/* Flags, width, precision and length; gives the place of the conversion's letter. */
static const char *parse(const char *at, struct conversion *how, va_list *arguments)
{
	*how = (struct conversion){ .precision = -1, .bytes = 4 };
	for (;; at++) {
		if (*at == '-')
			how->left = 1;
		else if (*at == '+')
			how->plus = 1;
		else if (*at == ' ')
			how->space = 1;
		else if (*at == '#')
			how->alternate = 1;
		else if (*at == '0')
			how->zero = 1;
		else
			break;
	}
	at = digits(at, &how->width, arguments);
	if (how->width < 0) {
		how->left = 1;
		how->width = -how->width;
	}
	if (*at == '.')
		at = digits(at + 1, &how->precision, arguments);
	for (;; at++) {
		if (*at == 'h')
			how->bytes /= 2;
		else if (*at == 'l' || *at == 'z' || *at == 't')
			how->bytes = *at == 'l' && how->bytes != 4 ? 8 : (int)sizeof(long);
		else if (*at == 'j')
			how->bytes = 8;
		else
			return at;
		/* On a machine with 32-bit longs the second l makes the difference. */
		if (at[0] == 'l' && at[1] == 'l') {
			how->bytes = 8;
			at++;
		}
	}
}

static void convert(struct sink *sink, char letter, struct conversion how, va_list *arguments)
{
	const char *string;
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		how.is_signed = 1;
		number(sink, how, take(arguments, &how), 10, "0123456789");
		break;
	case 'u':
		number(sink, how, take(arguments, &how), 10, "0123456789");
		break;
	case 'o':
		number(sink, how, take(arguments, &how), 8, "01234567");
		break;
	case 'X':
		number(sink, how, take(arguments, &how), 16, "0123456789ABCDEFX");
		break;
	case 'p':
		how.alternate = 1;
		how.bytes = sizeof(void *);
		/* fall through */
	case 'x':
		number(sink, how, take(arguments, &how), 16, "0123456789abcdefx");
		break;
	case 'c':
		c = (char)va_arg(*arguments, int);
		text(sink, how, &c, 1);
		break;
	case 's':
		string = va_arg(*arguments, const char *);
		if (!string)
			string = "(null)";
		text(sink, how, string, how.precision < 0 ? strlen(string) : strnlen(string, (size_t)how.precision));
		break;
	default:
		/* What is not known here stands in the output, so that it is seen. */
		put(sink, '%');
		if (letter && letter != '%')
			put(sink, letter);
	}
}

static int print(struct sink *sink, const char *format, va_list *arguments)
{
	struct conversion how;

	for (; *format; format++) {
		if (*format != '%') {
			put(sink, *format);
			continue;
		}
		format = parse(format + 1, &how, arguments);
		convert(sink, *format, how, arguments);
		if (!*format)
			break;
	}
	if (sink->fd >= 0)
		flush(sink);
	return sink->failed ? -1 : (int)sink->total;
}

__attribute__((weak)) int vdprintf(int fd, const char *format, va_list arguments)
{
	char buffer[512];
	struct sink sink = { .buffer = buffer, .size = sizeof buffer, .fd = fd };
	va_list copy;

	va_copy(copy, arguments);
	int n = print(&sink, format, &copy);
	va_end(copy);
	return n;
}

__attribute__((weak)) int vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct sink sink = { .buffer = buffer, .size = size ? size - 1 : 0, .fd = -1 };
	va_list copy;

	va_copy(copy, arguments);
	int n = print(&sink, format, &copy);
	va_end(copy);
	if (size)
		buffer[sink.used] = 0;
	return n;
}

#define FORWARD(call) \
	va_list arguments; \
	va_start(arguments, format); \
	int n = call; \
	va_end(arguments); \
	return n

__attribute__((weak)) int printf(const char *format, ...)
{
	FORWARD(vdprintf(1, format, arguments));
}

__attribute__((weak)) int dprintf(int fd, const char *format, ...)
{
	FORWARD(vdprintf(fd, format, arguments));
}

__attribute__((weak)) int snprintf(char *buffer, size_t size, const char *format, ...)
{
	FORWARD(vsnprintf(buffer, size, format, arguments));
}

__attribute__((weak)) int puts(const char *line)
{
	return dprintf(1, "%s\n", line);
}

__attribute__((weak)) int putchar(int c)
{
	return dprintf(1, "%c", c) < 0 ? -1 : (unsigned char)c;
}

__attribute__((weak)) void perror(const char *what)
{
	int error = *__errno_location();

	if (what && *what)
		dprintf(2, "%s: ", what);
	dprintf(2, "%s\n", strerror(error));
}
