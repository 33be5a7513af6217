//! Writing a core file: ELF header, program headers, notes, then memory.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::elf::{
    ELFCLASS32, ELFCLASS64, ELFDATA2LSB, ELFMAG, EM_386, EM_X86_64, ET_CORE, Ehdr, PF_R, PF_W, PF_X, PT_LOAD,
    PT_NOTE, Phdr,
};
use abi::{Abi, Errno};
use mm::{AddressSpace, DumpArea, IterSrc, VmFlags};
use vfs::File;
use zerocopy::IntoBytes;

use crate::Task;

const PAGE: u64 = 4096;
/// Memory goes out in pieces of this size, where there is a buffer for it.
const BUFFER: usize = 64 << 10;

/// Where the bytes go.
pub(super) struct Output<'a> {
    task: &'a Task,
    file: &'a Arc<File>,
    /// Pipes get zeros where files get holes.
    is_pipe: bool,
    /// Where the next byte goes, those in the buffer counted.
    at: u64,
    /// Bytes that may still be written; holes don't count.
    left: u64,
    /// Files end here, however much may be written.
    size_limit: u64,
    /// How far the file reaches.
    end: u64,
    buffer: Vec<u8>,
}

/// The dump ends here: a limit was reached, a write failed, or SIGKILL came.
struct Stopped;

impl<'a> Output<'a> {
    /// `limit`: RLIMIT_CORE; `size_limit`: RLIMIT_FSIZE. ENOMEM.
    pub fn new(
        task: &'a Task,
        file: &'a Arc<File>,
        is_pipe: bool,
        limit: u64,
        size_limit: u64,
    ) -> Result<Self, Errno> {
        let mut buffer = Vec::new();
        if buffer.try_reserve_exact(BUFFER).is_err() {
            buffer.try_reserve_exact(PAGE as usize).map_err(|_| Errno::ENOMEM)?;
        }
        Ok(Self { task, file, is_pipe, at: 0, left: limit, size_limit, end: 0, buffer })
    }

