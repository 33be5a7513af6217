//! ELF headers of 64 and 32 bits, read with distrust: every number comes from a file that anybody wrote.

use alloc::vec::Vec;

use abi::{Abi, Errno};

/// Bytes of the file header with 64 bits; of an interpreter's as many are read.
pub const EHDR_SIZE: usize = 64;
/// Bytes of a program header with 64 bits.
const PHDR_SIZE: usize = 56;
/// And with 32.
const PHDR_SIZE_32: usize = 32;
/// Linux's bound on the program header table.
const PHDRS_MAX: usize = 65536;

const EM_X86_64: u16 = 62;
const EM_386: u16 = 3;
const EM_486: u16 = 6;
const ET_EXEC: u16 = 2;
const ET_DYN: u16 = 3;
const PATH_MAX: u64 = 4096;

/// `p_type`.
#[allow(missing_docs)]
pub mod pt {
    pub const LOAD: u32 = 1;
    pub const INTERP: u32 = 3;
    pub const PHDR: u32 = 6;
    pub const GNU_STACK: u32 = 0x6474_e551;
}

/// `p_flags`.
#[allow(missing_docs)]
pub mod pflags {
    pub const X: u32 = 1;
    pub const W: u32 = 2;
    pub const R: u32 = 4;
}

/// The file header's fields that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The ABI of the program. As on Linux it follows from machine and size of the program headers.
    pub abi: Abi,
    /// Position-independent (ET_DYN).
    pub is_dyn: bool,
    /// An executable or shared object (ET_EXEC, ET_DYN).
    pub is_program: bool,
    /// Entry point, without load bias.
    pub entry: u64,
    /// File offset of the program headers.
    pub phoff: u64,
    /// How many there are.
    pub phnum: u16,
}

/// A program header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phdr {
    /// `p_type`.
    pub kind: u32,
    /// `p_flags`.
    pub flags: u32,
    /// Offset in the file.
    pub offset: u64,
    /// Address, without load bias.
    pub vaddr: u64,
    /// Bytes from the file.
    pub filesz: u64,
    /// Bytes in memory.
    pub memsz: u64,
    /// Alignment.
    pub align: u64,
}

fn le<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

impl Header {
    /// Parses a file's first bytes. `ENOEXEC` for everything that isn't an executable or shared object
    /// that this processor can run.
    pub fn parse(bytes: &[u8]) -> Result<Self, Errno> {
        Self::fields(bytes).filter(|header| header.is_program).ok_or(Errno::ENOEXEC)
    }

    /// As [`parse`](Self::parse), for an interpreter: Linux looks at its type only when it is mapped, and gives
    /// `ELIBBAD` for the rest.
    pub fn parse_interp(bytes: &[u8]) -> Result<Self, Errno> {
        Self::fields(bytes).ok_or(Errno::ELIBBAD)
    }

    fn fields(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..4)? != b"\x7fELF" {
            return None;
        }
        let kind = u16::from_le_bytes(le(bytes, 16)?);
        let machine = u16::from_le_bytes(le(bytes, 18)?);
        let half = |at: usize| le(bytes, at).map(u16::from_le_bytes);
        let word = |at: usize| le(bytes, at).map(|raw| u64::from(u32::from_le_bytes(raw)));
        let long = |at: usize| le(bytes, at).map(u64::from_le_bytes);
        let has_phdrs = |at: usize, size: usize| half(at).map(usize::from) == Some(size);
        let (abi, phnum, entry, phoff) = if machine == EM_X86_64 && has_phdrs(54, PHDR_SIZE) {
            (Abi::X86_64, half(56)?, long(24)?, long(32)?)
        } else if !has_phdrs(42, PHDR_SIZE_32) {
            return None;
        } else {
            let abi = match machine {
                EM_386 | EM_486 => Abi::I386,
                EM_X86_64 => Abi::X32,
                _ => return None,
            };
            (abi, half(44)?, word(24)?, word(28)?)
        };
        let is_program = matches!(kind, ET_EXEC | ET_DYN);
        let header = Self { abi, is_dyn: kind == ET_DYN, is_program, entry, phoff, phnum };
        (1..=PHDRS_MAX).contains(&header.phdrs_size()).then_some(header)
    }

    /// Bytes of a program header.
    pub fn phdr_size(&self) -> usize {
        if self.abi.is_32bit() { PHDR_SIZE_32 } else { PHDR_SIZE }
    }

    /// Bytes of the program header table.
    pub fn phdrs_size(&self) -> usize {
        usize::from(self.phnum) * self.phdr_size()
    }
}

