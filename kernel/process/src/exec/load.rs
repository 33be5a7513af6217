//! Building the memory of an ELF program (and of its interpreter) beside the old one's.

use alloc::sync::Arc;
use alloc::vec::Vec;

use ::vdso::vdso32;
use abi::capability::CAP_SYS_RAWIO;
use abi::consts::mman::{PROT_EXEC, PROT_READ, PROT_WRITE};
use abi::{Abi, Errno};
use mm::{AddressSpace, ElfSegment, ExecKind};
use vfs::File;

use super::creds::{self, NewCreds};
use super::elf::{EHDR_SIZE, Header, Phdrs, pflags};
use super::stack::{self, at};
use super::{Program, memory_limits, open, read_exact, vdso};
use crate::Cx;
use crate::identity::{
    ADDR_COMPAT_LAYOUT, ADDR_LIMIT_3GB, ADDR_NO_RANDOMIZE, MMAP_PAGE_ZERO, PER_CLEAR_ON_SETID,
    READ_IMPLIES_EXEC,
};

/// A file that is to be mapped.
struct Object {
    file: Arc<File>,
    header: Header,
    phdrs: Phdrs,
}

/// Everything that can be found out before the old program is given up.
pub(super) struct Plan {
    main: Object,
    interp: Option<Object>,
    pub(super) creds: NewCreds,
}

/// A finished address space and where to start in it.
pub(super) struct Image {
    pub abi: Abi,
    pub mm: Arc<AddressSpace>,
    pub entry: u64,
    pub sp: u64,
    pub creds: NewCreds,
    pub personality: u32,
}

/// Reads and checks the headers: errors here reach the caller of execve.
pub(super) fn plan(cx: &Cx<'_>, program: &Program, header: Header) -> Result<Plan, Errno> {
    let enabled = match header.abi {
        Abi::X86_64 => true,
        Abi::X32 => super::x32_enabled(),
        Abi::I386 => hal::ia32_enabled(),
    };
    if !enabled {
        return Err(Errno::ENOEXEC);
    }
    let phdrs = read_phdrs(&program.file, &header).map_err(|_| Errno::ENOEXEC)?;
    let interp = match phdrs.interp()? {
        Some(phdr) => Some(open_interp(cx, &program.file, phdr.offset, phdr.filesz, header.abi)?),
        None => None,
    };
    let main = Object { file: program.file.clone(), header, phdrs };
    Ok(Plan { main, interp, creds: creds::for_file(cx, &program.file)? })
}

fn read_phdrs(file: &File, header: &Header) -> Result<Phdrs, Errno> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(header.phdrs_size()).map_err(|_| Errno::ENOMEM)?;
    bytes.resize(header.phdrs_size(), 0);
    read_exact(file, header.phoff, &mut bytes)?;
    Phdrs::parse(&bytes, header)
}

fn open_interp(cx: &Cx<'_>, file: &File, offset: u64, size: u64, abi: Abi) -> Result<Object, Errno> {
    let mut name = Vec::new();
    name.try_reserve_exact(size as usize).map_err(|_| Errno::ENOMEM)?;
    name.resize(size as usize, 0);
    read_exact(file, offset, &mut name)?;
    if name.pop() != Some(0) {
        return Err(Errno::ENOEXEC);
    }
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    let file = open::open_kernel(cx, name.get(..end).unwrap_or(&name))?.file;
    let mut head = [0; EHDR_SIZE];
    read_exact(&file, 0, &mut head)?;
    let header = Header::parse_interp(&head)?;
    if header.abi.is_32bit() != abi.is_32bit() {
        return Err(Errno::ELIBBAD);
    }
    let phdrs = read_phdrs(&file, &header).map_err(|_| Errno::ELIBBAD)?;
    Ok(Object { file, header, phdrs })
}

/// Builds the new address space. Nothing in the old one changes.
pub(super) fn build(cx: &Cx<'_>, program: &Program, plan: Plan) -> Result<Image, Errno> {
    let abi = plan.main.header.abi;
    let personality = personality_for(cx, &plan);
    let random = personality & ADDR_NO_RANDOMIZE == 0;
    let limits = memory_limits(&cx.task.group);
    let has = |bit: u32| personality & bit != 0;
    let (bottom_up, limit_3gb) = (has(ADDR_COMPAT_LAYOUT), has(ADDR_LIMIT_3GB));
    let mm = AddressSpace::for_exec(limits, &ExecKind { abi, randomize: random, bottom_up, limit_3gb })?;
    let implied = if has(READ_IMPLIES_EXEC) { PROT_EXEC } else { 0 };
    // Process 1 has no memory before.
    mm.set_attrs(cx.task.mm().map_or(0, |old| old.attrs_to_inherit()), 0);
    let main = &plan.main;
    let bias = main_bias(&mm, main, plan.interp.is_some(), random)?;
    map_object(&mm, main, bias, implied)?;
    set_layout(&mm, main, bias, plan.interp.is_some(), random)?;
    let entry = main.header.entry.wrapping_add(bias);
    let (start, base) = match &plan.interp {
        None => (entry, 0),
        Some(interp) if !interp.header.is_program => return Err(Errno::ENOEXEC),
        Some(interp) => {
            let base = place_dyn(&mm, interp, 0)?;
            map_object(&mm, interp, base, implied)?;
            (interp.header.entry.wrapping_add(base), base)
        }
    };
    if start >= mm.task_size() {
        return Err(Errno::EINVAL);
    }
    let phdr = main.phdrs.phdr_address(&main.header).wrapping_add(bias);
    if personality & MMAP_PAGE_ZERO != 0 {
        // Programs of System V read through null pointers; without the right to that, nothing comes of it.
        let rawio = plan.creds.cred.capable(CAP_SYS_RAWIO);
        let _ = rawio.then(|| mm.map_page_zero());
    }
    let facts = Facts { entry, base, phdr, header: main.header };
    let exec_stack = main.phdrs.exec_stack().unwrap_or(has(READ_IMPLIES_EXEC));
    let stack = StackKind { random, exec: exec_stack };
    let sp = build_stack(cx, &mm, program, &plan, &facts, stack)?;
    Ok(Image { abi, mm, entry: start, sp, creds: plan.creds, personality })
}

