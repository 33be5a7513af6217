//! What a process's memory is made of: maps, smaps, smaps_rollup, statm, and the memory itself (proc(5)).

use core::fmt::{self, Write};
use core::ops::Range;

use abi::Errno;
use alloc::string::String;
use alloc::sync::Arc;
use hal::mem::PAGE_SIZE;
use mm::{AddressSpace, AreaUsage, ExecLayout, IterDst, IterSrc, VmFlags, Vma};
use process::{Task, vsyscall};
use vfs::{File, FileOps};

use vfs::text::Text;

/// The areas, a line each.
pub(crate) fn maps(task: &Task, out: &mut Text) -> fmt::Result {
    each_area(task, |vma, name| area_line(vma, name, out))?;
    if let Some(gate) = gate(task) { gate_line(gate, out) } else { Ok(()) }
}

/// How the program has the vsyscall page, which is no area.
fn gate(task: &Task) -> Option<vsyscall::Mode> {
    let is_64_bit = task.mm().is_some_and(|mm| mm.abi() == abi::Abi::X86_64);
    Some(vsyscall::mode()).filter(|mode| is_64_bit && *mode != vsyscall::Mode::None)
}

/// The vsyscall page's line.
fn gate_line(mode: vsyscall::Mode, out: &mut Text) -> fmt::Result {
    let read = if mode == vsyscall::Mode::Emulate { 'r' } else { '-' };
    writeln!(out, "ffffffffff600000-ffffffffff601000 {read}-xp 00000000 00:00 0                  [vsyscall]")
}

/// The areas with what they hold.
pub(crate) fn smaps(task: &Task, out: &mut Text) -> fmt::Result {
    let Some(mm) = task.mm() else { return Ok(()) };
    each_area(task, |vma, name| {
        area_line(vma, name, out)?;
        writeln!(out, "Size:           {:>8} kB", vma.len() / 1024)?;
        writeln!(out, "KernelPageSize:        4 kB\nMMUPageSize:           4 kB")?;
        page_counts(&mm.area_usage(vma), false, out)?;
        writeln!(
            out,
            "THPeligible:           {}",
            u8::from(mm.attrs() & mm::attr::THP_DISABLED == 0 && mm::thp::is_eligible(vma))
        )?;
        if hal::pkru::enabled() {
            write!(out, "ProtectionKey:  {:>8}\nVmFlags:", vma.flags.pkey())?;
        } else {
            out.write_str("VmFlags:")?;
        }
        for (flag, letters) in FLAG_LETTERS {
            if vma.flags.contains(*flag) {
                write!(out, " {letters}")?;
            }
        }
        out.write_str(" \n")
    })?;
    let Some(gate) = gate(task) else { return Ok(()) };
    gate_line(gate, out)?;
    writeln!(out, "Size:                  4 kB\nKernelPageSize:        4 kB\nMMUPageSize:           4 kB")?;
    page_counts(&AreaUsage::default(), false, out)?;
    writeln!(out, "THPeligible:           0")?;
    if hal::pkru::enabled() {
        writeln!(out, "ProtectionKey:         0")?;
    }
    writeln!(out, "VmFlags: {}ex ", if gate == vsyscall::Mode::Emulate { "rd " } else { "" })
}

/// The sums of smaps.
pub(crate) fn smaps_rollup(task: &Task, out: &mut Text) -> fmt::Result {
    let Some(mm) = task.mm() else { return Ok(()) };
    let (mut start, mut end) = (0, 0);
    mm.for_each_vma(|vma| {
        if end == 0 {
            start = vma.start;
        }
        end = vma.end;
    });
    writeln!(out, "{:<73}[rollup]", alloc::format!("{start:08x}-{end:08x} ---p 00000000 00:00 0 "))?;
    page_counts(&mm.usage(), true, out)
}

/// Sizes in pages: total, resident, shared, code, 0, data and stack, 0.
pub(crate) fn statm(task: &Task, out: &mut Text) -> fmt::Result {
    let Some(mm) = task.mm() else { return writeln!(out, "0 0 0 0 0 0 0") };
    let (counters, usage) = (mm.counters(), mm.usage());
    let shared = usage.file + usage.shmem;
    let data = counters.data + counters.stack;
    writeln!(out, "{} {} {shared} {} 0 {data} 0", counters.total, usage.rss, counters.exec)
}

