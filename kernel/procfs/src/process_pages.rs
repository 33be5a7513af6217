//! A process's pages one by one: pagemap, clear_refs, numa_maps (proc(5)).

use core::fmt::{self, Write};

use abi::Errno;
use alloc::string::String;
use alloc::sync::Arc;
use hal::mem::{PAGE_SIZE, task_size_max};
use mm::{AddressSpace, Backing, IterDst, IterSrc, UsedAreas};
use process::Task;
use vfs::text::Text;
use vfs::{File, FileOps};

use crate::page_scan::{self, PAGEMAP_SCAN};
use crate::process_memory::seek_anywhere;

/// Bytes of an entry of pagemap.
const ENTRY: usize = 8;
/// Entries that are made at a time.
const CHUNK: usize = 64;

/// `/proc/PID/pagemap`: 64 bits for each page of the address space.
pub(crate) struct PagemapFile {
    mm: Option<Arc<AddressSpace>>,
    /// Who opened it may know where in memory pages are.
    frames: bool,
}

impl PagemapFile {
    /// For a process whose memory the running one may see.
    pub fn open(task: &Task) -> Self {
        let may = |me: &Task| me.cred().capable(abi::capability::CAP_SYS_ADMIN);
        Self { mm: task.mm(), frames: hal::thread::with_current(may) }
    }
}

impl FileOps for PagemapFile {
    fn read_iter(&self, _file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        let Some(mm) = &self.mm else { return Ok(0) };
        if !pos.is_multiple_of(ENTRY as u64) || !dst.remaining().is_multiple_of(ENTRY) {
            return Err(Errno::EINVAL);
        }
        let pages = task_size_max() / PAGE_SIZE as u64;
        let mut done = 0;
        loop {
            let page = *pos / ENTRY as u64;
            let count = (dst.remaining() / ENTRY).min(CHUNK) as u64;
            let count = count.min(pages.saturating_sub(page)) as usize;
            if count == 0 {
                return Ok(done);
            }
            let mut entries = [0u64; CHUNK];
            let part = entries.get_mut(..count).unwrap_or(&mut []);
            mm.pagemap(page * PAGE_SIZE as u64, part, self.frames);
            let mut bytes = [0u8; CHUNK * ENTRY];
            for (to, entry) in bytes.chunks_exact_mut(ENTRY).zip(part.iter()) {
                to.copy_from_slice(&entry.to_ne_bytes());
            }
            let copied = dst.copy_out(bytes.get(..count * ENTRY).unwrap_or(&[]))?;
            done += copied;
            *pos += copied as u64;
            if copied < count * ENTRY {
                return Ok(done);
            }
        }
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        seek_anywhere(offset, whence, pos)
    }

    fn ioctl(&self, _file: &File, cmd: u32, arg: u64, own: &AddressSpace) -> Result<usize, Errno> {
        if cmd != PAGEMAP_SCAN {
            return Err(Errno::EINVAL);
        }
        page_scan::scan(self.mm.as_ref().ok_or(Errno::EINVAL)?, arg, own)
    }
}

/// `/proc/PID/clear_refs`: forgets what pages note of their use.
pub(crate) struct ClearRefsFile(pub i32);

/// The longest text that counts.
const LONGEST: usize = 12;

impl FileOps for ClearRefsFile {
    fn write_iter(&self, _file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        let len = src.remaining();
        let mut bytes = [0; LONGEST];
        let got = src.copy_in(bytes.get_mut(..len.min(LONGEST)).unwrap_or(&mut []))?;
        let text = core::str::from_utf8(bytes.get(..got).unwrap_or(&[])).map_err(|_| Errno::EINVAL)?;
        let what: u32 = text.trim().parse().map_err(|_| Errno::EINVAL)?;
        if !(1..=5).contains(&what) {
            return Err(Errno::EINVAL);
        }
        let task = process::find_task(self.0).ok_or(Errno::ESRCH)?;
        if let Some(mm) = task.mm() {
            match what {
                1 => mm.forget_use(UsedAreas::All),
                2 => mm.forget_use(UsedAreas::Anonymous),
                3 => mm.forget_use(UsedAreas::Mapped),
                4 => mm.forget_writes(),
                _ => mm.reset_peak_rss(),
            }
        }
        *pos += len as u64;
        Ok(len)
    }
}

/// `/proc/PID/numa_maps`: the areas with their memory policy and the pages on each node. There is one node, and pages
/// stand in no list of inactive ones.
pub(crate) fn numa_maps(task: &Task, out: &mut Text) -> fmt::Result {
    let Some(mm) = task.mm() else { return Ok(()) };
    let of_task = task.mempolicy();
    let (layout, (start_brk, brk)) = (mm.layout(), mm.heap());
    let mut result = Ok(());
    mm.for_each_vma(|vma| {
        let mut line = || {
            write!(out, "{:08x} ", vma.start)?;
            match vma.policy().or(of_task) {
                Some(policy) => write!(out, "{policy}")?,
                None => out.write_str("default")?,
            }
            if let Some(file) = vma.file() {
                let mut path = String::new();
                file.write_path(&mut path)?;
                out.write_str(" file=")?;
                escaped(&path, out)?;
            } else if vma.start < brk && start_brk < vma.end && matches!(vma.backing, Backing::Anon) {
                out.write_str(" heap")?;
            } else if vma.start <= layout.start_stack && layout.start_stack <= vma.end {
                out.write_str(" stack")?;
            }
            pages_on_node(&mm.area_usage(vma), out)
        };
        if result.is_ok() {
            result = line();
        }
    });
    result
}

fn pages_on_node(usage: &mm::AreaUsage, out: &mut Text) -> fmt::Result {
    if usage.rss == 0 {
        return out.write_str("\n");
    }
    let dirty = usage.shared_dirty + usage.private_dirty;
    if usage.anon != 0 {
        write!(out, " anon={}", usage.anon)?;
    }
    if dirty != 0 {
        write!(out, " dirty={dirty}")?;
    }
    if usage.rss != usage.anon && usage.rss != dirty {
        write!(out, " mapped={}", usage.rss)?;
    }
    if usage.most_mapped > 1 {
        write!(out, " mapmax={}", usage.most_mapped)?;
    }
    writeln!(out, " N0={} kernelpagesize_kB=4", usage.rss)
}

/// A path in which what would end a field is written in octal.
fn escaped(path: &str, out: &mut Text) -> fmt::Result {
    for c in path.chars() {
        match c {
            '\n' | '\t' | '=' | ' ' | '\\' => write!(out, "\\{:03o}", u32::from(c))?,
            _ => out.write_char(c)?,
        }
    }
    Ok(())
}