/// The personality that the new program has. What may be read may be run in a program that is old enough to say
/// nothing of its stack, if it has 32 bits; a 64-bit or x32 one has to ask for it.
fn personality_for(cx: &Cx<'_>, plan: &Plan) -> u32 {
    let abi = plan.main.header.abi;
    let mut personality = cx.task.personality();
    if plan.creds.clear_personality {
        personality &= !PER_CLEAR_ON_SETID;
    }
    if abi != Abi::I386 {
        personality &= !READ_IMPLIES_EXEC;
    }
    if abi.is_32bit() && plan.main.phdrs.exec_stack().is_none() {
        personality |= READ_IMPLIES_EXEC;
    }
    personality
}

/// What the auxiliary vector tells of the program.
struct Facts {
    entry: u64,
    base: u64,
    phdr: u64,
    header: Header,
}

/// How the stack is made.
#[derive(Clone, Copy)]
struct StackKind {
    random: bool,
    exec: bool,
}

fn main_bias(mm: &AddressSpace, object: &Object, has_interp: bool, random: bool) -> Result<u64, Errno> {
    if !object.header.is_dyn {
        return Ok(0);
    }
    if !has_interp {
        // A static-PIE program, or the dynamic loader run by hand: with the mappings.
        return place_dyn(mm, object, 0);
    }
    let end = mm.map_window();
    place_dyn(mm, object, if random { mm::pie_base(end) } else { mm::elf_et_dyn_base(end) })
}

/// A load bias that puts the object at (or near) `hint`, or where mappings go.
fn place_dyn(mm: &AddressSpace, object: &Object, hint: u64) -> Result<u64, Errno> {
    let (low, span) = object.phdrs.span().ok_or(Errno::EINVAL)?;
    if span == 0 || span > mm.task_size() {
        return Err(Errno::EINVAL);
    }
    let placed = |align: u64| {
        let room = span.checked_add(align - 0x1000).ok_or(Errno::ENOMEM)?;
        mm.find_free(hint & !(align - 1), room)
    };
    // An alignment that the address space has no room for is not kept.
    let mut align = object.phdrs.max_align();
    let free = placed(align).or_else(|_| {
        align = 0x1000;
        placed(align)
    })?;
    let start = free.checked_add(align - 1).ok_or(Errno::ENOMEM)? & !(align - 1);
    Ok(start.wrapping_sub(low))
}

/// Maps the segments, with `implied` rights wherever something may be read.
fn map_object(mm: &AddressSpace, object: &Object, bias: u64, implied: u64) -> Result<(), Errno> {
    let file = object.file.for_mmap()?;
    for phdr in object.phdrs.loads() {
        if !phdr.fits(bias, mm.task_size()) {
            return Err(Errno::EINVAL);
        }
        if phdr.memsz == 0 {
            continue;
        }
        mm.map_elf_segment(&ElfSegment {
            file: file.clone(),
            addr: phdr.vaddr.wrapping_add(bias),
            offset: phdr.offset,
            file_size: phdr.filesz,
            mem_size: phdr.memsz,
            prot: prot(phdr.flags, implied),
            no_replace: false,
        })?;
    }
    Ok(())
}

fn prot(flags: u32, implied: u64) -> u64 {
    let bit = |flag: u32, prot: u64| if flags & flag != 0 { prot } else { 0 };
    bit(pflags::R, PROT_READ | implied) | bit(pflags::W, PROT_WRITE) | bit(pflags::X, PROT_EXEC)
}

