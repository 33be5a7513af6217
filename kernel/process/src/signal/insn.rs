//! Reading an instruction of a program: prefixes, a two-byte opcode and the operand that ModRM names (SDM vol. 2,
//! chapter 2). Only as much of the instruction set as the kernel ever has to carry out for a program.

use hal::regs::{PtRegs, USER_CS};

/// An instruction is at most so long (SDM vol. 2, 2.3.11).
pub(super) const MAX_INSN_SIZE: usize = 15;

/// A segment override.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    Es,
    Cs,
    Ss,
    Ds,
    Fs,
    Gs,
}

/// What ModRM's `rm` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand {
    /// A general register, by its number.
    Register(u8),
    /// Memory: the offset in the segment.
    Memory { segment: Segment, offset: u64 },
}

/// An instruction with the opcode 0F `opcode` and a ModRM byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Insn {
    pub opcode: u8,
    /// ModRM's `reg`: which instruction of the opcode's group.
    pub group: u8,
    pub operand: Operand,
    /// Width of a register operand in bytes.
    pub operand_bytes: usize,
    pub len: usize,
}

/// Takes the bytes one after the other.
struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn i8(&mut self) -> Option<i64> {
        Some(i64::from(self.next()? as i8))
    }

    fn i16(&mut self) -> Option<i64> {
        Some(i64::from(i16::from_le_bytes([self.next()?, self.next()?])))
    }

    fn i32(&mut self) -> Option<i64> {
        Some(i64::from(i32::from_le_bytes([self.next()?, self.next()?, self.next()?, self.next()?])))
    }
}

/// The prefixes that matter here.
#[derive(Default)]
struct Prefixes {
    segment: Option<Segment>,
    operand_size: bool,
    address_size: bool,
    rex: u8,
}

impl Prefixes {
    fn read(bytes: &mut Bytes<'_>, long: bool) -> Option<Self> {
        let mut prefixes = Self::default();
        loop {
            match bytes.peek()? {
                0x26 => prefixes.segment = Some(Segment::Es),
                0x2e => prefixes.segment = Some(Segment::Cs),
                0x36 => prefixes.segment = Some(Segment::Ss),
                0x3e => prefixes.segment = Some(Segment::Ds),
                0x64 => prefixes.segment = Some(Segment::Fs),
                0x65 => prefixes.segment = Some(Segment::Gs),
                0x66 => prefixes.operand_size = true,
                0x67 => prefixes.address_size = true,
                0xf2 | 0xf3 => {}
                rex @ 0x40..=0x4f if long => {
                    bytes.next();
                    // A REX counts only right before the opcode.
                    match bytes.peek()? {
                        0x0f => prefixes.rex = rex,
                        _ => continue,
                    }
                    return Some(prefixes);
                }
                _ => return Some(prefixes),
            }
            bytes.next();
        }
    }

    /// One of REX's bits as bit 3 of a register's number.
    fn extend(&self, bit: u8) -> u8 {
        (self.rex >> bit & 1) << 3
    }
}

const REX_B: u8 = 0;
const REX_X: u8 = 1;
const RSP: u8 = 4;
const RBP: u8 = 5;

/// The instruction at the start of `bytes`, as the program that has `regs` would run it; none if it is another
/// than the above.
pub(super) fn decode(bytes: &[u8], regs: &PtRegs) -> Option<Insn> {
    let long = regs.cs == USER_CS;
    let mut bytes = Bytes { bytes, at: 0 };
    let prefixes = Prefixes::read(&mut bytes, long)?;
    if bytes.next()? != 0x0f {
        return None;
    }
    let opcode = bytes.next()?;
    let modrm = bytes.next()?;
    let operand = match modrm >> 6 {
        3 => Operand::Register(modrm & 7 | prefixes.extend(REX_B)),
        _ if !long && prefixes.address_size => memory_16(&mut bytes, &prefixes, modrm, regs)?,
        _ => memory(&mut bytes, &prefixes, modrm, regs, long)?,
    };
    // An address relative to the instruction's end is meant from its own.
    let operand = match operand {
        Operand::Memory { segment, offset } if long && modrm & 0xc7 == 5 => {
            let width = if prefixes.address_size { u64::from(u32::MAX) } else { u64::MAX };
            Operand::Memory {
                segment,
                offset: offset.wrapping_add(regs.ip).wrapping_add(bytes.at as u64) & width,
            }
        }
        operand => operand,
    };
    let operand_bytes = match (prefixes.rex >> 3 & 1, prefixes.operand_size) {
        (1, _) => 8,
        (_, true) => 2,
        _ => 4,
    };
    Some(Insn { opcode, group: modrm >> 3 & 7, operand, operand_bytes, len: bytes.at })
}

