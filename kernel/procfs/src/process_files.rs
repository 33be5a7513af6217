//! Files of a process, in the formats of proc(5).

use core::fmt::{self, Write};

use abi::Errno;
use process::Task;
use process::ptrace::may_read;
use vfs::File;

use crate::node::Of;
use crate::system_files::files;
use crate::{process_memory, process_mounts, process_pages, process_status};
use vfs::text::Text;

files! { ProcessFile:
    Auxv "auxv" 0o400;
    Cgroup "cgroup" 0o444;
    ClearRefs "clear_refs" 0o200;
    Cmdline "cmdline" 0o444;
    Comm "comm" 0o644;
    CoredumpFilter "coredump_filter" 0o644;
    Environ "environ" 0o400;
    Limits "limits" 0o444;
    Loginuid "loginuid" 0o444;
    Maps "maps" 0o444;
    Mem "mem" 0o600;
    Mountinfo "mountinfo" 0o444;
    Mounts "mounts" 0o444;
    NumaMaps "numa_maps" 0o444;
    OomScore "oom_score" 0o444;
    OomScoreAdj "oom_score_adj" 0o644;
    Pagemap "pagemap" 0o400;
    Personality "personality" 0o400;
    Schedstat "schedstat" 0o444;
    Sessionid "sessionid" 0o444;
    Smaps "smaps" 0o444;
    SmapsRollup "smaps_rollup" 0o444;
    Stat "stat" 0o444;
    Statm "statm" 0o444;
    Status "status" 0o444;
    TimerslackNs "timerslack_ns" 0o666;
}

impl ProcessFile {
    /// Whether only those may look who may trace the process (ptrace(2), PTRACE_MODE_READ).
    fn is_guarded(self) -> bool {
        use ProcessFile::*;
        matches!(self, Auxv | Environ | Maps | Mem | NumaMaps | Pagemap | Personality | Smaps | SmapsRollup)
    }
}

/// Whether the running process may open `file` of `task`.
pub(crate) fn may_open(task: &Task, file: ProcessFile) -> Result<(), Errno> {
    if !file.is_guarded() || hal::thread::with_current(|me: &Task| may_read(me, task)) {
        return Ok(());
    }
    Err(Errno::EACCES)
}

/// Writes the contents of `file`.
pub(crate) fn generate(task: &Task, file: ProcessFile, of: Of, out: &mut Text) -> Result<(), Errno> {
    let written = match file {
        ProcessFile::Auxv => auxv(task, out),
        // All processes are in the one group that there is.
        ProcessFile::Cgroup => out.write_str("0::/\n"),
        ProcessFile::Cmdline => strings(task, out, |layout| (layout.arg_start, layout.arg_end)),
        ProcessFile::Environ => strings(task, out, |layout| (layout.env_start, layout.env_end)),
        ProcessFile::Comm => {
            out.push(task.comm().as_bytes());
            out.write_str("\n")
        }
        ProcessFile::CoredumpFilter if task.mm().is_none() => Ok(()),
        ProcessFile::CoredumpFilter => writeln!(out, "{:08x}", task.coredump_filter()),
        ProcessFile::Limits => process_status::limits(task, out),
        // Nobody has logged in: the value for "not set".
        ProcessFile::Loginuid | ProcessFile::Sessionid => write!(out, "{}", u32::MAX),
        ProcessFile::Maps => process_memory::maps(task, out),
        ProcessFile::Mem | ProcessFile::Pagemap | ProcessFile::ClearRefs => return Err(Errno::EINVAL),
        ProcessFile::Mountinfo => process_mounts::mountinfo(task, out),
        ProcessFile::NumaMaps => process_pages::numa_maps(task, out),
        ProcessFile::Mounts => process_mounts::mounts(task, out),
        ProcessFile::OomScore => writeln!(out, "{}", process::oom::oom_score(task)),
        ProcessFile::OomScoreAdj => writeln!(out, "{}", task.group.oom_score_adj()),
        ProcessFile::Personality => writeln!(out, "{:08x}", task.personality()),
        ProcessFile::Schedstat => {
            let (waited_ns, turns) = task.thread.run_delay();
            writeln!(out, "{} {waited_ns} {turns}", task.thread.cpu_time_ns())
        }
        ProcessFile::Smaps => process_memory::smaps(task, out),
        ProcessFile::SmapsRollup => process_memory::smaps_rollup(task, out),
        ProcessFile::Stat => process_status::stat(task, of, out),
        ProcessFile::Statm => process_memory::statm(task, out),
        ProcessFile::Status => process_status::status(task, out),
        ProcessFile::TimerslackNs => {
            may_see_slack(task)?;
            writeln!(out, "{}", task.thread.timer_slack_ns())
        }
    };
    written.map_err(|_| Errno::EIO)
}

/// Takes what is written to `file`.
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
        ProcessFile::CoredumpFilter => {
            let text = core::str::from_utf8(bytes).map_err(|_| Errno::EINVAL)?;
            let bits = parse_number(text.trim()).ok_or(Errno::EINVAL)?;
            task.set_coredump_filter(bits);
            Ok(())
        }
        ProcessFile::OomScoreAdj => {
            let text = core::str::from_utf8(bytes).map_err(|_| Errno::EINVAL)?;
            let value: i32 = text.trim().parse().map_err(|_| Errno::EINVAL)?;
            // Making a process safer than it was is a privilege.
            let may = |me: &Task| me.cred().capable(abi::capability::CAP_SYS_RESOURCE);
            if value < task.group.oom_score_adj() && !hal::thread::with_current(may) {
                return Err(Errno::EACCES);
            }
            task.group.set_oom_score_adj(value)
        }
        ProcessFile::TimerslackNs => {
            may_see_slack(task)?;
            let text = core::str::from_utf8(bytes).map_err(|_| Errno::EINVAL)?;
            let ns = text.strip_suffix('\n').unwrap_or(text).parse().map_err(|_| Errno::EINVAL)?;
            task.thread.set_timer_slack_ns(ns);
            Ok(())
        }
        _ => Err(Errno::EIO),
    }
}

/// Another thread's slack is for those who may change how it is scheduled (proc(5)).
fn may_see_slack(task: &Task) -> Result<(), Errno> {
    let may = |me: &Task| core::ptr::eq(me, task) || me.cred().capable(abi::capability::CAP_SYS_NICE);
    if hal::thread::with_current(may) { Ok(()) } else { Err(Errno::EPERM) }
}

/// A number as C writes it: decimal, octal with 0, hexadecimal with 0x.
fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None if text.len() > 1 && text.starts_with('0') => u32::from_str_radix(text, 8).ok(),
        None => text.parse().ok(),
    }
}

/// What an open file says of itself (`fdinfo`).
pub(crate) fn fd_info(file: &File, cloexec: bool, out: &mut Text) -> fmt::Result {
    let flags = file.flags() | if cloexec { abi::fcntl::O_CLOEXEC } else { 0 };
    writeln!(out, "pos:\t{}\nflags:\t0{flags:o}", file.pos.peek())?;
    writeln!(out, "mnt_id:\t{}\nino:\t{}", file.path.mnt.id(), file.inode.ino)?;
    file.ops.show_fdinfo(file, out)
}

fn auxv(task: &Task, out: &mut Text) -> fmt::Result {
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
fn strings(task: &Task, out: &mut Text, range: impl Fn(&mm::ExecLayout) -> (u64, u64)) -> fmt::Result {
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
