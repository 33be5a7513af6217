/* A plugin for QEMU: counts the instructions that each processor executes between two marks.
 *
 * The mark is `xchg %r13, %r13`, which does nothing and which no compiler makes. Every second mark of a processor
 * writes `COUNT n` to QEMU's log (-d plugin -D FILE): the instructions since the mark before. The few declarations of
 * QEMU's plugin interface (version 1) that are needed stand here, because Debian does not ship the header.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CB_NO_REGS };

typedef void (*tb_trans_cb)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*exec_cb)(unsigned int vcpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, tb_trans_cb);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, exec_cb, int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
void qemu_plugin_outs(const char *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { MAX_PROCESSORS = 64 };

/* One line of the cache each: the processors are threads that run at the same time. */
static struct {
	uint64_t executed, at_mark;
	int between_marks;
} __attribute__((aligned(64))) processors[MAX_PROCESSORS];

static void count(unsigned int vcpu, void *data)
{
	(void)data;
	processors[vcpu % MAX_PROCESSORS].executed++;
}

static void mark(unsigned int vcpu, void *data)
{
	char line[64];
	uint64_t now = processors[vcpu % MAX_PROCESSORS].executed;

	(void)data;
	if (processors[vcpu % MAX_PROCESSORS].between_marks ^= 1) {
		processors[vcpu % MAX_PROCESSORS].at_mark = now;
		return;
	}
	snprintf(line, sizeof line, "COUNT %llu\n",
		 (unsigned long long)(now - processors[vcpu % MAX_PROCESSORS].at_mark));
	qemu_plugin_outs(line);
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static const uint8_t the_mark[] = { 0x4d, 0x87, 0xed };

	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		int is_mark = qemu_plugin_insn_size(insn) == sizeof the_mark &&
			      !memcmp(qemu_plugin_insn_data(insn), the_mark, sizeof the_mark);
		qemu_plugin_register_vcpu_insn_exec_cb(insn, is_mark ? mark : count, CB_NO_REGS, 0);
	}
}

__attribute__((visibility("default")))
int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info, (void)argc, (void)argv;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
