//! What a process is and does: stat, status, limits (proc(5)).

use core::fmt::{self, Write};

use process::Task;
use process::rlimit::{RLIM_INFINITY, RLIM_NLIMITS};
use process::stat::ns_to_ticks;

use crate::cpu_list::CpuList;
use crate::node::Of;
use crate::process_memory::{sizes, status_lines};
use hal::bugs::Bug;
use vfs::text::Text;

/// One line of numbers: of the process, or of the thread alone.
pub(crate) fn stat(task: &Task, of: Of, out: &mut Text) -> fmt::Result {
    let mm = task.mm();
    let (vsize, rss) = sizes(mm.as_deref());
    let layout = mm.as_ref().map(|mm| mm.layout()).unwrap_or_default();
    let usage = if of == Of::Thread { task.usage() } else { task.group.usage() };
    let children = task.group.children_usage();
    let attr = task.thread.sched_attr();
    let start_brk = mm.as_ref().map_or(0, |mm| mm.heap().0);
    write!(out, "{} (", task.pid())?;
    out.push(task.comm().as_bytes());
    write!(
        out,
        ") {} {} {} {} {} {} {} {} {} {} {} ",
        task.state_char(),
        task.ppid(),
        task.pgrp(),
        task.session(),
        task.tty_nr(),
        task.tty_pgrp(),
        task.flags(),
        usage.min_flt,
        children.min_flt,
        usage.maj_flt,
        children.maj_flt,
    )?;
    write!(
        out,
        "{} {} {} {} {} {} {} 0 {} {vsize} {rss} {} ",
        ns_to_ticks(usage.utime_ns),
        ns_to_ticks(usage.stime_ns),
        ns_to_ticks(children.utime_ns),
        ns_to_ticks(children.stime_ns),
        // Real-time priorities count from -2 down.
        task.thread.prio() - 100,
        attr.nice,
        task.group.nr_threads(),
        ns_to_ticks(task.start_time_ns()),
        task.group.rlimit(abi::resource::RLIMIT_RSS as usize),
    )?;
    let (own, shared) = task.pending_signals();
    let (ignored, caught) = task.signal_masks();
    writeln!(
        out,
        "{} {} {} 0 0 {} {} {} {} 0 0 0 {} {} {} {} 0 0 0 {} {} {start_brk} {} {} {} {} {}",
        layout.start_code,
        layout.end_code,
        layout.start_stack,
        own.0 | shared.0,
        task.blocked_signals().0,
        ignored.0,
        caught.0,
        task.exit_signal(),
        task.thread.cpu(),
        attr.rt_priority,
        attr.policy as u32,
        layout.start_data,
        layout.end_data,
        layout.arg_start,
        layout.arg_end,
        layout.env_start,
        layout.env_end,
        task.exit_code(),
    )
}

