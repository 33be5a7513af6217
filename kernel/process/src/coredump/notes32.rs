//! What differs in the notes of 32-bit and x32 programs: `struct compat_elf_prstatus`, `compat_elf_prpsinfo`, and the
//! floating-point registers and segments of i386.

use abi::Abi;
use abi::elf::{Prpsinfo, Prstatus};
use abi::segment::{TLS_MIN, UserDesc};

/// Words that are put one behind the other.
pub(super) struct Packed<const N: usize> {
    bytes: [u8; N],
    at: usize,
}

impl<const N: usize> Packed<N> {
    fn new() -> Self {
        Self { bytes: [0; N], at: 0 }
    }

    fn put(&mut self, bytes: &[u8]) {
        if let Some(to) = self.bytes.get_mut(self.at..self.at + bytes.len()) {
            to.copy_from_slice(bytes);
        }
        self.at += bytes.len();
    }

    fn words(&mut self, words: &[i32]) {
        words.iter().for_each(|word| self.put(&word.to_le_bytes()));
    }
}

/// Registers by their places in `struct user_regs_struct`.
mod reg {
    pub const CS: usize = 17;
    pub const DS: usize = 23;
    /// bx, cx, dx, si, di, bp, ax, ds, es, fs, gs, orig_ax, ip, cs, flags, sp, ss: i386's order.
    pub const I386: [usize; 17] = [5, 11, 12, 13, 14, 4, 10, 23, 24, 25, 26, 15, 16, CS, 18, 19, 20];
}

/// CS and DS of a thread.
pub(super) fn code_and_data(regs: &[u64; 27]) -> (u16, u16) {
    (regs[reg::CS] as u16, regs[reg::DS] as u16)
}

/// Bytes of the larger of the two structures, x32's, which has the registers in 64 bits.
const PRSTATUS_MAX: usize = 296;
const PRSTATUS_I386: usize = 144;

/// The structure in the program's layout: its bytes and how many they are.
pub(super) fn prstatus(wide: &Prstatus, abi: Abi) -> ([u8; PRSTATUS_MAX], usize) {
    let mut out = Packed::<PRSTATUS_MAX>::new();
    out.words(&[wide.si_signo, wide.si_code, wide.si_errno]);
    out.put(&wide.pr_cursig.to_le_bytes());
    out.put(&[0; 2]);
    out.words(&[wide.pr_sigpend as i32, wide.pr_sighold as i32]);
    out.words(&[wide.pr_pid, wide.pr_ppid, wide.pr_pgrp, wide.pr_sid]);
    for time in [wide.pr_utime, wide.pr_stime, wide.pr_cutime, wide.pr_cstime] {
        out.words(&[time.tv_sec as i32, time.tv_usec as i32]);
    }
    if abi == Abi::I386 {
        for from in reg::I386 {
            out.words(&[wide.pr_reg[from] as i32]);
        }
    } else {
        wide.pr_reg.iter().for_each(|reg| out.put(&reg.to_le_bytes()));
    }
    out.words(&[wide.pr_fpvalid]);
    (out.bytes, if abi == Abi::I386 { PRSTATUS_I386 } else { PRSTATUS_MAX })
}

/// Bytes of `struct compat_elf_prpsinfo`.
const PRPSINFO: usize = 124;

/// User and group numbers have 16 bits there, and so have those that don't fit: the overflow ID.
pub(super) fn prpsinfo(wide: &Prpsinfo) -> [u8; PRPSINFO] {
    const OVERFLOW_ID: u16 = 65534;
    let id = |id: u32| u16::try_from(id).unwrap_or(OVERFLOW_ID).to_le_bytes();
    let mut out = Packed::<PRPSINFO>::new();
    out.put(&[wide.pr_state, wide.pr_sname, wide.pr_zomb, wide.pr_nice as u8]);
    out.words(&[wide.pr_flag as i32]);
    out.put(&id(wide.pr_uid));
    out.put(&id(wide.pr_gid));
    out.words(&[wide.pr_pid, wide.pr_ppid, wide.pr_pgrp, wide.pr_sid]);
    out.put(&wide.pr_fname);
    out.put(&wide.pr_psargs);
    out.bytes
}

/// The thread's own segments as far as the last one that is set: `struct user_desc` each, and how many bytes count.
pub(super) fn tls(descriptors: [u64; 3]) -> ([u8; 48], usize) {
    let mut out = Packed::<48>::new();
    let used = descriptors.iter().rposition(|entry| *entry != 0).map_or(0, |last| last + 1);
    for (number, entry) in (TLS_MIN..).zip(descriptors) {
        let UserDesc { entry_number, base_addr, limit, bits } = UserDesc::from_descriptor(number, entry);
        out.words(&[entry_number, base_addr, limit, bits].map(|word| word as i32));
    }
    (out.bytes, used * size_of::<UserDesc>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_are_where_gdb_looks_for_them() {
        let mut wide = Prstatus { pr_pid: 7, pr_fpvalid: 1, ..Prstatus::default() };
        for (nth, word) in wide.pr_reg.iter_mut().enumerate() {
            *word = nth as u64;
        }
        let (bytes, len) = prstatus(&wide, Abi::I386);
        assert_eq!((len, bytes[24], bytes[140]), (144, 7, 1));
        // ebx first, esp the last but one.
        assert_eq!((bytes[72], bytes[72 + 15 * 4], bytes[72 + 11 * 4]), (5, 19, 15));
        let (bytes, len) = prstatus(&wide, Abi::X32);
        assert_eq!((len, bytes[72 + 8], bytes[288]), (296, 1, 1));
    }

    #[test]
    fn segments_up_to_the_last_one() {
        assert_eq!(tls([0; 3]).1, 0);
        let (bytes, len) = tls([0, 0x00cf_f300_0000_ffff, 0]);
        assert_eq!((len, bytes[0], bytes[16], bytes[24]), (32, 12, 13, 0xff));
    }
}
