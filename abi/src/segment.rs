//! Segments that programs describe (`struct user_desc` of set_thread_area(2) and modify_ldt(2)), and the descriptors
//! that the processor makes of them (SDM vol. 3, 3.4.5).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `struct user_desc`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct UserDesc {
    /// Its number in the table; -1 asks for a free one.
    pub entry_number: u32,
    /// Where the segment begins.
    pub base_addr: u32,
    /// Its last byte, or page.
    pub limit: u32,
    /// See [`bits`].
    pub bits: u32,
}

/// The bit fields of [`UserDesc`].
pub mod bits {
    /// Operands and addresses have 32 bits.
    pub const SEG_32BIT: u32 = 1;
    /// Data, stack, code or conforming code.
    pub const CONTENTS: u32 = 6;
    /// The contents are code.
    pub const CODE: u32 = 4;
    /// Not writable, or not readable.
    pub const READ_EXEC_ONLY: u32 = 1 << 3;
    /// The limit counts pages.
    pub const LIMIT_IN_PAGES: u32 = 1 << 4;
    /// Using it is a fault.
    pub const SEG_NOT_PRESENT: u32 = 1 << 5;
    /// The program's own.
    pub const USEABLE: u32 = 1 << 6;
    /// 64-bit code; never set by programs.
    pub const LM: u32 = 1 << 7;
    /// Those that count.
    pub const KNOWN: u32 = 0x7f;
}

/// First and last of the GDT's entries that a thread has for itself.
pub const TLS_MIN: u32 = 12;
/// See [`TLS_MIN`].
pub const TLS_MAX: u32 = 14;

const DPL_3: u64 = 3 << 45;
const CODE_OR_DATA: u64 = 1 << 44;
const ACCESSED: u64 = 1 << 40;

impl UserDesc {
    /// Whether it says "no segment", in the words that are meant for that.
    pub fn is_empty(&self) -> bool {
        self.base_addr == 0
            && self.limit == 0
            && self.bits & bits::KNOWN == bits::READ_EXEC_ONLY | bits::SEG_NOT_PRESENT
    }

    /// Whether all is 0 but the number, which set_thread_area takes for "no segment", too.
    pub fn is_zero(&self) -> bool {
        self.base_addr == 0 && self.limit == 0 && self.bits & bits::KNOWN == 0
    }

    /// The descriptor: of a program's privilege, and accessed already, so that the processor need not write to it.
    pub fn descriptor(&self) -> u64 {
        let (base, limit) = (u64::from(self.base_addr), u64::from(self.limit));
        let bit = |flag: u32, place: u32| if self.bits & flag != 0 { 1u64 << place } else { 0 };
        let not = |flag: u32, place: u32| if self.bits & flag == 0 { 1u64 << place } else { 0 };
        limit & 0xffff
            | (base & 0xff_ffff) << 16
            | ACCESSED
            | not(bits::READ_EXEC_ONLY, 41)
            | u64::from(self.bits & bits::CONTENTS) << 41
            | CODE_OR_DATA
            | DPL_3
            | not(bits::SEG_NOT_PRESENT, 47)
            | (limit >> 16 & 0xf) << 48
            | bit(bits::USEABLE, 52)
            | bit(bits::SEG_32BIT, 54)
            | bit(bits::LIMIT_IN_PAGES, 55)
            | (base >> 24) << 56
    }

    /// The descriptor that set_thread_area(2) makes of it, 0 for "no segment". Only 32-bit data segments that are
    /// present may be in the GDT: 16-bit ones need an LDT to be returned to safely.
    pub fn tls_descriptor(&self) -> Option<u64> {
        if self.is_empty() || self.is_zero() {
            return Some(0);
        }
        let kind = self.bits & (bits::SEG_32BIT | bits::CODE | bits::SEG_NOT_PRESENT);
        (kind == bits::SEG_32BIT).then(|| self.descriptor())
    }

    /// Which of a thread's own entries the number means.
    pub fn tls_index(&self) -> Option<usize> {
        (TLS_MIN..=TLS_MAX).contains(&self.entry_number).then(|| (self.entry_number - TLS_MIN) as usize)
    }

    /// What a descriptor means; all 0 for none.
    pub fn from_descriptor(entry_number: u32, descriptor: u64) -> Self {
        let bit = |place: u32, flag: u32| if descriptor >> place & 1 != 0 { flag } else { 0 };
        let not = |place: u32, flag: u32| if descriptor >> place & 1 == 0 { flag } else { 0 };
        let bits = bit(54, bits::SEG_32BIT)
            | (descriptor >> 41) as u32 & bits::CONTENTS
            | not(41, bits::READ_EXEC_ONLY)
            | bit(55, bits::LIMIT_IN_PAGES)
            | not(47, bits::SEG_NOT_PRESENT)
            | bit(52, bits::USEABLE)
            | bit(53, bits::LM);
        Self {
            entry_number,
            base_addr: base(descriptor) as u32,
            limit: (descriptor & 0xffff | descriptor >> 32 & 0xf_0000) as u32,
            bits,
        }
    }
}

/// Where a descriptor's segment begins.
pub fn base(descriptor: u64) -> u64 {
    descriptor >> 16 & 0xff_ffff | (descriptor >> 56) << 24
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_segments_are_those_of_the_gdt() {
        let flat = |bits: u32| UserDesc { entry_number: 0, base_addr: 0, limit: 0xf_ffff, bits };
        let data = flat(bits::SEG_32BIT | bits::LIMIT_IN_PAGES);
        assert_eq!(data.descriptor(), 0x00cf_f300_0000_ffff);
        let code = flat(bits::SEG_32BIT | bits::LIMIT_IN_PAGES | bits::CODE);
        assert_eq!(code.descriptor(), 0x00cf_fb00_0000_ffff);
    }

    #[test]
    fn descriptors_come_back() {
        for low in 0..bits::LM {
            let desc = UserDesc { entry_number: 12, base_addr: 0x89ab_cdef, limit: 0x7_6543, bits: low };
            assert_eq!(UserDesc::from_descriptor(12, desc.descriptor()), desc);
        }
        assert_eq!(base(UserDesc { base_addr: 0xfedc_ba98, ..Default::default() }.descriptor()), 0xfedc_ba98);
    }

    #[test]
    fn no_segment() {
        let none = UserDesc { bits: bits::READ_EXEC_ONLY | bits::SEG_NOT_PRESENT, ..Default::default() };
        assert!(none.is_empty() && !none.is_zero());
        assert_eq!(UserDesc::from_descriptor(0, 0), none);
        assert!(UserDesc { entry_number: 13, ..Default::default() }.is_zero());
    }
}