/// 32- and 64-bit addressing (SDM vol. 2, tables 2-2 and 2-3). For an address relative to RIP: the displacement.
fn memory(
    bytes: &mut Bytes<'_>,
    prefixes: &Prefixes,
    modrm: u8,
    regs: &PtRegs,
    long: bool,
) -> Option<Operand> {
    let (mode, rm) = (modrm >> 6, modrm & 7);
    let mut on_stack = false;
    let mut base_is_displacement = mode == 0 && rm == RBP;
    let mut address = 0u64;
    if rm == RSP {
        let sib = bytes.next()?;
        let index = sib >> 3 & 7 | prefixes.extend(REX_X);
        if index != RSP {
            address = register(regs, index) << (sib >> 6);
        }
        let base = sib & 7;
        base_is_displacement = mode == 0 && base == RBP;
        if !base_is_displacement {
            let base = base | prefixes.extend(REX_B);
            on_stack = base == RSP || base == RBP;
            address = address.wrapping_add(register(regs, base));
        }
    } else if !base_is_displacement {
        let base = rm | prefixes.extend(REX_B);
        on_stack = base == RBP;
        address = register(regs, base);
    }
    let displacement = match mode {
        1 => bytes.i8()?,
        2 => bytes.i32()?,
        _ if base_is_displacement => bytes.i32()?,
        _ => 0,
    };
    let mut offset = address.wrapping_add_signed(displacement);
    if !long || prefixes.address_size {
        offset &= u64::from(u32::MAX);
    }
    Some(Operand::Memory { segment: segment(prefixes, on_stack), offset })
}

/// 16-bit addressing, which 32-bit code can choose (SDM vol. 2, table 2-1).
fn memory_16(bytes: &mut Bytes<'_>, prefixes: &Prefixes, modrm: u8, regs: &PtRegs) -> Option<Operand> {
    let (mode, rm) = (modrm >> 6, modrm & 7);
    let base = match rm {
        0 => regs.bx.wrapping_add(regs.si),
        1 => regs.bx.wrapping_add(regs.di),
        2 => regs.bp.wrapping_add(regs.si),
        3 => regs.bp.wrapping_add(regs.di),
        4 => regs.si,
        5 => regs.di,
        6 if mode == 0 => 0,
        6 => regs.bp,
        _ => regs.bx,
    };
    let displacement = match mode {
        1 => bytes.i8()?,
        2 => bytes.i16()?,
        _ if rm == 6 => bytes.i16()?,
        _ => 0,
    };
    let on_stack = matches!(rm, 2 | 3) || rm == 6 && mode != 0;
    let offset = base.wrapping_add_signed(displacement) & 0xffff;
    Some(Operand::Memory { segment: segment(prefixes, on_stack), offset })
}

fn segment(prefixes: &Prefixes, on_stack: bool) -> Segment {
    prefixes.segment.unwrap_or(if on_stack { Segment::Ss } else { Segment::Ds })
}

fn register(regs: &PtRegs, number: u8) -> u64 {
    let mut regs = *regs;
    *register_mut(&mut regs, number)
}