/// The memory lines of `status`. VmLib is left out: libraries count as code.
pub(crate) fn status_lines(mm: &AddressSpace, out: &mut Text) -> fmt::Result {
    let (counters, usage) = (mm.counters(), mm.usage());
    for (name, pages) in [
        ("VmPeak", counters.peak),
        ("VmSize", counters.total),
        ("VmLck", counters.locked),
        ("VmPin", 0),
        ("VmHWM", mm.peak_rss_pages()),
        ("VmRSS", usage.rss),
        ("RssAnon", usage.anon),
        ("RssFile", usage.file),
        ("RssShmem", usage.shmem),
        ("VmData", counters.data),
        ("VmStk", counters.stack),
        ("VmExe", counters.exec),
        ("VmPTE", mm.page_table_bytes() / PAGE_SIZE as u64),
        ("VmSwap", 0),
    ] {
        writeln!(out, "{name}:\t{:>8} kB", kib(pages))?;
    }
    Ok(())
}

/// Figures of stat: size in bytes, resident pages.
pub(crate) fn sizes(mm: Option<&AddressSpace>) -> (u64, u64) {
    mm.map_or((0, 0), |mm| (mm.counters().total * PAGE_SIZE as u64, mm.rss_pages()))
}

/// `/proc/PID/mem`: the memory, at its addresses.
pub(crate) struct MemoryFile(Arc<AddressSpace>);

impl MemoryFile {
    /// For a process whose memory the running one may see.
    pub fn open(task: &Task) -> Result<Self, Errno> {
        task.mm().map(MemoryFile).ok_or(Errno::EINVAL)
    }

    /// Moves bytes in pieces; EIO if not even the first one can be moved.
    fn transfer(
        &self,
        len: usize,
        pos: &mut u64,
        mut piece: impl FnMut(&AddressSpace, u64, usize) -> Result<usize, Errno>,
    ) -> Result<usize, Errno> {
        let mut done = 0;
        while done < len {
            let want = (len - done).min(CHUNK);
            let moved = piece(&self.0, *pos, want)?;
            done += moved;
            *pos = pos.wrapping_add(moved as u64);
            if moved < want {
                break;
            }
        }
        if done == 0 && len > 0 { Err(Errno::EIO) } else { Ok(done) }
    }
}

const CHUNK: usize = 512;

impl FileOps for MemoryFile {
    fn read_iter(&self, _file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        self.transfer(dst.remaining(), pos, |mm, at, want| {
            let mut bytes = [0; CHUNK];
            let part = bytes.get_mut(..want).unwrap_or(&mut []);
            let got = mm.read_remote(at, part);
            dst.copy_out(part.get(..got).unwrap_or(&[]))
        })
    }

    fn write_iter(&self, _file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        self.transfer(src.remaining(), pos, |mm, at, want| {
            let mut bytes = [0; CHUNK];
            let part = bytes.get_mut(..want).unwrap_or(&mut []);
            let got = src.copy_in(part)?;
            Ok(mm.write_remote(at, part.get(..got).unwrap_or(&[])))
        })
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        seek_anywhere(offset, whence, pos)
    }
}

/// Any address can be sought, the kernel's too; reading there fails.
pub(crate) fn seek_anywhere(offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
    *pos = match whence {
        0 => offset as u64,
        1 => pos.wrapping_add_signed(offset),
        _ => return Err(Errno::EINVAL),
    };
    Ok(*pos)
}

/// smaps(5)'s two letters.
const FLAG_LETTERS: &[(VmFlags, &str)] = &[
    (VmFlags::READ, "rd"),
    (VmFlags::WRITE, "wr"),
    (VmFlags::EXEC, "ex"),
    (VmFlags::SHARED, "sh"),
    (VmFlags::MAYREAD, "mr"),
    (VmFlags::MAYWRITE, "mw"),
    (VmFlags::MAYEXEC, "me"),
    (VmFlags::MAYSHARE, "ms"),
    (VmFlags::GROWSDOWN, "gd"),
    (VmFlags::PFNMAP, "pf"),
    (VmFlags::LOCKED, "lo"),
    (VmFlags::IO, "io"),
    (VmFlags::SEQ_READ, "sr"),
    (VmFlags::RAND_READ, "rr"),
    (VmFlags::DONTCOPY, "dc"),
    (VmFlags::DONTEXPAND, "de"),
    (VmFlags::LOCKONFAULT, "lf"),
    (VmFlags::ACCOUNT, "ac"),
    (VmFlags::NORESERVE, "nr"),
    (VmFlags::WIPEONFORK, "wf"),
    (VmFlags::DONTDUMP, "dd"),
    (VmFlags::SOFTDIRTY, "sd"),
    (VmFlags::HUGEPAGE, "hg"),
    (VmFlags::NOHUGEPAGE, "nh"),
    (VmFlags::DROPPABLE, "dp"),
    (VmFlags::SEALED, "sl"),
];