/// The same and more, for people.
pub(crate) fn status(task: &Task, out: &mut Text) -> fmt::Result {
    let cred = task.cred();
    out.write_str("Name:\t")?;
    out.push(task.comm().as_bytes());
    writeln!(out, "\nUmask:\t{:04o}", task.fs().map_or(0, |fs| fs.umask()))?;
    writeln!(out, "State:\t{}", task.state_name())?;
    writeln!(out, "Tgid:\t{}\nNgid:\t0\nPid:\t{}", task.tgid(), task.pid())?;
    writeln!(out, "PPid:\t{}\nTracerPid:\t{}", task.ppid(), task.trace.tracer())?;
    writeln!(out, "Uid:\t{}\t{}\t{}\t{}", cred.uid, cred.euid, cred.suid, cred.fsuid)?;
    writeln!(out, "Gid:\t{}\t{}\t{}\t{}", cred.gid, cred.egid, cred.sgid, cred.fsgid)?;
    writeln!(out, "FDSize:\t{}", task.files().map_or(0, |files| files.capacity()))?;
    out.write_str("Groups:\t")?;
    for group in cred.groups.iter() {
        write!(out, "{group} ")?;
    }
    out.write_str("\n")?;
    if let Some(mm) = task.mm() {
        status_lines(&mm, out)?;
    }
    let (own, shared) = task.pending_signals();
    let (ignored, caught) = task.signal_masks();
    let queue_limit = task.group.rlimit(abi::resource::RLIMIT_SIGPENDING as usize);
    writeln!(out, "Threads:\t{}", task.group.nr_threads())?;
    writeln!(out, "SigQ:\t{}/{queue_limit}", task.queued_signals())?;
    writeln!(out, "SigPnd:\t{:016x}\nShdPnd:\t{:016x}", own.0, shared.0)?;
    writeln!(out, "SigBlk:\t{:016x}\nSigIgn:\t{:016x}", task.blocked_signals().0, ignored.0)?;
    writeln!(out, "SigCgt:\t{:016x}", caught.0)?;
    for (name, set) in [
        ("CapInh", cred.cap_inheritable),
        ("CapPrm", cred.cap_permitted),
        ("CapEff", cred.cap_effective),
        ("CapBnd", cred.cap_bset),
        ("CapAmb", cred.cap_ambient),
    ] {
        writeln!(out, "{name}:\t{set:016x}")?;
    }
    writeln!(out, "NoNewPrivs:\t{}\nSeccomp:\t0", u8::from(task.no_new_privs()))?;
    let speculation = |bug, not: &'static str, yes| if hal::bugs::affected(bug) { yes } else { not };
    let bypass = speculation(Bug::SpecStoreBypass, "not vulnerable", "vulnerable");
    let indirect = speculation(Bug::SpectreV2, "not affected", "always enabled");
    writeln!(out, "Speculation_Store_Bypass:\t{bypass}\nSpeculationIndirectBranch:\t{indirect}")?;
    let (affinity, cpus) = (task.thread.affinity(), hal::cpu::count());
    let all = u64::MAX >> (64 - cpus.clamp(1, 64));
    writeln!(out, "Cpus_allowed:\t{:x}\nCpus_allowed_list:\t{}", affinity & all, CpuList(affinity & all))?;
    // A mask for 1024 nodes: libnuma reads from its length how many there can be.
    writeln!(out, "Mems_allowed:\t{}00000001\nMems_allowed_list:\t0", "00000000,".repeat(31))?;
    let (voluntary, involuntary) = task.thread.switches();
    writeln!(out, "voluntary_ctxt_switches:\t{voluntary}\nnonvoluntary_ctxt_switches:\t{involuntary}")
}

/// The resource limits, a line each.
pub(crate) fn limits(task: &Task, out: &mut Text) -> fmt::Result {
    const NAMES: [(&str, &str); RLIM_NLIMITS] = [
        ("Max cpu time", "seconds"),
        ("Max file size", "bytes"),
        ("Max data size", "bytes"),
        ("Max stack size", "bytes"),
        ("Max core file size", "bytes"),
        ("Max resident set", "bytes"),
        ("Max processes", "processes"),
        ("Max open files", "files"),
        ("Max locked memory", "bytes"),
        ("Max address space", "bytes"),
        ("Max file locks", "locks"),
        ("Max pending signals", "signals"),
        ("Max msgqueue size", "bytes"),
        ("Max nice priority", ""),
        ("Max realtime priority", ""),
        ("Max realtime timeout", "us"),
    ];
    let show = |value: u64| match value {
        RLIM_INFINITY => alloc::string::String::from("unlimited"),
        _ => alloc::format!("{value}"),
    };
    writeln!(out, "{:<26}{:<21}{:<21}{:<10}", "Limit", "Soft Limit", "Hard Limit", "Units")?;
    for (resource, (name, unit)) in NAMES.iter().enumerate() {
        let Some(limit) = task.group.limits().get(resource) else { continue };
        writeln!(out, "{name:<26}{:<21}{:<21}{unit:<10}", show(limit.cur), show(limit.max))?;
    }
    Ok(())
}
