//! `/proc/sys`: what can be read and set of the kernel's parameters (proc(5), sysctl(8)).

use core::fmt::{self, Write};
use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

use abi::Errno;
use alloc::string::String;
use mm::commit;
use net::sysctl as sockets;
use process::coredump::settings as coredump;
use process::signal::crash_log::{EXCEPTION_TRACE, PRINT_FATAL_SIGNALS};
use process::{Task, oom, terminal, uts};
use sync::Once;

use vfs::lease::{BREAK_TIME, ENABLED};
use vfs::text::Text;

/// Takes a new value.
type Store = fn(&[u8]) -> Result<(), Errno>;

/// One parameter.
pub(crate) struct Sysctl {
    /// Its path under /proc/sys.
    pub path: &'static str,
    show: fn(&mut Text) -> fmt::Result,
    store: Option<Store>,
}

/// All of them, by path. Directories are what stands before the slashes.
pub(crate) static ALL: &[Sysctl] = &[
    Sysctl {
        path: "debug/exception-trace",
        show: |out| show_number(out, &EXCEPTION_TRACE),
        store: Some(|text| store_number(text, &EXCEPTION_TRACE, i32::MIN..=i32::MAX)),
    },
    Sysctl {
        path: "dev/tty/ldisc_autoload",
        show: |out| show_number(out, &terminal::LDISC_AUTOLOAD),
        store: Some(|text| store_number(text, &terminal::LDISC_AUTOLOAD, 0..=1)),
    },
    Sysctl {
        path: "dev/tty/legacy_tiocsti",
        show: |out| show_number(out, &terminal::LEGACY_TIOCSTI),
        store: Some(|text| store_number(text, &terminal::LEGACY_TIOCSTI, 0..=1)),
    },
    shown("fs/file-max", |out| writeln!(out, "{}", i64::MAX)),
    Sysctl {
        path: "fs/lease-break-time",
        show: |out| show_number(out, &BREAK_TIME),
        store: Some(|text| store_number(text, &BREAK_TIME, i32::MIN..=i32::MAX)),
    },
    Sysctl {
        path: "fs/leases-enable",
        show: |out| show_number(out, &ENABLED),
        store: Some(|text| store_number(text, &ENABLED, i32::MIN..=i32::MAX)),
    },
    shown("fs/nr_open", |out| writeln!(out, "{}", vfs::fd_table::NR_OPEN)),
    shown("fs/overflowgid", overflow_id),
    shown("fs/overflowuid", overflow_id),
    shown("fs/pipe-max-size", |out| writeln!(out, "{}", ipc::pipe::PIPE_MAX_SIZE)),
    Sysctl {
        path: "fs/suid_dumpable",
        show: |out| show_number(out, &coredump::SUID_DUMPABLE),
        store: Some(|text| store_number(text, &coredump::SUID_DUMPABLE, 0..=2)),
    },
    shown("kernel/cap_last_cap", |out| writeln!(out, "{}", abi::capability::CAP_LAST_CAP)),
    Sysctl { path: "kernel/core_pattern", show: core_pattern, store: Some(set_core_pattern) },
    Sysctl {
        path: "kernel/core_pipe_limit",
        show: |out| show_number(out, &coredump::PIPE_LIMIT),
        store: Some(|text| store_number(text, &coredump::PIPE_LIMIT, 0..=i32::MAX)),
    },
    Sysctl {
        path: "kernel/core_uses_pid",
        show: |out| show_number(out, &coredump::USES_PID),
        store: Some(|text| store_number(text, &coredump::USES_PID, i32::MIN..=i32::MAX)),
    },
    Sysctl { path: "kernel/domainname", show: domainname, store: Some(set_domainname) },
    Sysctl { path: "kernel/hostname", show: hostname, store: Some(set_hostname) },
    shown("kernel/ngroups_max", |out| writeln!(out, "{}", 65536)),
    shown("kernel/osrelease", |out| writeln!(out, "{}", uts::RELEASE)),
    shown("kernel/ostype", |out| writeln!(out, "{}", uts::SYSNAME)),
    shown("kernel/overflowgid", overflow_id),
    shown("kernel/overflowuid", overflow_id),
    shown("kernel/pid_max", |out| writeln!(out, "{}", process::PID_MAX)),
    Sysctl {
        path: "kernel/print-fatal-signals",
        show: |out| show_number(out, &PRINT_FATAL_SIGNALS),
        store: Some(|text| store_number(text, &PRINT_FATAL_SIGNALS, i32::MIN..=i32::MAX)),
    },
    Sysctl {
        path: "kernel/pty/max",
        show: |out| show_number(out, &terminal::PTY_MAX),
        store: Some(|text| store_number(text, &terminal::PTY_MAX, 0..=1 << 20)),
    },
    shown("kernel/pty/nr", |out| show_number(out, &terminal::PTY_COUNT)),
    Sysctl {
        path: "kernel/pty/reserve",
        show: |out| show_number(out, &terminal::PTY_RESERVE),
        store: Some(|text| store_number(text, &terminal::PTY_RESERVE, 0..=1 << 20)),
    },
    shown("kernel/random/boot_id", boot_id),
    shown("kernel/random/uuid", |out| write_uuid(out, new_uuid())),
    // All of the address space is randomised, the heap included.
    shown("kernel/randomize_va_space", |out| out.write_str("2\n")),
    Sysctl { path: "kernel/sched_rr_timeslice_ms", show: rr_timeslice, store: Some(set_rr_timeslice) },
    Sysctl { path: "kernel/sched_rt_period_us", show: rt_period, store: Some(set_rt_period) },
    Sysctl { path: "kernel/sched_rt_runtime_us", show: rt_runtime, store: Some(set_rt_runtime) },
    shown("kernel/tainted", |out| out.write_str("0\n")),
    shown("kernel/version", |out| writeln!(out, "{}", uts::VERSION)),
    Sysctl {
        path: "net/core/optmem_max",
        show: |out| show_number(out, &sockets::OPTMEM_MAX.value),
        store: Some(|text| store_number(text, &sockets::OPTMEM_MAX.value, sockets::OPTMEM_MAX.range())),
    },
    Sysctl {
        path: "net/core/rmem_default",
        show: |out| show_number(out, &sockets::RMEM_DEFAULT.value),
        store: Some(|text| store_number(text, &sockets::RMEM_DEFAULT.value, sockets::RMEM_DEFAULT.range())),
    },
    Sysctl {
        path: "net/core/rmem_max",
        show: |out| show_number(out, &sockets::RMEM_MAX.value),
        store: Some(|text| store_number(text, &sockets::RMEM_MAX.value, sockets::RMEM_MAX.range())),
    },
    Sysctl {
        path: "net/core/somaxconn",
        show: |out| show_number(out, &sockets::SOMAXCONN.value),
        store: Some(|text| store_number(text, &sockets::SOMAXCONN.value, sockets::SOMAXCONN.range())),
    },
    Sysctl {
        path: "net/core/wmem_default",
        show: |out| show_number(out, &sockets::WMEM_DEFAULT.value),
        store: Some(|text| store_number(text, &sockets::WMEM_DEFAULT.value, sockets::WMEM_DEFAULT.range())),
    },
    Sysctl {
        path: "net/core/wmem_max",
        show: |out| show_number(out, &sockets::WMEM_MAX.value),
        store: Some(|text| store_number(text, &sockets::WMEM_MAX.value, sockets::WMEM_MAX.range())),
    },
    Sysctl {
        path: "net/unix/max_dgram_qlen",
        show: |out| show_number(out, &sockets::MAX_DGRAM_QLEN.value),
        store: Some(|text| {
            store_number(text, &sockets::MAX_DGRAM_QLEN.value, sockets::MAX_DGRAM_QLEN.range())
        }),
    },
    Sysctl {
        path: "vm/admin_reserve_kbytes",
        show: |out| show_kib(out, &commit::ADMIN_RESERVE_KIB),
        store: Some(|text| store_kib(text, &commit::ADMIN_RESERVE_KIB)),
    },
    Sysctl { path: "vm/drop_caches", show: drop_caches, store: Some(set_drop_caches) },
    shown("vm/hugetlb_shm_group", |out| out.write_str("0\n")),
    shown("vm/max_map_count", |out| writeln!(out, "{}", mm::MAX_MAP_COUNT)),
    shown("vm/mmap_min_addr", |out| writeln!(out, "{}", mm::MMAP_MIN_ADDR)),
    // The pool of huge pages is empty and stays so.
    Sysctl { path: "vm/nr_hugepages", show: no_huge_pages, store: Some(set_huge_pages) },
    Sysctl { path: "vm/nr_hugepages_mempolicy", show: no_huge_pages, store: Some(set_huge_pages) },
    Sysctl { path: "vm/nr_overcommit_hugepages", show: no_huge_pages, store: Some(set_huge_pages) },
    Sysctl {
        path: "vm/oom_dump_tasks",
        show: |out| show_number(out, &oom::DUMP_TASKS),
        store: Some(|text| store_number(text, &oom::DUMP_TASKS, i32::MIN..=i32::MAX)),
    },
    Sysctl {
        path: "vm/oom_kill_allocating_task",
        show: |out| show_number(out, &oom::KILL_ALLOCATING_TASK),
        store: Some(|text| store_number(text, &oom::KILL_ALLOCATING_TASK, i32::MIN..=i32::MAX)),
    },
    Sysctl {
        path: "vm/overcommit_kbytes",
        show: |out| show_kib(out, &commit::KIB),
        store: Some(|text| {
            store_kib(text, &commit::KIB)?;
            commit::RATIO.store(0, Ordering::Relaxed);
            Ok(())
        }),
    },
    Sysctl {
        path: "vm/overcommit_memory",
        show: |out| show_number(out, &commit::MODE),
        store: Some(|text| store_number(text, &commit::MODE, commit::GUESS..=commit::NEVER)),
    },
    Sysctl {
        path: "vm/overcommit_ratio",
        show: |out| show_number(out, &commit::RATIO),
        store: Some(|text| {
            store_number(text, &commit::RATIO, i32::MIN..=i32::MAX)?;
            commit::KIB.store(0, Ordering::Relaxed);
            Ok(())
        }),
    },
    Sysctl {
        path: "vm/panic_on_oom",
        show: |out| show_number(out, &oom::PANIC_ON_OOM),
        store: Some(|text| store_number(text, &oom::PANIC_ON_OOM, 0..=2)),
    },
    Sysctl {
        path: "vm/user_reserve_kbytes",
        show: |out| show_kib(out, &commit::USER_RESERVE_KIB),
        store: Some(|text| store_kib(text, &commit::USER_RESERVE_KIB)),
    },
];

