//! SGDT, SIDT, SLDT, STR and SMSW, which tell a program where the kernel keeps its tables: with UMIP they fault in user
//! mode (SDM vol. 3, 6.15 on #GP), and old programs get values that say nothing instead.

use hal::regs::{USER_CS, USER_DS, USER32_CS};

use super::fault::copy_failed;
use super::insn::{self, Insn, MAX_INSN_SIZE, Operand, Segment};
use crate::Cx;

/// What a program reads of the tables' addresses: the same on every machine, and no real ones.
const GDT_BASE: u64 = 0xffff_ffff_fffe_0000;
const IDT_BASE: u64 = 0xffff_ffff_ffff_0000;
/// CR0 as Linux has it: PG, AM, WP, NE, ET, MP, PE.
const CR0: u64 = 0x8005_0033;
/// The task register's selector.
const TSS_SELECTOR: u64 = 0x40;

/// What an instruction stores: a table's limit, which is 0, and base, or one value.
enum Answer {
    Table(u64),
    Value(u64),
}

fn answer(cx: &Cx<'_>, insn: &Insn) -> Option<Answer> {
    Some(match (insn.opcode, insn.group) {
        (0x01, 0) => Answer::Table(GDT_BASE),
        (0x01, 1) => Answer::Table(IDT_BASE),
        (0x01, 4) => Answer::Value(CR0),
        (0x00, 0) => Answer::Value(ldt_selector(cx)),
        (0x00, 1) => Answer::Value(TSS_SELECTOR),
        _ => return None,
    })
}

/// What SLDT says: the local table's place in the global one, if the program has one.
fn ldt_selector(cx: &Cx<'_>) -> u64 {
    const LDT_SELECTOR: u64 = 0x50;
    if cx.mm().ldt_len() != 0 { LDT_SELECTOR } else { 0 }
}

/// After a general protection fault: carries the instruction out if it is one of the five. `false`: it was
/// something else, or cannot be.
pub(super) fn fixup_umip_exception(cx: &mut Cx<'_>) -> bool {
    if !hal::cpu::has_umip() {
        return false;
    }
    let mut bytes = [0; MAX_INSN_SIZE];
    let len = fetch(cx, &mut bytes);
    let Some(insn) = insn::decode(&bytes[..len], cx.regs) else { return false };
    let Some(answer) = answer(cx, &insn) else { return false };
    match (answer, insn.operand) {
        // Only memory can take both.
        (Answer::Table(_), Operand::Register(_)) => return false,
        (Answer::Value(value), Operand::Register(number)) => {
            let register = insn::register_mut(cx.regs, number);
            *register = match insn.operand_bytes {
                8 => value,
                // As Linux stores it: what stands above the operand stays.
                bytes => {
                    let mask = (1u64 << (bytes * 8)) - 1;
                    *register & !mask | value & mask
                }
            };
        }
        (answer, Operand::Memory { segment, offset }) => {
            let Some(addr) = linear(cx, segment, offset) else { return false };
            let mut stored = [0; 10];
            let len = match answer {
                Answer::Table(base) => {
                    stored[2..].copy_from_slice(&base.to_le_bytes());
                    if cx.regs.cs == USER_CS { 10 } else { 6 }
                }
                Answer::Value(value) => {
                    stored[..8].copy_from_slice(&value.to_le_bytes());
                    2
                }
            };
            if cx.mm().write_bytes(addr, &stored[..len]).is_err() {
                copy_failed(cx, addr);
                return true;
            }
        }
    }
    cx.regs.ip = cx.regs.ip.wrapping_add(insn.len as u64);
    true
}

/// The bytes at the program's instruction pointer, as many as there are.
fn fetch(cx: &Cx<'_>, bytes: &mut [u8; MAX_INSN_SIZE]) -> usize {
    let ip = cx.regs.ip;
    let here = MAX_INSN_SIZE.min(0x1000 - (ip & 0xfff) as usize);
    let (first, rest) = bytes.split_at_mut(here);
    if cx.mm().read_bytes(ip, first).is_err() {
        return 0;
    }
    match cx.mm().read_bytes(ip.wrapping_add(here as u64), rest) {
        Ok(()) => MAX_INSN_SIZE,
        Err(_) => here,
    }
}

/// The address that an offset in a segment means. 64-bit code has bases in FS and GS alone; of 32-bit code's segments
/// only the flat ones and those two are known here.
fn linear(cx: &Cx<'_>, segment: Segment, offset: u64) -> Option<u64> {
    let context = &cx.task.thread.context;
    let base = match segment {
        Segment::Fs => context.fs_base(),
        Segment::Gs => context.gs_base(),
        _ if cx.regs.cs == USER_CS => 0,
        segment => {
            let [ds, es, ..] = context.selectors().map(u64::from);
            let selector = match segment {
                Segment::Es => es,
                Segment::Cs => cx.regs.cs,
                Segment::Ss => cx.regs.ss,
                _ => ds,
            };
            if !matches!(selector, USER_DS | USER32_CS | USER_CS) {
                return None;
            }
            0
        }
    };
    let addr = base.wrapping_add(offset);
    Some(if cx.regs.cs == USER_CS { addr } else { addr & u64::from(u32::MAX) })
}
