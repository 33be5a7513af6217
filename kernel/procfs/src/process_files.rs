//! Files of a process, in the formats of proc(5).

use core::fmt::Write;

use abi::Errno;
use alloc::string::String;
use hal::mem::PAGE_SIZE;
use mm::{AddressSpace, VmFlags, Vma};
use process::Task;
use process::stat::ns_to_ticks;

use crate::system_files::files;
use crate::text::Text;

files! { ProcessFile:
    Auxv "auxv" 0o400;
    Cmdline "cmdline" 0o444;
    Comm "comm" 0o644;
    Environ "environ" 0o400;
    Maps "maps" 0o444;
    Mounts "mounts" 0o444;
    Stat "stat" 0o444;
    Statm "statm" 0o444;
    Status "status" 0o444;
}

/// Writes the contents of `file`.
pub(crate) fn generate(task: &Task, file: ProcessFile, out: &mut Text) -> Result<(), Errno> {
    let written = match file {
        ProcessFile::Auxv => auxv(task, out),
        ProcessFile::Cmdline => strings(task, out, |layout| (layout.arg_start, layout.arg_end)),
        ProcessFile::Environ => strings(task, out, |layout| (layout.env_start, layout.env_end)),
        ProcessFile::Comm => {
            out.push(task.comm().as_bytes());
            out.write_str("\n")
        }
        ProcessFile::Maps => maps(task, out),
        ProcessFile::Mounts => mounts(task, out),
        ProcessFile::Stat => stat(task, out),
        ProcessFile::Statm => statm(task, out),
        ProcessFile::Status => status(task, out),
    };
    written.map_err(|_| Errno::EIO)
}

/// Takes what is written to `file`: the name can be set.
pub(crate) fn write(task: &Task, file: ProcessFile, bytes: &[u8]) -> Result<(), Errno> {
    match file {
        ProcessFile::Comm => {
            // Only a thread of the same process may (proc(5)).
            if !hal::thread::with_current(|me: &Task| me.tgid() == task.tgid()) {
                return Err(Errno::EINVAL);
            }
            task.set_comm(bytes.strip_suffix(b"\n").unwrap_or(bytes));
            Ok(())
        }
        _ => Err(Errno::EIO),
    }
}

fn auxv(task: &Task, out: &mut Text) -> core::fmt::Result {
    let Some(mm) = task.mm() else { return Ok(()) };
    let words = mm.auxv();
    // Pairs up to and with AT_NULL.
    let end = words.chunks(2).position(|pair| pair.first() == Some(&0)).map_or(words.len(), |at| at * 2 + 2);
    for word in words.iter().take(end) {
        out.push(&word.to_ne_bytes());
    }
    Ok(())
}

/// Bytes from the process's own memory.
fn strings(task: &Task, out: &mut Text, range: impl Fn(&mm::ExecLayout) -> (u64, u64)) -> core::fmt::Result {
    let Some(mm) = task.mm() else { return Ok(()) };
    let (mut at, end) = range(&mm.layout());
    let mut chunk = [0; 256];
    while at < end {
        let want = (end - at).min(chunk.len() as u64) as usize;
        let Some(part) = chunk.get_mut(..want) else { break };
        let got = mm.read_remote(at, part);
        out.push(part.get(..got).unwrap_or(&[]));
        if got < want {
            break;
        }
        at += got as u64;
    }
    Ok(())
}

fn maps(task: &Task, out: &mut Text) -> core::fmt::Result {
    let Some(mm) = task.mm() else { return Ok(()) };
    let layout = mm.layout();
    let (start_brk, brk) = mm.heap();
    let mut result = Ok(());
    mm.for_each_vma(|vma| {
        if result.is_ok() {
            result = map_line(vma, &layout, start_brk..brk, out);
        }
    });
    result
}

fn map_line(
    vma: &Vma,
    layout: &mm::ExecLayout,
    heap: core::ops::Range<u64>,
    out: &mut Text,
) -> core::fmt::Result {
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
    let mut name = String::new();
    if let Some(file) = file {
        file.write_path(&mut name)?;
    } else if vma.start <= layout.start_stack && layout.start_stack < vma.end {
        name.push_str("[stack]");
    } else if !heap.is_empty() && vma.start < heap.end && heap.start < vma.end {
        name.push_str("[heap]");
    }
    if name.is_empty() {
        writeln!(out, "{line}")
    } else {
        // Names begin in column 74.
        writeln!(out, "{line:<73}{name}")
    }
}

fn mounts(task: &Task, out: &mut Text) -> core::fmt::Result {
    use abi::mount::{MS_NOATIME, MS_NODEV, MS_NODIRATIME, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_RELATIME};
    let Some(fs) = task.fs() else { return Ok(()) };
    for (mount, point) in vfs::mount::mounts(&fs.root()) {
        let escape = |bytes: &[u8]| {
            let mut text = String::new();
            for byte in bytes {
                match byte {
                    b' ' | b'\t' | b'\n' | b'\\' => drop(write!(text, "\\{byte:03o}")),
                    _ => text.push(char::from(*byte)),
                }
            }
            text
        };
        let flags = mount.flags();
        let readonly = (flags | mount.sb.flags()) & MS_RDONLY != 0;
        write!(out, "{} {} {} ", escape(&mount.source), escape(&point), mount.sb.fs_name)?;
        out.write_str(if readonly { "ro" } else { "rw" })?;
        for (flag, name) in [
            (MS_NOSUID, "nosuid"),
            (MS_NODEV, "nodev"),
            (MS_NOEXEC, "noexec"),
            (MS_NOATIME, "noatime"),
            (MS_NODIRATIME, "nodiratime"),
            (MS_RELATIME, "relatime"),
        ] {
            if flags & flag != 0 {
                write!(out, ",{name}")?;
            }
        }
        mount.sb.ops.show_options(out)?;
        out.write_str(" 0 0\n")?;
    }
    Ok(())
}

