//! The notes of a core file: what the process and its threads were.

use alloc::vec::Vec;
use core::fmt::{self, Write};

use abi::elf::{
    NT_386_TLS, NT_AUXV, NT_FILE, NT_FPREGSET, NT_PRPSINFO, NT_PRSTATUS, NT_PRXFPREG, NT_SIGINFO,
    NT_X86_XSAVE_LAYOUT, NT_X86_XSTATE, Nhdr, Prpsinfo, Prstatus,
};
use abi::layout::{Siginfo32, SiginfoLayout, SiginfoX32};
use abi::{Abi, Errno, Timeval};
use mm::{AddressSpace, DumpArea};
use zerocopy::IntoBytes;

use super::notes32;
use super::threads::ThreadRecord;
use crate::Task;
use crate::group::Usage;
use crate::signal::SigInfo;

/// Bytes of FXSAVE's image, with which XSAVE's begins.
const FXSAVE_SIZE: usize = 512;
const PAGE_SIZE: u64 = 4096;
/// The list of files is left out if it is longer (kernel.core_file_note_size_limit).
const FILE_NOTE_LIMIT: usize = 4 << 20;

/// Bytes that grow, or run out of memory.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        self.0.try_reserve(bytes.len()).map_err(|_| Errno::ENOMEM)?;
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

impl Write for Bytes {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// The contents of the PT_NOTE segment.
#[derive(Default)]
struct Notes(Bytes);

impl Notes {
    fn add(&mut self, name: &[u8], kind: u32, content: &[u8]) -> Result<(), Errno> {
        let size = |len: usize| u32::try_from(len).map_err(|_| Errno::EFBIG);
        let head = Nhdr { n_namesz: size(name.len() + 1)?, n_descsz: size(content.len())?, n_type: kind };
        self.0.put(head.as_bytes())?;
        self.0.put(name)?;
        self.0.put(b"\0")?;
        self.align()?;
        self.0.put(content)?;
        self.align()
    }

    fn align(&mut self) -> Result<(), Errno> {
        let rest = self.0.0.len().next_multiple_of(4) - self.0.0.len();
        self.0.put([0; 3].get(..rest).unwrap_or(&[]))
    }

    /// A thread: its registers and what it has of others.
    fn add_thread(&mut self, thread: &ThreadRecord, signal: i32, abi: Abi) -> Result<(), Errno> {
        let wide = prstatus(thread, signal);
        if !abi.is_32bit() {
            return self.add(b"CORE", NT_PRSTATUS, wide.as_bytes());
        }
        let (bytes, len) = notes32::prstatus(&wide, abi);
        self.add(b"CORE", NT_PRSTATUS, bytes.get(..len).unwrap_or(&bytes))
    }

    /// i386's kinds of floating-point registers, and the thread's own segments.
    fn add_fpu_32(&mut self, thread: &ThreadRecord) -> Result<(), Errno> {
        if let Some(image) = &thread.fpu {
            let (cs, ds) = notes32::code_and_data(&thread.regs);
            self.add(b"CORE", NT_FPREGSET, &hal::fpu::fsave_image(image, cs, ds))?;
            self.add(b"LINUX", NT_PRXFPREG, &legacy(image))?;
            if image.len() > FXSAVE_SIZE {
                self.add(b"LINUX", NT_X86_XSTATE, image)?;
            }
        }
        match notes32::tls(thread.task.thread.context.tls()) {
            (_, 0) => Ok(()),
            (bytes, len) => self.add(b"LINUX", NT_386_TLS, bytes.get(..len).unwrap_or(&bytes)),
        }
    }