fn kib(pages: u64) -> u64 {
    pages * (PAGE_SIZE as u64 / 1024)
}

/// What smaps says about an area's pages, or, for `all`, smaps_rollup about all pages.
fn page_counts(usage: &AreaUsage, all: bool, out: &mut Text) -> fmt::Result {
    // Shares are counted in 4096ths of bytes.
    let share = |share: u64| share >> 22;
    let mut line = |name: &str, kib: u64| writeln!(out, "{:<16}{kib:>8} kB", alloc::format!("{name}:"));
    line("Rss", kib(usage.rss))?;
    line("Pss", share(usage.pss.all()))?;
    line("Pss_Dirty", share(usage.pss.dirty))?;
    if all {
        line("Pss_Anon", share(usage.pss.anon))?;
        line("Pss_File", share(usage.pss.file))?;
        line("Pss_Shmem", share(usage.pss.shmem))?;
    }
    line("Shared_Clean", kib(usage.shared_clean))?;
    line("Shared_Dirty", kib(usage.shared_dirty))?;
    line("Private_Clean", kib(usage.private_clean))?;
    line("Private_Dirty", kib(usage.private_dirty))?;
    line("Referenced", kib(usage.referenced))?;
    line("Anonymous", kib(usage.anon))?;
    line("KSM", 0)?;
    line("LazyFree", kib(usage.lazy_free))?;
    line("AnonHugePages", kib(usage.anon_huge))?;
    // There are no large pages of files, no hugetlbfs and no swap.
    for none in ["ShmemPmdMapped", "FilePmdMapped", "Shared_Hugetlb", "Private_Hugetlb", "Swap", "SwapPss"] {
        line(none, 0)?;
    }
    line("Locked", share(usage.pss.locked))
}

/// Calls `each` with every area and its name.
fn each_area(task: &Task, mut each: impl FnMut(&Vma, &str) -> fmt::Result) -> fmt::Result {
    let Some(mm) = task.mm() else { return Ok(()) };
    let layout = mm.layout();
    let (start_brk, brk) = mm.heap();
    let mut result = Ok(());
    mm.for_each_vma(|vma| {
        if result.is_ok() {
            result = area_name(vma, &layout, start_brk..brk).and_then(|name| each(vma, &name));
        }
    });
    result
}

fn area_name(vma: &Vma, layout: &ExecLayout, heap: Range<u64>) -> Result<String, fmt::Error> {
    let mut name = String::new();
    // Printable ASCII, as it was checked to be.
    let given = vma.anon_name().and_then(|name| core::str::from_utf8(name).ok());
    if let Some(file) = vma.file() {
        match given {
            Some(given) => write!(name, "[anon_shmem:{given}]")?,
            None => file.write_path(&mut name)?,
        }
    } else if let mm::Backing::Special(pages) = &vma.backing {
        name.push_str(pages.name);
    } else if vma.start <= layout.start_stack && layout.start_stack < vma.end {
        name.push_str("[stack]");
    } else if !heap.is_empty() && vma.start < heap.end && heap.start < vma.end {
        name.push_str("[heap]");
    } else if let Some(given) = given {
        write!(name, "[anon:{given}]")?;
    }
    Ok(name)
}

fn area_line(vma: &Vma, name: &str, out: &mut Text) -> fmt::Result {
    let flag = |flag, letter| if vma.flags.contains(flag) { letter } else { '-' };
    let file = vma.file();
    let (dev, ino) = file.map_or((0, 0), |file| (file.dev(), file.ino()));
    let mut line = String::new();
    write!(
        line,
        "{:08x}-{:08x} {}{}{}{} {:08x} {:02x}:{:02x} {ino} ",
        vma.start,
        vma.end,
        flag(VmFlags::READ, 'r'),
        flag(VmFlags::WRITE, 'w'),
        flag(VmFlags::EXEC, 'x'),
        if vma.flags.contains(VmFlags::MAYSHARE) { 's' } else { 'p' },
        if file.is_some() { vma.pgoff * PAGE_SIZE as u64 } else { 0 },
        dev >> 8 & 0xfff,
        dev & 0xff,
    )?;
    if name.is_empty() {
        writeln!(out, "{line}")
    } else {
        // Names begin in column 74.
        writeln!(out, "{line:<73}{name}")
    }
}
