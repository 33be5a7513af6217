//! ELF64 file structures and constants (elf(5)).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::types::Timeval;

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
/// `e_ident[4]`: 32-bit.
pub const ELFCLASS32: u8 = 1;
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
/// Type of a core file's note: a thread's registers and signals ([`Prstatus`]).
pub const NT_PRSTATUS: u32 = 1;
/// A thread's x87 and SSE registers, as FXSAVE stores them.
pub const NT_FPREGSET: u32 = 2;
/// The process ([`Prpsinfo`]).
pub const NT_PRPSINFO: u32 = 3;
/// The auxiliary vector.
pub const NT_AUXV: u32 = 6;
/// Which files are mapped where.
pub const NT_FILE: u32 = 0x4649_4c45;
/// The signal's `siginfo_t`.
pub const NT_SIGINFO: u32 = 0x5349_4749;
/// A 32-bit thread's own segments: `struct user_desc` each.
pub const NT_386_TLS: u32 = 0x200;
/// A 32-bit thread's x87 and SSE registers, as FXSAVE stores them.
pub const NT_PRXFPREG: u32 = 0x46e6_2b7f;
/// A thread's extended registers, as XSAVE stores them.
pub const NT_X86_XSTATE: u32 = 0x202;
/// Where each part stands in that.
pub const NT_X86_XSAVE_LAYOUT: u32 = 0x205;

/// Head of a note; the name (with NUL) and the content follow, each filled up to a multiple of four bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "the fields are those of elf(5)")]
pub struct Nhdr {
    pub n_namesz: u32,
    pub n_descsz: u32,
    pub n_type: u32,
}

/// `struct elf_prstatus`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "the fields are the C structure's own")]
pub struct Prstatus {
    pub si_signo: i32,
    pub si_code: i32,
    pub si_errno: i32,
    pub pr_cursig: i16,
    pub pad0: u16,
    pub pr_sigpend: u64,
    pub pr_sighold: u64,
    pub pr_pid: i32,
    pub pr_ppid: i32,
    pub pr_pgrp: i32,
    pub pr_sid: i32,
    pub pr_utime: Timeval,
    pub pr_stime: Timeval,
    pub pr_cutime: Timeval,
    pub pr_cstime: Timeval,
    /// `struct user_regs_struct`: pt_regs, FS and GS base, DS, ES, FS, GS.
    pub pr_reg: [u64; 27],
    pub pr_fpvalid: i32,
    pub pad1: u32,
}
const _: () = assert!(size_of::<Prstatus>() == 336);

/// `struct elf_prpsinfo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
#[allow(missing_docs, reason = "the fields are the C structure's own")]
pub struct Prpsinfo {
    pub pr_state: u8,
    pub pr_sname: u8,
    pub pr_zomb: u8,
    pub pr_nice: i8,
    pub pad: u32,
    pub pr_flag: u64,
    pub pr_uid: u32,
    pub pr_gid: u32,
    pub pr_pid: i32,
    pub pr_ppid: i32,
    pub pr_pgrp: i32,
    pub pr_sid: i32,
    pub pr_fname: [u8; 16],
    pub pr_psargs: [u8; 80],
}
const _: () = assert!(size_of::<Prpsinfo>() == 136);