    fn add_fpu(&mut self, thread: &ThreadRecord, abi: Abi) -> Result<(), Errno> {
        if abi == Abi::I386 {
            return self.add_fpu_32(thread);
        }
        let Some(image) = &thread.fpu else { return Ok(()) };
        self.add(b"CORE", NT_FPREGSET, &legacy(image))?;
        if image.len() > FXSAVE_SIZE {
            self.add(b"LINUX", NT_X86_XSTATE, image)?;
        }
        Ok(())
    }
}

impl Notes {
    /// Which part of the extended registers stands where (since Linux 6.12); nothing without XSAVE.
    fn add_xsave_layout(&mut self) -> Result<(), Errno> {
        let mut parts = Bytes::default();
        for [part, size, offset] in hal::fpu::xsave_parts() {
            for word in [part, size, offset, 0] {
                parts.put(&word.to_le_bytes())?;
            }
        }
        if parts.0.is_empty() { Ok(()) } else { self.add(b"LINUX", NT_X86_XSAVE_LAYOUT, &parts.0) }
    }
}

/// x87 and SSE alone. The part that is the software's own is about XSAVE's image.
fn legacy(image: &[u8]) -> [u8; FXSAVE_SIZE] {
    let mut legacy = [0; FXSAVE_SIZE];
    for (to, from) in legacy.iter_mut().zip(image.iter().take(FXSAVE_SIZE - 48)) {
        *to = *from;
    }
    legacy
}

/// `siginfo_t` in the program's layout.
fn siginfo(info: &SigInfo, abi: Abi) -> [u8; 128] {
    match abi {
        Abi::X86_64 => info.to_bytes(),
        Abi::X32 => SiginfoX32::narrow(info.to_bytes()).0,
        Abi::I386 => Siginfo32::narrow(info.to_bytes()).0,
    }
}

/// The notes in Linux's order: the thread that the signal struck first.
pub(super) fn build(
    mm: &AddressSpace,
    areas: &[DumpArea],
    info: &SigInfo,
    dumper: &ThreadRecord,
    others: &[ThreadRecord],
) -> Result<Vec<u8>, Errno> {
    let abi = mm.abi();
    let mut notes = Notes::default();
    notes.add_thread(dumper, info.signo, abi)?;
    let process = prpsinfo(&dumper.task, mm);
    match abi.is_32bit() {
        false => notes.add(b"CORE", NT_PRPSINFO, process.as_bytes())?,
        true => notes.add(b"CORE", NT_PRPSINFO, &notes32::prpsinfo(&process))?,
    }
    notes.add(b"CORE", NT_SIGINFO, &siginfo(info, abi))?;
    notes.add(b"CORE", NT_AUXV, &auxv(mm)?)?;
    if let Some(files) = files(areas, abi)? {
        notes.add(b"CORE", NT_FILE, &files)?;
    }
    notes.add_fpu(dumper, abi)?;
    for thread in others {
        notes.add_thread(thread, info.signo, abi)?;
        notes.add_fpu(thread, abi)?;
    }
    notes.add_xsave_layout()?;
    Ok(notes.0.0)
}

fn timeval(ns: u64) -> Timeval {
    Timeval { tv_sec: (ns / 1_000_000_000) as i64, tv_usec: (ns / 1000 % 1_000_000) as i64 }
}

fn prstatus(thread: &ThreadRecord, signal: i32) -> Prstatus {
    let task = &*thread.task;
    let group = &task.group;
    let own: Usage = if task.is_group_leader() { group.usage() } else { task.usage() };
    let children = group.children_usage();
    Prstatus {
        si_signo: signal,
        pr_cursig: signal as i16,
        pr_sigpend: task.pending_signals().0.0,
        pr_sighold: task.blocked_signals().0,
        pr_pid: task.pid(),
        pr_ppid: task.ppid(),
        pr_pgrp: task.pgrp(),
        pr_sid: task.session(),
        pr_utime: timeval(own.utime_ns),
        pr_stime: timeval(own.stime_ns),
        pr_cutime: timeval(children.utime_ns),
        pr_cstime: timeval(children.stime_ns),
        pr_reg: thread.regs,
        pr_fpvalid: i32::from(thread.fpu.is_some()),
        ..Prstatus::default()
    }
}

fn prpsinfo(task: &Task, mm: &AddressSpace) -> Prpsinfo {
    let cred = task.cred();
    let layout = mm.layout();
    let mut psargs = [0; 80];
    let len = layout.arg_end.saturating_sub(layout.arg_start).min(79) as usize;
    let args = psargs.get_mut(..len).unwrap_or(&mut []);
    mm.read_remote(layout.arg_start, args);
    args.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
    Prpsinfo {
        // It runs.
        pr_state: 0,
        pr_sname: b'R',
        pr_zomb: 0,
        pr_nice: task.thread.nice() as i8,
        pad: 0,
        pr_flag: u64::from(task.flags()),
        pr_uid: cred.uid,
        pr_gid: cred.gid,
        pr_pid: task.tgid(),
        pr_ppid: task.ppid(),
        pr_pgrp: task.pgrp(),
        pr_sid: task.session(),
        pr_fname: *task.comm().raw(),
        pr_psargs: psargs,
    }
}

/// Up to and with AT_NULL.
fn auxv(mm: &AddressSpace) -> Result<Vec<u8>, Errno> {
    let words = mm.auxv();
    if mm.abi().is_32bit() {
        // Kind and value share a word.
        let end = words.iter().position(|word| *word as u32 == 0).map_or(words.len(), |at| at + 1);
        let mut bytes = Bytes::default();
        words.iter().take(end).try_for_each(|word| bytes.put(&word.to_le_bytes()))?;
        return Ok(bytes.0);
    }
    let end = words.chunks(2).position(|pair| pair.first() == Some(&0)).map_or(words.len(), |at| at * 2 + 2);
    let mut bytes = Bytes::default();
    for word in words.iter().take(end) {
        bytes.put(&word.to_le_bytes())?;
    }
    Ok(bytes.0)
}

/// Counts, then a start, an end and a first page for each file's area, then the names. None if there are too many.
fn files(areas: &[DumpArea], abi: Abi) -> Result<Option<Vec<u8>>, Errno> {
    let with_files = || areas.iter().filter_map(|area| Some((area, area.file.as_ref()?)));
    let width = if abi.is_32bit() { 4 } else { 8 };
    let mut bytes = Bytes::default();
    let mut put = |word: u64| bytes.put(word.to_le_bytes().get(..width).unwrap_or(&[]));
    put(with_files().count() as u64)?;
    put(PAGE_SIZE)?;
    for (area, _) in with_files() {
        [area.start, area.end, area.pgoff].into_iter().try_for_each(&mut put)?;
    }
    for (_, file) in with_files() {
        file.write_path(&mut bytes).map_err(|_| Errno::ENOMEM)?;
        bytes.put(b"\0")?;
        if bytes.0.len() > FILE_NOTE_LIMIT {
            return Ok(None);
        }
    }
    Ok(Some(bytes.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_filled_up_to_words() {
        let mut notes = Notes::default();
        notes.add(b"CORE", 7, b"abcde").unwrap();
        assert_eq!(notes.0.0, b"\x05\0\0\0\x05\0\0\0\x07\0\0\0CORE\0\0\0\0abcde\0\0\0");
        notes.add(b"LINUX", 1, b"").unwrap();
        assert_eq!(notes.0.0.len(), 28 + 12 + 8);
    }
}
