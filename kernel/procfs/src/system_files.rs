//! Files of the whole system, in the formats of proc(5).

use core::fmt::Write;

use abi::Errno;
use hal::mem::{PAGE_SIZE, frames};
use process::uts;
use sched::NSEC_PER_SEC;
use vfs::text::Text;

use crate::system_stat;

macro_rules! files {
    ($kind:ident: $($variant:ident $name:literal $mode:literal;)*) => {
        /// A file by kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $kind { $($variant),* }
        /// All of them, in the order in which they are listed.
        pub(crate) const ALL: &[$kind] = &[$($kind::$variant),*];
        impl $kind {
            /// The file of that name.
            pub fn find(name: &str) -> Option<Self> {
                ALL.iter().copied().find(|file| file.name() == name)
            }
            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $($kind::$variant => $name),* }
            }
            /// Its permissions.
            pub fn mode(self) -> u32 {
                match self { $($kind::$variant => $mode),* }
            }
        }
    };
}
pub(crate) use files;

files! { SystemFile:
    Cmdline "cmdline" 0o444;
    Consoles "consoles" 0o444;
    Cpuinfo "cpuinfo" 0o444;
    Diskstats "diskstats" 0o444;
    Filesystems "filesystems" 0o444;
    Interrupts "interrupts" 0o444;
    Kallsyms "kallsyms" 0o444;
    Loadavg "loadavg" 0o444;
    Meminfo "meminfo" 0o444;
    Modules "modules" 0o444;
    Partitions "partitions" 0o444;
    Schedstat "schedstat" 0o444;
    Slabinfo "slabinfo" 0o400;
    Stat "stat" 0o444;
    Swaps "swaps" 0o444;
    Uptime "uptime" 0o444;
    Version "version" 0o444;
    Vmstat "vmstat" 0o444;
}

/// Writes the contents of `file`.
pub(crate) fn generate(file: SystemFile, out: &mut Text) -> Result<(), Errno> {
    let written = match file {
        SystemFile::Cmdline => writeln!(out, "{}", hal::boot::info().cmdline),
        SystemFile::Cpuinfo => crate::cpuinfo::generate(out),
        SystemFile::Consoles => writeln!(out, "ttyS0                -W- (EC p  )    4:64"),
        // No disks, and no modules in a kernel that is one piece.
        SystemFile::Diskstats | SystemFile::Modules => Ok(()),
        SystemFile::Partitions => writeln!(out, "major minor  #blocks  name\n"),
        SystemFile::Swaps => writeln!(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"),
        SystemFile::Vmstat => vmstat(out),
        SystemFile::Filesystems => filesystems(out),
        SystemFile::Interrupts => system_stat::interrupts(out),
        SystemFile::Kallsyms => kallsyms(out),
        SystemFile::Loadavg => loadavg(out),
        SystemFile::Meminfo => meminfo(out),
        SystemFile::Slabinfo => slabinfo(out),
        SystemFile::Schedstat => system_stat::schedstat(out),
        SystemFile::Stat => system_stat::stat(out),
        SystemFile::Uptime => uptime(out),
        SystemFile::Version => {
            writeln!(out, "{} version {} (ferrogate) {}", uts::SYSNAME, uts::RELEASE, uts::VERSION)
        }
    };
    written.map_err(|_| Errno::EIO)
}

fn filesystems(out: &mut Text) -> core::fmt::Result {
    for fs in vfs::super_block::filesystems() {
        writeln!(out, "{}\t{}", if fs.nodev() { "nodev" } else { "" }, fs.name())?;
    }
    Ok(())
}

fn kallsyms(out: &mut Text) -> core::fmt::Result {
    // Addresses are for who may look into the kernel anyway.
    let shown =
        hal::thread::with_current(|task: &process::Task| task.cred().capable(abi::capability::CAP_SYSLOG));
    for symbol in hal::symbols::iter() {
        let addr = if shown { symbol.addr } else { 0 };
        writeln!(out, "{addr:016x} {} {}", char::from(symbol.kind), symbol.name)?;
    }
    Ok(())
}

fn loadavg(out: &mut Text) -> core::fmt::Result {
    // Fixed point with 11 bits, as sysinfo(2) has it.
    let [one, five, fifteen] = sched::load::averages().map(|load| (load >> 11, ((load & 0x7ff) * 100) >> 11));
    write!(out, "{}.{:02} {}.{:02} {}.{:02} ", one.0, one.1, five.0, five.1, fifteen.0, fifteen.1)?;
    writeln!(out, "{}/{} {}", sched::stats::running(), process::nr_tasks(), process::last_pid())
}

fn meminfo(out: &mut Text) -> core::fmt::Result {
    let kib = |pages: u64| pages * (PAGE_SIZE as u64 / 1024);
    let (total, free) = (frames::total() as u64, frames::free() as u64);
    let (cached, shmem) = mm::cached_pages();
    let slab = (hal::mem::heap_used() / PAGE_SIZE) as u64;
    for (name, pages) in [
        ("MemTotal", total),
        ("MemFree", free),
        // What files' pages take can be had back.
        ("MemAvailable", free + cached),
        ("Buffers", 0),
        ("Cached", cached + shmem),
        ("SwapCached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
        ("Shmem", shmem),
        ("AnonHugePages", (hal::mem::huge_in_use() * hal::mem::HUGE_PAGES) as u64),
        ("Slab", slab),
        ("SUnreclaim", slab),
        ("CommitLimit", mm::commit::limit()),
        ("Committed_AS", mm::commit::committed()),
    ] {
        writeln!(out, "{:<16}{:>8} kB", alloc::format!("{name}:"), kib(pages))?;
    }
    // The pool is empty and stays so.
    for name in ["Total", "Free", "Rsvd", "Surp"] {
        writeln!(out, "HugePages_{name}: {:>7}", 0)?;
    }
    writeln!(out, "Hugepagesize:   {:>8} kB\nHugetlb:        {:>8} kB", hal::mem::HUGE_SIZE / 1024, 0)
}

fn slabinfo(out: &mut Text) -> core::fmt::Result {
    writeln!(out, "slabinfo - version: 2.1")?;
    writeln!(
        out,
        "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> \
         <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>"
    )?;
    for class in hal::mem::heap_usage() {
        let name = alloc::format!("kmalloc-{}", class.size);
        let slabs = class.total.div_ceil(class.per_block);
        writeln!(
            out,
            "{name:<17} {:>6} {:>6} {:>6} {:>4} {:>4} : tunables    0    0    0 : slabdata {slabs:>6} {slabs:>6}      0",
            class.used, class.total, class.size, class.per_block, class.frames_per_block
        )?;
    }
    Ok(())
}

fn vmstat(out: &mut Text) -> core::fmt::Result {
    let (cached, shmem) = mm::cached_pages();
    writeln!(out, "nr_free_pages {}\nnr_file_pages {}\nnr_shmem {shmem}", frames::free(), cached + shmem)?;
    let (huge, fallbacks) = mm::thp::fault_counts();
    writeln!(out, "nr_anon_transparent_hugepages {}", hal::mem::huge_in_use())?;
    writeln!(out, "thp_fault_alloc {huge}\nthp_fault_fallback {fallbacks}")
}

fn uptime(out: &mut Text) -> core::fmt::Result {
    let hundredths = |ns: u64| (ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / 10_000_000);
    let up = hundredths(sched::clock::boottime_ns());
    let idle = hundredths(system_stat::cpu_times().map(|times| times.idle_ns).sum());
    writeln!(out, "{}.{:02} {}.{:02}", up.0, up.1, idle.0, idle.1)
}