impl Phdr {
    fn parse(bytes: &[u8], abi: Abi) -> Option<Self> {
        let word = |at: usize| le(bytes, at).map(u32::from_le_bytes);
        if abi.is_32bit() {
            return Some(Self {
                kind: word(0)?,
                flags: word(24)?,
                offset: word(4)?.into(),
                vaddr: word(8)?.into(),
                filesz: word(16)?.into(),
                memsz: word(20)?.into(),
                align: word(28)?.into(),
            });
        }
        Some(Self {
            kind: u32::from_le_bytes(le(bytes, 0)?),
            flags: u32::from_le_bytes(le(bytes, 4)?),
            offset: u64::from_le_bytes(le(bytes, 8)?),
            vaddr: u64::from_le_bytes(le(bytes, 16)?),
            filesz: u64::from_le_bytes(le(bytes, 32)?),
            memsz: u64::from_le_bytes(le(bytes, 40)?),
            align: u64::from_le_bytes(le(bytes, 48)?),
        })
    }

    /// Bytes from the segment's page boundary to its start.
    pub fn page_offset(&self) -> u64 {
        self.vaddr & 0xfff
    }

    /// Whether the segment lies in user space when loaded at `bias`.
    pub fn fits(&self, bias: u64, limit: u64) -> bool {
        let start = self.vaddr.wrapping_add(bias);
        start < limit && self.filesz <= self.memsz && self.memsz <= limit && limit - self.memsz >= start
    }
}

/// The program headers of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phdrs(Vec<Phdr>);

