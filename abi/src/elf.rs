//! ELF64 file structures and constants (elf(5)).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// File header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "the fields are those of elf(5)")]
pub struct Ehdr {
    pub e_ident: [u8; 16],
    pub e_type: u16,
    pub e_machine: u16,
    pub e_version: u32,
    pub e_entry: u64,
    pub e_phoff: u64,
    pub e_shoff: u64,
    pub e_flags: u32,
    pub e_ehsize: u16,
    pub e_phentsize: u16,
    pub e_phnum: u16,
    pub e_shentsize: u16,
    pub e_shnum: u16,
    pub e_shstrndx: u16,
}
const _: () = assert!(size_of::<Ehdr>() == 64);

/// Program header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "the fields are those of elf(5)")]
pub struct Phdr {
    pub p_type: u32,
    pub p_flags: u32,
    pub p_offset: u64,
    pub p_vaddr: u64,
    pub p_paddr: u64,
    pub p_filesz: u64,
    pub p_memsz: u64,
    pub p_align: u64,
}
const _: () = assert!(size_of::<Phdr>() == 56);

/// The four bytes that every ELF file starts with.
pub const ELFMAG: [u8; 4] = *b"\x7fELF";
/// `e_ident[4]`: 64-bit.
pub const ELFCLASS64: u8 = 2;
/// `e_ident[5]`: little endian.
pub const ELFDATA2LSB: u8 = 1;
/// `e_type`: executable at a fixed address.
pub const ET_EXEC: u16 = 2;
/// `e_type`: shared object, also a position-independent executable.
pub const ET_DYN: u16 = 3;
/// `e_type`: core dump.
pub const ET_CORE: u16 = 4;
/// `e_machine`: x86-64.
pub const EM_X86_64: u16 = 62;
/// `e_machine`: i386.
pub const EM_386: u16 = 3;
/// `p_type`: to be loaded.
pub const PT_LOAD: u32 = 1;
/// `p_type`: path of the dynamic loader.
pub const PT_INTERP: u32 = 3;
/// `p_type`: notes.
pub const PT_NOTE: u32 = 4;
/// `p_type`: the program headers themselves.
pub const PT_PHDR: u32 = 6;
/// `p_type`: thread-local storage.
pub const PT_TLS: u32 = 7;
/// `p_type`: flags of the stack.
pub const PT_GNU_STACK: u32 = 0x6474_e551;
/// `p_type`: properties.
pub const PT_GNU_PROPERTY: u32 = 0x6474_e553;
/// `p_flags`: executable.
pub const PF_X: u32 = 1;
/// `p_flags`: writable.
pub const PF_W: u32 = 2;
/// `p_flags`: readable.
pub const PF_R: u32 = 4;