    fn emit(&mut self, mut bytes: &[u8]) -> Result<(), Stopped> {
        if bytes.len() as u64 > self.left {
            return Err(Stopped);
        }
        self.left -= bytes.len() as u64;
        while !bytes.is_empty() {
            if self.buffer.len() == self.buffer.capacity() {
                self.flush()?;
            }
            let room = self.buffer.capacity() - self.buffer.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            self.at += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    /// Leaves `len` bytes out.
    fn skip(&mut self, len: u64) -> Result<(), Stopped> {
        if self.is_pipe {
            let zeros = [0; 512];
            let mut left = len;
            while left != 0 {
                let part = left.min(zeros.len() as u64);
                self.emit(zeros.get(..part as usize).unwrap_or(&[]))?;
                left -= part;
            }
            return Ok(());
        }
        self.flush()?;
        self.at += len;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        let start = self.at - self.buffer.len() as u64;
        let result = self.write_at(start, self.buffer.len());
        self.buffer.clear();
        result
    }

    fn write_at(&mut self, start: u64, len: usize) -> Result<(), Stopped> {
        let mut done = 0;
        while let Some(rest) = self.buffer.get(done..len).filter(|rest| !rest.is_empty()) {
            if self.task.fatal_signal_pending() {
                return Err(Stopped);
            }
            let pos = start + done as u64;
            let room = usize::try_from(self.size_limit.saturating_sub(pos)).unwrap_or(usize::MAX);
            let mut src = IterSrc::kernel(rest.get(..room).unwrap_or(rest));
            let written = match src.remaining() {
                0 => 0,
                _ if self.is_pipe => vfs::vfs_write(self.file, &mut src).unwrap_or(0),
                _ => vfs::read_write::vfs_pwrite(self.file, &mut src, pos).unwrap_or(0),
            };
            if written == 0 {
                return Err(Stopped);
            }
            done += written;
            self.end = self.end.max(start + done as u64);
        }
        Ok(())
    }

    /// What was left out at the end still counts to the file's size: gdb asks for all of it.
    fn end(&mut self) -> Result<(), Stopped> {
        self.flush()?;
        if self.is_pipe || self.end == self.at {
            return Ok(());
        }
        self.at -= 1;
        self.emit(&[0])?;
        self.flush()
    }
}

/// Sizes of file and program header.
fn header_sizes(abi: Abi) -> (usize, usize) {
    if abi.is_32bit() { (52, 32) } else { (size_of::<Ehdr>(), size_of::<Phdr>()) }
}

/// Writes words of 2, 4 and 8 bytes (or the `long`s of 32-bit files) one behind the other.
fn emit_fields(out: &mut Output<'_>, fields: &[(u64, usize)]) -> Result<(), Stopped> {
    fields.iter().try_for_each(|(value, len)| out.emit(value.to_le_bytes().get(..*len).unwrap_or(&[])))
}

fn emit_file_header(out: &mut Output<'_>, abi: Abi, segments: u16) -> Result<(), Stopped> {
    let (ehsize, phentsize) = header_sizes(abi);
    let class = if abi.is_32bit() { ELFCLASS32 } else { ELFCLASS64 };
    let machine = if abi == Abi::I386 { EM_386 } else { EM_X86_64 };
    let mut ident = [0; 16];
    let known = [ELFMAG[0], ELFMAG[1], ELFMAG[2], ELFMAG[3], class, ELFDATA2LSB, 1];
    for (to, from) in ident.iter_mut().zip(known) {
        *to = from;
    }
    out.emit(&ident)?;
    let long = if abi.is_32bit() { 4 } else { 8 };
    emit_fields(
        out,
        &[
            (ET_CORE.into(), 2),
            (machine.into(), 2),
            (1, 4),
            (0, long),
            (ehsize as u64, long),
            (0, long),
            (0, 4),
            (ehsize as u64, 2),
            (phentsize as u64, 2),
            (segments.into(), 2),
            (0, 2),
            (0, 2),
            (0, 2),
        ],
    )
}

fn emit_phdr(out: &mut Output<'_>, abi: Abi, phdr: &Phdr) -> Result<(), Stopped> {
    if !abi.is_32bit() {
        return out.emit(phdr.as_bytes());
    }
    let Phdr { p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align } = *phdr;
    let words = [p_type.into(), p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags.into(), p_align];
    emit_fields(out, &words.map(|word| (word, 4)))
}

fn segment(area: &DumpArea, offset: u64) -> Phdr {
    let right = |flag: VmFlags, bit: u32| if area.flags.contains(flag) { bit } else { 0 };
    Phdr {
        p_type: PT_LOAD,
        p_flags: right(VmFlags::READ, PF_R) | right(VmFlags::WRITE, PF_W) | right(VmFlags::EXEC, PF_X),
        p_offset: offset,
        p_vaddr: area.start,
        p_paddr: 0,
        p_filesz: area.dumped,
        p_memsz: area.end - area.start,
        p_align: PAGE,
    }
}

/// Writes all of it, as far as it goes.
pub(super) fn write(out: &mut Output<'_>, mm: &AddressSpace, areas: &[DumpArea], notes: &[u8]) {
    // What stops it has been dealt with: the core ends there.
    let _ =
        headers(out, mm.abi(), areas, notes).and_then(|()| memory(out, mm, areas)).and_then(|()| out.end());
}

fn headers(out: &mut Output<'_>, abi: Abi, areas: &[DumpArea], notes: &[u8]) -> Result<(), Stopped> {
    // An address space has fewer areas than a core can have segments.
    let segments = u16::try_from(areas.len() + 1).map_err(|_| Stopped)?;
    emit_file_header(out, abi, segments)?;
    let (ehsize, phentsize) = header_sizes(abi);
    let notes_at = (ehsize + usize::from(segments) * phentsize) as u64;
    let note = Phdr {
        p_type: PT_NOTE,
        p_offset: notes_at,
        p_filesz: notes.len() as u64,
        p_align: 4,
        ..Phdr::default()
    };
    emit_phdr(out, abi, &note)?;
    let data_at = (notes_at + notes.len() as u64).next_multiple_of(PAGE);
    let mut offset = data_at;
    for area in areas {
        emit_phdr(out, abi, &segment(area, offset))?;
        offset += area.dumped;
    }
    out.emit(notes)?;
    out.skip(data_at - out.at)
}

fn memory(out: &mut Output<'_>, mm: &AddressSpace, areas: &[DumpArea]) -> Result<(), Stopped> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(PAGE as usize).map_err(|_| Stopped)?;
    bytes.resize(PAGE as usize, 0);
    for area in areas {
        for addr in (area.start..area.start + area.dumped).step_by(PAGE as usize) {
            match mm.dump_page(addr) {
                Some(page) => {
                    page.read(0, &mut bytes);
                    out.emit(&bytes)?;
                }
                None => out.skip(PAGE)?,
            }
            if out.task.fatal_signal_pending() {
                return Err(Stopped);
            }
            sched::cond_resched();
        }
    }
    Ok(())
}
