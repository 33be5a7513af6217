//! The floating-point part of a 32-bit signal frame: the registers as FSAVE stores them, and behind that, at a multiple
//! of 64, what a 64-bit frame has. What the program changes in the first part counts for the x87 registers.

use core::arch::asm;

use super::{BadFrame, FXSAVE_SIZE, SW_BYTES, has_xsave};
use crate::uaccess;

/// Bytes of the first part: `struct _fpstate_32` up to `magic`.
const HEAD: usize = 112;
/// In FXSAVE's image: x87 registers, 16 bytes each, of which 10 count.
const FX_ST: usize = 32;
/// In FSAVE's.
const ST: usize = 28;
const REGISTERS: usize = 8;
/// Where `status` and `magic` are; magic 0 says that there is a second part.
const STATUS: usize = 108;

#[repr(C, align(64))]
struct FxImage([u8; FXSAVE_SIZE]);

impl FxImage {
    fn of_registers() -> Self {
        let mut image = Self([0; FXSAVE_SIZE]);
        // SAFETY: the image is aligned and as large as FXSAVE writes.
        unsafe { asm!("fxsave64 [{}]", in(reg) &mut image, options(nostack)) };
        image
    }

    fn load(&self) {
        // SAFETY: the image is what FXSAVE stored, but for fields of which the processor takes any value: x87
        // registers, control and status word, tags and addresses (SDM vol. 1, 10.5.1).
        unsafe { asm!("fxrstor64 [{}]", in(reg) self, options(nostack)) };
    }

    fn half(&self, at: usize) -> u16 {
        self.0.get(at..at + 2).map_or(0, |raw| u16::from_le_bytes([raw[0], raw[1]]))
    }

    fn word(&self, at: usize) -> u32 {
        u32::from(self.half(at)) | u32::from(self.half(at + 2)) << 16
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(to) = self.0.get_mut(at..at + bytes.len()) {
            to.copy_from_slice(bytes);
        }
    }

    /// The full tag word: FXSAVE stores only which registers are not empty (SDM vol. 1, 10.5.1.1).
    fn tags(&self) -> u16 {
        let (status, used) = (self.half(2), self.0[4]);
        let top = usize::from(status >> 11 & 7);
        (0..REGISTERS).fold(0, |tags, physical| {
            let tag = match used >> physical & 1 {
                0 => 3,
                _ => self.tag((physical + REGISTERS - top) % REGISTERS),
            };
            tags | tag << (2 * physical)
        })
    }

    /// 0 valid, 1 zero, 2 special.
    fn tag(&self, st: usize) -> u16 {
        let at = FX_ST + 16 * st;
        let significand = u64::from(self.word(at)) | u64::from(self.word(at + 4)) << 32;
        match self.half(at + 8) & 0x7fff {
            0x7fff => 2,
            0 if significand == 0 => 1,
            0 => 2,
            _ if significand >> 63 != 0 => 0,
            _ => 2,
        }
    }

    /// As FSAVE stores it. `cs` and `ds` stand in for those of the last instruction, which 64-bit FXSAVE does not keep.
    fn to_head(&self, cs: u16, ds: u16) -> [u8; HEAD] {
        const HIGH: u32 = 0xffff_0000;
        let mut head = [0; HEAD];
        let words = [
            HIGH | u32::from(self.half(0)),
            HIGH | u32::from(self.half(2)),
            HIGH | u32::from(self.tags()),
            self.word(8),
            u32::from(cs),
            self.word(16),
            HIGH | u32::from(ds),
        ];
        for (to, word) in head.chunks_exact_mut(4).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        for (to, from) in head[ST..STATUS].chunks_exact_mut(10).zip(self.0[FX_ST..].chunks_exact(16)) {
            to.copy_from_slice(&from[..10]);
        }
        head[STATUS..STATUS + 2].copy_from_slice(&self.half(2).to_le_bytes());
        head
    }

    /// Takes the x87 registers from such a head.
    fn take_head(&mut self, head: &[u8; HEAD]) {
        let tags = u16::from_le_bytes([head[8], head[9]]);
        let used = (0..REGISTERS).fold(0u8, |used, nth| used | u8::from(tags >> (2 * nth) & 3 != 3) << nth);
        self.put(0, &head[0..2]);
        self.put(2, &head[4..6]);
        self.put(4, &[used, 0]);
        // The last opcode shares a word with CS.
        self.put(6, &head[18..20]);
        self.put(8, &head[12..16]);
        self.put(12, &[0; 4]);
        self.put(16, &head[20..24]);
        self.put(20, &[0; 4]);
        for (nth, from) in head[ST..STATUS].chunks_exact(10).enumerate() {
            self.put(FX_ST + 16 * nth, from);
        }
    }
}

/// Bytes of `struct user_i387_ia32_struct`: the first part without what only signal frames have.
pub const FSAVE_SIZE: usize = STATUS;

/// What FXSAVE stored (the beginning of XSAVE's image), as FSAVE would store it.
pub fn fsave_image(fxsave: &[u8], cs: u16, ds: u16) -> [u8; FSAVE_SIZE] {
    let mut image = FxImage([0; FXSAVE_SIZE]);
    image.0.iter_mut().zip(fxsave).for_each(|(to, from)| *to = *from);
    let head = image.to_head(cs, ds);
    core::array::from_fn(|at| head[at])
}

/// Bytes that the state takes in a 32-bit frame; its address there is [`fpstate`]'s.
pub fn signal_frame_size_32() -> usize {
    super::signal_frame_size() + HEAD
}

/// Where the state begins that is to end at or below `end`: so that the second part lies at a multiple of 64.
pub fn fpstate_32(end: u64) -> u64 {
    let image = end.wrapping_sub(super::signal_frame_size() as u64) & !63;
    image.wrapping_sub(HEAD as u64)
}

/// Writes the running program's state to its 32-bit signal frame; see [`super::save_to_signal_frame`].
pub fn save_to_signal_frame_32(addr: u64, program_pkru: u32, cs: u16, ds: u16) -> Result<(), BadFrame> {
    let image = addr + HEAD as u64;
    super::save_to_signal_frame(image, program_pkru)?;
    if has_xsave() {
        let len = signal_frame_size_32() as u32;
        uaccess::put_user(image + SW_BYTES as u64 + 4, len).ok_or(BadFrame)?;
    }
    uaccess::copy_to_user(addr, &FxImage::of_registers().to_head(cs, ds)).map_err(|_| BadFrame)
}

/// Takes the running program's state back from a 32-bit signal frame; see [`super::restore_from_signal_frame`].
pub fn restore_from_signal_frame_32(addr: u64) -> Result<(), BadFrame> {
    if addr == 0 {
        return super::restore_from_signal_frame(0);
    }
    let mut head = [0; HEAD];
    let read = uaccess::copy_from_user(&mut head, addr);
    super::restore_from_signal_frame(addr + HEAD as u64)?;
    if read.is_err() {
        super::reset_for_signal();
        return Err(BadFrame);
    }
    let mut registers = FxImage::of_registers();
    registers.take_head(&head);
    registers.load();
    Ok(())
}