impl Phdrs {
    /// Parses the table of a file with that header.
    pub fn parse(bytes: &[u8], header: &Header) -> Result<Self, Errno> {
        let size = header.phdr_size();
        let mut list = Vec::new();
        list.try_reserve_exact(bytes.len() / size).map_err(|_| Errno::ENOMEM)?;
        list.extend(bytes.chunks_exact(size).filter_map(|phdr| Phdr::parse(phdr, header.abi)));
        Ok(Self(list))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Phdr> {
        self.0.iter()
    }

    /// The segments to load.
    pub fn loads(&self) -> impl Iterator<Item = &Phdr> {
        self.0.iter().filter(|phdr| phdr.kind == pt::LOAD)
    }

    /// The interpreter's place in the file; `ENOEXEC` for an impossible length.
    pub fn interp(&self) -> Result<Option<Phdr>, Errno> {
        match self.0.iter().find(|phdr| phdr.kind == pt::INTERP) {
            Some(phdr) if (2..=PATH_MAX).contains(&phdr.filesz) => Ok(Some(*phdr)),
            Some(_) => Err(Errno::ENOEXEC),
            None => Ok(None),
        }
    }

    /// Whether the stack has to be executable; none if the file does not say.
    pub fn exec_stack(&self) -> Option<bool> {
        let phdr = self.0.iter().rev().find(|phdr| phdr.kind == pt::GNU_STACK)?;
        Some(phdr.flags & pflags::X != 0)
    }

    /// (lowest page, bytes to the highest end) of the loaded segments; none without any or
    /// when they don't fit into an address space.
    pub fn span(&self) -> Option<(u64, u64)> {
        let low = self.loads().map(|phdr| phdr.vaddr & !0xfff).min()?;
        let mut high = 0;
        for phdr in self.loads() {
            high = high.max(phdr.vaddr.checked_add(phdr.memsz)?);
        }
        Some((low, high.checked_sub(low)?))
    }

    /// The largest alignment that a segment asks for (a power of two, at least a page).
    pub fn max_align(&self) -> u64 {
        let asked = self.loads().map(|phdr| phdr.align).filter(|align| align.is_power_of_two());
        asked.max().unwrap_or(0).max(0x1000)
    }

    /// Where the program headers are in memory, without bias (AT_PHDR).
    pub fn phdr_address(&self, header: &Header) -> u64 {
        if let Some(phdr) = self.0.iter().find(|phdr| phdr.kind == pt::PHDR) {
            return phdr.vaddr;
        }
        let holder =
            self.loads().find(|phdr| phdr.offset <= header.phoff && header.phoff - phdr.offset < phdr.filesz);
        holder.map_or(0, |phdr| (header.phoff - phdr.offset).wrapping_add(phdr.vaddr))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file() -> Vec<u8> {
        let mut bytes = vec![0; EHDR_SIZE + 2 * PHDR_SIZE];
        bytes[..4].copy_from_slice(b"\x7fELF");
        bytes[16] = 2;
        bytes[18] = 62;
        bytes[24..32].copy_from_slice(&0x40_1000u64.to_le_bytes());
        bytes[32] = 64;
        bytes[54] = 56;
        bytes[56] = 2;
        let phdr = &mut bytes[64..];
        phdr[0] = 1;
        phdr[4] = 5;
        phdr[16..24].copy_from_slice(&0x40_0000u64.to_le_bytes());
        phdr[32..40].copy_from_slice(&0x800u64.to_le_bytes());
        phdr[40..48].copy_from_slice(&0x1800u64.to_le_bytes());
        bytes
    }

    #[test]
    fn a_sound_header() {
        let bytes = file();
        let header = Header::parse(&bytes).unwrap();
        assert_eq!((header.entry, header.phnum, header.is_dyn), (0x40_1000, 2, false));
        let phdrs = Phdrs::parse(&bytes[64..], &header).unwrap();
        assert_eq!(phdrs.span(), Some((0x40_0000, 0x1800)));
        assert_eq!(phdrs.phdr_address(&header), 0x40_0040);
        assert_eq!(phdrs.interp(), Ok(None));
        assert_eq!(phdrs.exec_stack(), None);
    }

    #[test]
    fn headers_of_32_bits() {
        let mut bytes = vec![0; 52 + 32];
        bytes[..4].copy_from_slice(b"\x7fELF");
        (bytes[16], bytes[18], bytes[42], bytes[44]) = (3, 3, 32, 1);
        bytes[24..28].copy_from_slice(&0x0804_80c0_u32.to_le_bytes());
        bytes[28] = 52;
        let phdr = &mut bytes[52..];
        phdr[0] = 1;
        phdr[8..12].copy_from_slice(&0xfffff000u32.to_le_bytes());
        phdr[20..24].copy_from_slice(&0x2000u32.to_le_bytes());
        phdr[24] = 5;
        let header = Header::parse(&bytes).unwrap();
        assert_eq!((header.abi, header.entry, header.phoff, header.is_dyn), (Abi::I386, 0x80480c0, 52, true));
        let phdrs = Phdrs::parse(&bytes[52..], &header).unwrap();
        assert_eq!((phdrs.span(), phdrs.0[0].flags), (Some((0xfffff000, 0x2000)), 5));
        bytes[18] = 62;
        assert_eq!(Header::parse(&bytes).unwrap().abi, Abi::X32);
        bytes[18] = 40;
        assert_eq!(Header::parse(&bytes), Err(Errno::ENOEXEC));
    }

    #[test]
    fn what_linux_refuses() {
        for (at, value) in [(0, 0), (16, 1), (16, 4), (18, 3), (54, 32), (56, 0)] {
            let mut bytes = file();
            bytes[at] = value;
            assert_eq!(Header::parse(&bytes), Err(Errno::ENOEXEC), "byte {at}");
        }
        for length in 0..EHDR_SIZE - 6 {
            assert_eq!(Header::parse(&file()[..length]), Err(Errno::ENOEXEC));
        }
    }

    #[test]
    fn segments_outside_of_user_space_do_not_fit() {
        let limit = 0x7fff_ffff_f000;
        let header = Header::parse(&file()).unwrap();
        let phdr = Phdrs::parse(&file()[64..], &header).unwrap().0[0];
        assert!(phdr.fits(0, limit));
        assert!(!phdr.fits(limit - 0x40_0000, limit));
        assert!(!Phdr { memsz: 0x100, ..phdr }.fits(0, limit));
        assert!(!Phdr { memsz: u64::MAX, ..phdr }.fits(0, limit));
        assert!(!Phdr { vaddr: u64::MAX - 5, ..phdr }.fits(0, limit));
    }

    proptest! {
        #[test]
        fn nothing_in_a_file_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), bias in any::<u64>()) {
            let mut whole = file();
            for (to, from) in whole.iter_mut().skip(4).zip(&bytes) {
                *to ^= *from;
            }
            for candidate in [&bytes, &whole] {
                let header = Header::parse(candidate);
                let sound = header.unwrap_or(Header::parse(&file()).unwrap());
                let phdrs = Phdrs::parse(candidate.get(64..).unwrap_or(&[]), &sound).unwrap();
                let _ = (phdrs.span(), phdrs.interp(), phdrs.exec_stack(), phdrs.max_align());
                let _ = (phdrs.phdr_address(&sound), sound.phdrs_size());
                for phdr in phdrs.iter() {
                    let _ = (phdr.fits(bias, 1 << 47), phdr.page_offset());
                }
            }
        }
    }
}