const fn shown(path: &'static str, show: fn(&mut Text) -> fmt::Result) -> Sysctl {
    Sysctl { path, show, store: None }
}

impl Sysctl {
    pub fn mode(&self) -> u32 {
        match self.store {
            // It is something to do, not a value.
            Some(_) if self.path == "vm/drop_caches" => 0o200,
            Some(_) => 0o644,
            None => 0o444,
        }
    }
}

/// What `name` is in the directory `dir` ("" for /proc/sys itself).
pub(crate) enum Found {
    /// A directory, by its whole path.
    Dir(&'static str),
    /// A parameter, by its number.
    File(usize),
}

/// Looks `name` up in `dir`.
pub(crate) fn lookup(dir: &str, name: &str) -> Option<Found> {
    entries(dir).find(|(entry, _)| *entry == name).map(|(_, found)| found)
}

/// The entries of `dir`, each once, in order.
pub(crate) fn entries(dir: &str) -> impl Iterator<Item = (&'static str, Found)> {
    let mut last = "";
    ALL.iter().enumerate().filter_map(move |(number, sysctl)| {
        let below = match dir {
            "" => sysctl.path,
            _ => sysctl.path.strip_prefix(dir)?.strip_prefix('/')?,
        };
        let Some((name, _)) = below.split_once('/') else { return Some((below, Found::File(number))) };
        if name == last {
            return None;
        }
        last = name;
        let end = sysctl.path.len() - below.len() + name.len();
        Some((name, Found::Dir(sysctl.path.get(..end)?)))
    })
}

/// Writes the value of parameter `number`.
pub(crate) fn show(number: usize, out: &mut Text) -> Result<(), Errno> {
    let sysctl = ALL.get(number).ok_or(Errno::ENOENT)?;
    (sysctl.show)(out).map_err(|_| Errno::EIO)
}

/// Sets parameter `number`.
pub(crate) fn store(number: usize, bytes: &[u8]) -> Result<(), Errno> {
    let store = ALL.get(number).and_then(|sysctl| sysctl.store).ok_or(Errno::EPERM)?;
    store(bytes.split(|byte| *byte == b'\n').next().unwrap_or(&[]))
}

fn show_number(out: &mut Text, value: &AtomicI32) -> fmt::Result {
    writeln!(out, "{}", value.load(Ordering::Relaxed))
}

fn store_number(text: &[u8], value: &AtomicI32, allowed: RangeInclusive<i32>) -> Result<(), Errno> {
    let text = core::str::from_utf8(text).map_err(|_| Errno::EINVAL)?;
    let number = text.trim().parse().ok().filter(|number| allowed.contains(number)).ok_or(Errno::EINVAL)?;
    value.store(number, Ordering::Relaxed);
    Ok(())
}

fn show_kib(out: &mut Text, value: &AtomicU64) -> fmt::Result {
    writeln!(out, "{}", value.load(Ordering::Relaxed))
}

fn store_kib(text: &[u8], value: &AtomicU64) -> Result<(), Errno> {
    let text = core::str::from_utf8(text).map_err(|_| Errno::EINVAL)?;
    value.store(text.trim().parse().map_err(|_| Errno::EINVAL)?, Ordering::Relaxed);
    Ok(())
}

fn core_pattern(out: &mut Text) -> fmt::Result {
    out.push(coredump::pattern().as_bytes());
    out.write_str("\n")
}

fn set_core_pattern(pattern: &[u8]) -> Result<(), Errno> {
    coredump::set_pattern(pattern);
    Ok(())
}

fn overflow_id(out: &mut Text) -> fmt::Result {
    out.write_str("65534\n")
}

fn hostname(out: &mut Text) -> fmt::Result {
    out.push(uts::nodename().as_bytes());
    out.write_str("\n")
}

fn domainname(out: &mut Text) -> fmt::Result {
    out.push(uts::domainname().as_bytes());
    out.write_str("\n")
}

/// The names belong to whoever may call sethostname(2).
fn admin() -> Result<(), Errno> {
    let may = hal::thread::with_current(|task: &Task| task.cred().capable(abi::capability::CAP_SYS_ADMIN));
    if may { Ok(()) } else { Err(Errno::EPERM) }
}

fn set_hostname(name: &[u8]) -> Result<(), Errno> {
    admin()?;
    uts::set_nodename(name.get(..uts::NAME_MAX).unwrap_or(name));
    Ok(())
}

fn set_domainname(name: &[u8]) -> Result<(), Errno> {
    admin()?;
    uts::set_domainname(name.get(..uts::NAME_MAX).unwrap_or(name));
    Ok(())
}

/// The last value that was written.
static DROP_CACHES: AtomicU32 = AtomicU32::new(0);

fn drop_caches(out: &mut Text) -> fmt::Result {
    writeln!(out, "{}", DROP_CACHES.load(Ordering::Relaxed))
}

/// 1: pages, 2: what else is cached, such as names, 3: both; 4 is for no more messages, and we have none.
fn set_drop_caches(value: &[u8]) -> Result<(), Errno> {
    admin()?;
    let text = core::str::from_utf8(value.trim_ascii()).map_err(|_| Errno::EINVAL)?;
    let what = text.parse().ok().filter(|what| (1..=4).contains(what)).ok_or(Errno::EINVAL)?;
    DROP_CACHES.store(what, Ordering::Relaxed);
    mm::reclaim::drop_caches(what & 1 != 0, what & 2 != 0);
    Ok(())
}

fn no_huge_pages(out: &mut Text) -> fmt::Result {
    out.write_str("0\n")
}

fn set_huge_pages(bytes: &[u8]) -> Result<(), Errno> {
    if number(bytes)? == 0 { Ok(()) } else { Err(Errno::EINVAL) }
}

/// A number as it is written to a parameter: blanks around it mean nothing.
fn number(bytes: &[u8]) -> Result<i32, Errno> {
    let text = core::str::from_utf8(bytes).map_err(|_| Errno::EINVAL)?;
    text.trim().parse().map_err(|_| Errno::EINVAL)
}

fn rr_timeslice(out: &mut Text) -> fmt::Result {
    writeln!(out, "{}", sched::policy::rr_timeslice_ms())
}

fn set_rr_timeslice(bytes: &[u8]) -> Result<(), Errno> {
    sched::policy::set_rr_timeslice_ms(number(bytes)?);
    Ok(())
}

fn rt_period(out: &mut Text) -> fmt::Result {
    writeln!(out, "{}", sched::policy::rt_bandwidth_us().0)
}

fn rt_runtime(out: &mut Text) -> fmt::Result {
    writeln!(out, "{}", sched::policy::rt_bandwidth_us().1)
}

fn set_rt_period(bytes: &[u8]) -> Result<(), Errno> {
    set_rt_bandwidth(i64::from(number(bytes)?), sched::policy::rt_bandwidth_us().1)
}

fn set_rt_runtime(bytes: &[u8]) -> Result<(), Errno> {
    set_rt_bandwidth(sched::policy::rt_bandwidth_us().0, i64::from(number(bytes)?))
}

fn set_rt_bandwidth(period: i64, runtime: i64) -> Result<(), Errno> {
    if sched::policy::set_rt_bandwidth_us(period, runtime) { Ok(()) } else { Err(Errno::EINVAL) }
}

/// A random UUID (RFC 9562, version 4).
fn new_uuid() -> [u8; 16] {
    let mut uuid = [0; 16];
    vfs::random::get_random_bytes(&mut uuid);
    uuid[6] = uuid[6] & 0x0f | 0x40;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

fn boot_id(out: &mut Text) -> fmt::Result {
    static BOOT_ID: Once<[u8; 16]> = Once::new();
    write_uuid(out, *BOOT_ID.call_once(new_uuid))
}

fn write_uuid(out: &mut Text, uuid: [u8; 16]) -> fmt::Result {
    let mut text = String::new();
    for (at, byte) in uuid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}")?;
    }
    writeln!(out, "{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_so_that_each_directory_is_listed_once() {
        assert!(ALL.windows(2).all(|pair| pair[0].path < pair[1].path));
    }

    #[test]
    fn directories() {
        let names = |dir| entries(dir).map(|(name, _)| name).collect::<alloc::vec::Vec<_>>();
        assert_eq!(names(""), ["debug", "dev", "fs", "kernel", "net", "vm"]);
        assert_eq!(names("kernel/random"), ["boot_id", "uuid"]);
        assert!(matches!(lookup("", "kernel"), Some(Found::Dir("kernel"))));
        assert!(matches!(lookup("kernel", "random"), Some(Found::Dir("kernel/random"))));
        assert!(matches!(lookup("kernel", "hostname"), Some(Found::File(_))));
        assert!(lookup("kern", "el").is_none() && lookup("", "hostname").is_none());
    }

    #[test]
    fn uuid() {
        let mut text = Text::default();
        write_uuid(&mut text, core::array::from_fn(|at| at as u8)).unwrap();
        assert_eq!(text.as_bytes(), b"00010203-0405-0607-0809-0a0b0c0d0e0f\n");
    }
}