fn set_layout(
    mm: &AddressSpace,
    main: &Object,
    bias: u64,
    has_interp: bool,
    random: bool,
) -> Result<(), Errno> {
    let mut start_code = u64::MAX;
    let (mut end_code, mut start_data, mut end_data, mut end) = (0u64, 0u64, 0u64, 0u64);
    for phdr in main.phdrs.loads() {
        let start = phdr.vaddr.wrapping_add(bias);
        let file_end = start.wrapping_add(phdr.filesz);
        start_code = start_code.min(start);
        start_data = start_data.max(start);
        if phdr.flags & pflags::X != 0 {
            end_code = end_code.max(file_end);
        }
        end_data = end_data.max(file_end);
        end = end.max(start.wrapping_add(phdr.memsz));
    }
    if end == 0 {
        return Err(Errno::EINVAL);
    }
    // The heap of a static-PIE program goes to where programs are, not among the mappings.
    let heap = if main.header.is_dyn && !has_interp { mm::elf_et_dyn_base(mm.map_window()) } else { end };
    let brk =
        if random { mm::brk_start(heap) } else { heap.checked_add(0xfff).ok_or(Errno::EINVAL)? & !0xfff };
    mm.set_brk(brk, brk);
    mm.set_layout(|layout| {
        layout.start_code = start_code;
        layout.end_code = end_code;
        layout.start_data = start_data;
        layout.end_data = end_data;
    });
    Ok(())
}

fn build_stack(
    cx: &Cx<'_>,
    mm: &AddressSpace,
    program: &Program,
    plan: &Plan,
    facts: &Facts,
    StackKind { random, exec }: StackKind,
) -> Result<u64, Errno> {
    let abi = facts.header.abi;
    let pointers = 8 * (program.args.count() + program.env.count() + 4 + 2 * AUXV_PAIRS);
    let strings = program.args.bytes().len() + program.env.bytes().len() + program.filename.len();
    let size = (strings + pointers + 2 * 0x1000) as u64;
    let top = mm.setup_stack(size, exec, random)?;
    let vdso = vdso::map(mm, top, random)?;
    let mut auxv = auxv(plan, facts, vdso.unwrap_or(0));
    // Only the 32-bit vDSO has an entry for all calls.
    let auxv = match vdso {
        Some(_) if abi == Abi::I386 => &mut auxv[..],
        Some(_) => &mut auxv[1..],
        None => &mut auxv[2..],
    };
    let image = stack::build(stack::Inputs {
        top,
        abi,
        args: &program.args,
        env: &program.env,
        filename: &program.filename,
        random: mm::at_random(),
        jitter: if random { u64::from(cx.task.pid() as u32) * 16 % 4096 } else { 0 },
        auxv,
    })?;
    if mm.write_remote(image.sp, &image.bytes) != image.bytes.len() {
        return Err(Errno::EFAULT);
    }
    mm.set_auxv(&saved_auxv(auxv, abi));
    mm.set_layout(|layout| {
        layout.start_stack = image.sp;
        layout.arg_start = image.arg_start;
        layout.arg_end = image.arg_end;
        layout.env_start = image.arg_end;
        layout.env_end = image.env_end;
    });
    Ok(image.sp)
}

/// The vector as `/proc/PID/auxv` shows it: two words an entry, which a 32-bit program's share one of 64 bits.
fn saved_auxv(auxv: &[(u64, u64)], abi: Abi) -> [u64; mm::AUXV_WORDS] {
    let mut words = [0; mm::AUXV_WORDS];
    if abi.is_32bit() {
        for (to, (kind, value)) in words.iter_mut().zip(auxv) {
            *to = kind & 0xffff_ffff | value << 32;
        }
        return words;
    }
    for (to, from) in words.iter_mut().zip(auxv.iter().flat_map(|(kind, value)| [*kind, *value])) {
        *to = from;
    }
    words
}

/// Entries of the auxiliary vector.
const AUXV_PAIRS: usize = 24;

/// The auxiliary vector in Linux's order; the vDSO's entries come first.
fn auxv(plan: &Plan, facts: &Facts, vdso: u64) -> [(u64, u64); AUXV_PAIRS] {
    let cred = &plan.creds.cred;
    let (hwcap, hwcap2) = hal::cpu::hwcap();
    [
        (at::SYSINFO, vdso + vdso32::VSYSCALL as u64),
        (at::SYSINFO_EHDR, vdso),
        (
            at::MINSIGSTKSZ,
            crate::signal::frame::FRAME_SIZE as u64 + hal::fpu::signal_frame_size() as u64 + 256,
        ),
        (at::HWCAP, hwcap),
        (at::PAGESZ, 0x1000),
        (at::CLKTCK, 100),
        (at::PHDR, facts.phdr),
        (at::PHENT, facts.header.phdr_size() as u64),
        (at::PHNUM, u64::from(facts.header.phnum)),
        (at::BASE, facts.base),
        (at::FLAGS, 0),
        (at::ENTRY, facts.entry),
        (at::UID, u64::from(cred.uid)),
        (at::EUID, u64::from(cred.euid)),
        (at::GID, u64::from(cred.gid)),
        (at::EGID, u64::from(cred.egid)),
        (at::SECURE, u64::from(plan.creds.secure)),
        (at::RANDOM, 0),
        (at::HWCAP2, hwcap2),
        (at::EXECFN, 0),
        (at::PLATFORM, 0),
        (at::RSEQ_FEATURE_SIZE, u64::from(crate::rseq::FEATURE_SIZE)),
        (at::RSEQ_ALIGN, crate::rseq::ALIGN),
        (at::NULL, 0),
    ]
}