/// Memory figures: (size in bytes, resident pages).
fn sizes(mm: Option<&AddressSpace>) -> (u64, u64) {
    mm.map_or((0, 0), |mm| (mm.counters().total * PAGE_SIZE as u64, mm.rss_pages()))
}

fn stat(task: &Task, out: &mut Text) -> core::fmt::Result {
    let mm = task.mm();
    let (vsize, rss) = sizes(mm.as_deref());
    let layout = mm.as_ref().map(|mm| mm.layout()).unwrap_or_default();
    let usage = task.group.usage();
    let (minor, major) = task.faults();
    let nice = task.thread.nice();
    write!(out, "{} (", task.pid())?;
    out.push(task.comm().as_bytes());
    write!(
        out,
        ") {} {} {} {} {} {} {} {minor} 0 {major} 0 ",
        task.state_char(),
        task.ppid(),
        task.pgrp(),
        task.session(),
        task.tty_nr(),
        task.tty_pgrp(),
        task.flags(),
    )?;
    write!(
        out,
        "{} {} 0 0 {} {nice} {} 0 {} {vsize} {rss} {} ",
        ns_to_ticks(usage.utime_ns),
        ns_to_ticks(usage.stime_ns),
        20 + nice,
        task.group.nr_threads(),
        ns_to_ticks(task.start_time_ns()),
        u64::MAX,
    )?;
    let (own, shared) = task.pending_signals();
    let (ignored, caught) = task.signal_masks();
    writeln!(
        out,
        "{} {} {} 0 0 {} {} {} {} 0 0 0 {} {} 0 0 0 0 0 {} {} 0 {} {} {} {} {}",
        layout.start_code,
        layout.end_code,
        layout.start_stack,
        own.0 | shared.0,
        task.blocked_signals().0,
        ignored.0,
        caught.0,
        task.exit_signal(),
        task.thread.cpu(),
        layout.start_data,
        layout.end_data,
        layout.arg_start,
        layout.arg_end,
        layout.env_start,
        layout.env_end,
        task.exit_code(),
    )
}

fn statm(task: &Task, out: &mut Text) -> core::fmt::Result {
    let Some(mm) = task.mm() else { return writeln!(out, "0 0 0 0 0 0 0") };
    let (counters, usage) = (mm.counters(), mm.usage());
    let shared = usage.file + usage.shmem;
    let data = counters.data + counters.stack;
    writeln!(out, "{} {} {shared} {} 0 {data} 0", counters.total, usage.rss, counters.exec)
}

fn status(task: &Task, out: &mut Text) -> core::fmt::Result {
    let cred = task.cred();
    out.write_str("Name:\t")?;
    out.push(task.comm().as_bytes());
    writeln!(out, "\nUmask:\t{:04o}", task.fs().map_or(0, |fs| fs.umask()))?;
    writeln!(out, "State:\t{}", task.state_name())?;
    writeln!(out, "Tgid:\t{}\nNgid:\t0\nPid:\t{}", task.tgid(), task.pid())?;
    writeln!(out, "PPid:\t{}\nTracerPid:\t0", task.ppid())?;
    writeln!(out, "Uid:\t{}\t{}\t{}\t{}", cred.uid, cred.euid, cred.suid, cred.fsuid)?;
    writeln!(out, "Gid:\t{}\t{}\t{}\t{}", cred.gid, cred.egid, cred.sgid, cred.fsgid)?;
    writeln!(out, "FDSize:\t{}", task.files().map_or(0, |files| files.capacity()))?;
    out.write_str("Groups:\t")?;
    for group in cred.groups.iter() {
        write!(out, "{group} ")?;
    }
    out.write_str("\n")?;
    if let Some(mm) = task.mm() {
        memory_status(&mm, out)?;
    }
    let (own, shared) = task.pending_signals();
    let (ignored, caught) = task.signal_masks();
    let queue_limit = task.group.rlimit(abi::resource::RLIMIT_SIGPENDING as usize);
    writeln!(out, "Threads:\t{}", task.group.nr_threads())?;
    writeln!(out, "SigQ:\t{}/{queue_limit}", task.queued_signals())?;
    writeln!(out, "SigPnd:\t{:016x}\nShdPnd:\t{:016x}", own.0, shared.0)?;
    writeln!(out, "SigBlk:\t{:016x}\nSigIgn:\t{:016x}", task.blocked_signals().0, ignored.0)?;
    writeln!(out, "SigCgt:\t{:016x}", caught.0)?;
    writeln!(out, "NoNewPrivs:\t{}\nSeccomp:\t0", u8::from(task.no_new_privs()))?;
    let (voluntary, involuntary) = task.thread.switches();
    writeln!(out, "voluntary_ctxt_switches:\t{voluntary}\nnonvoluntary_ctxt_switches:\t{involuntary}")
}

fn memory_status(mm: &AddressSpace, out: &mut Text) -> core::fmt::Result {
    let (counters, usage) = (mm.counters(), mm.usage());
    let kib = |pages: u64| pages * (PAGE_SIZE as u64 / 1024);
    for (name, pages) in [
        ("VmPeak", counters.peak),
        ("VmSize", counters.total),
        ("VmLck", counters.locked),
        ("VmHWM", mm.peak_rss_pages()),
        ("VmRSS", usage.rss),
        ("RssAnon", usage.anon),
        ("RssFile", usage.file),
        ("RssShmem", usage.shmem),
        ("VmData", counters.data),
        ("VmStk", counters.stack),
        ("VmExe", counters.exec),
    ] {
        writeln!(out, "{name}:\t{:>8} kB", kib(pages))?;
    }
    Ok(())
}