/// A general register by its number in an instruction.
pub(super) fn register_mut(regs: &mut PtRegs, number: u8) -> &mut u64 {
    match number {
        0 => &mut regs.ax,
        1 => &mut regs.cx,
        2 => &mut regs.dx,
        3 => &mut regs.bx,
        4 => &mut regs.sp,
        5 => &mut regs.bp,
        6 => &mut regs.si,
        7 => &mut regs.di,
        8 => &mut regs.r8,
        9 => &mut regs.r9,
        10 => &mut regs.r10,
        11 => &mut regs.r11,
        12 => &mut regs.r12,
        13 => &mut regs.r13,
        14 => &mut regs.r14,
        _ => &mut regs.r15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hal::regs::USER32_CS;

    fn regs(cs: u64) -> PtRegs {
        PtRegs {
            ip: 0x40_0000,
            cs,
            ax: 0x1000,
            bx: 0x2000,
            sp: 0x7000,
            bp: 0x8000,
            r12: 0x1_0000_0010,
            ..PtRegs::default()
        }
    }

    fn memory(segment: Segment, offset: u64) -> Operand {
        Operand::Memory { segment, offset }
    }

    #[test]
    fn addresses_of_64_bit_code() {
        let regs = regs(USER_CS);
        let at = |bytes: &[u8]| decode(bytes, &regs).map(|insn| (insn.operand, insn.len));
        // sgdt (%rax); sgdt 8(%rbp); sgdt -16(%rsp); sgdt 4(%r12,%rbx,8)
        assert_eq!(at(&[0x0f, 0x01, 0x00]), Some((memory(Segment::Ds, 0x1000), 3)));
        assert_eq!(at(&[0x0f, 0x01, 0x45, 0x08]), Some((memory(Segment::Ss, 0x8008), 4)));
        assert_eq!(at(&[0x0f, 0x01, 0x44, 0x24, 0xf0]), Some((memory(Segment::Ss, 0x6ff0), 5)));
        assert_eq!(at(&[0x41, 0x0f, 0x01, 0x44, 0xdc, 0x04]), Some((memory(Segment::Ds, 0x1_0001_0014), 6)));
        // sgdt 0x10(%rip); sgdt %fs:0x20; sgdt (%r12d)
        assert_eq!(at(&[0x0f, 0x01, 0x05, 0x10, 0, 0, 0]), Some((memory(Segment::Ds, 0x40_0017), 7)));
        assert_eq!(at(&[0x64, 0x0f, 0x01, 0x04, 0x25, 0x20, 0, 0, 0]), Some((memory(Segment::Fs, 0x20), 9)));
        assert_eq!(at(&[0x67, 0x41, 0x0f, 0x01, 0x04, 0x24]), Some((memory(Segment::Ds, 0x10), 6)));
        // Cut short, and another instruction.
        assert_eq!(at(&[0x0f, 0x01, 0x05, 0x10]), None);
        assert_eq!(at(&[0x90, 0x0f, 0x01]), None);
    }

    #[test]
    fn registers_and_their_width() {
        let regs = regs(USER_CS);
        let of =
            |bytes: &[u8]| decode(bytes, &regs).map(|insn| (insn.operand, insn.operand_bytes, insn.group));
        // smsw %eax; smsw %ax; smsw %rax; str %r9d
        assert_eq!(of(&[0x0f, 0x01, 0xe0]), Some((Operand::Register(0), 4, 4)));
        assert_eq!(of(&[0x66, 0x0f, 0x01, 0xe0]), Some((Operand::Register(0), 2, 4)));
        assert_eq!(of(&[0x48, 0x0f, 0x01, 0xe0]), Some((Operand::Register(0), 8, 4)));
        assert_eq!(of(&[0x41, 0x0f, 0x00, 0xc9]), Some((Operand::Register(9), 4, 1)));
    }

    #[test]
    fn addresses_of_32_bit_code() {
        let regs = regs(USER32_CS);
        let at = |bytes: &[u8]| decode(bytes, &regs).map(|insn| insn.operand);
        // sgdt 0x10; addr16 sgdt 4(%bx); 0x48 is DEC EAX here.
        assert_eq!(at(&[0x0f, 0x01, 0x05, 0x10, 0, 0, 0]), Some(memory(Segment::Ds, 0x10)));
        assert_eq!(at(&[0x67, 0x0f, 0x01, 0x47, 0x04]), Some(memory(Segment::Ds, 0x2004)));
        assert_eq!(at(&[0x48, 0x0f, 0x01, 0xe0]), None);
    }
}
