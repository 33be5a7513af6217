//! What the processors did: `stat`, `schedstat` and `interrupts`, in the formats of proc(5).
//!
//! Nothing here is done as a softirq, so there is neither a file nor a line of that name.

use alloc::vec::Vec;
use core::fmt::{Result, Write};

use sched::stats::CpuTimes;
use sched::{HZ, NSEC_PER_SEC, TICK_NS};
use vfs::text::Text;

/// The layout of `schedstat`.
const SCHEDSTAT_VERSION: u32 = 17;
/// Linux's count of ticks begins five minutes before 32 bits of it overflow.
const FIRST_TICK: u64 = (1 << 32) - 300 * HZ;

/// The unit of times in `stat` (USER_HZ).
const CLOCK_TICK_NS: u64 = NSEC_PER_SEC / 100;

/// What the processors have of their own, in the order of [`hal::irq::own_interrupts`].
const OWN: [(&str, &str); 4] = [
    ("NMI", "Non-maskable interrupts"),
    ("LOC", "Local timer interrupts"),
    ("RES", "Rescheduling interrupts"),
    ("TLB", "TLB shootdowns"),
];

fn cpus() -> core::ops::Range<usize> {
    0..hal::cpu::count() as usize
}

/// What each processor did.
pub(crate) fn cpu_times() -> impl Iterator<Item = CpuTimes> {
    cpus().map(sched::stats::cpu_times)
}

/// Interrupts of devices by number, then what the processors have of their own.
pub(crate) fn interrupts(out: &mut Text) -> Result {
    write!(out, "{:11}", "")?;
    cpus().try_for_each(|cpu| write!(out, "{:<11}", alloc::format!("CPU{cpu}")))?;
    writeln!(out)?;
    for irq in hal::irq::device_interrupts() {
        write!(out, "{:3}:", irq.number)?;
        // All of them go to the first processor.
        cpus().try_for_each(|cpu| write!(out, " {:10}", if cpu == 0 { irq.taken } else { 0 }))?;
        writeln!(out, "   {}   {}", if irq.message { "PCI-MSI" } else { "IO-APIC" }, irq.number)?;
    }
    for (nth, (name, what)) in OWN.into_iter().enumerate() {
        write!(out, "{name}:")?;
        for cpu in cpus() {
            let taken = hal::irq::own_interrupts(cpu).get(nth).copied().unwrap_or(0);
            write!(out, " {taken:10}")?;
        }
        writeln!(out, "   {what}")?;
    }
    Ok(())
}

/// The line `intr`: all interrupts, then those of each device's number.
fn intr(out: &mut Text) -> Result {
    let devices: Vec<_> = hal::irq::device_interrupts().collect();
    let own: u64 = cpus().flat_map(hal::irq::own_interrupts).sum();
    write!(out, "intr {}", own + devices.iter().map(|irq| irq.taken).sum::<u64>())?;
    let mut next = 0;
    for irq in devices {
        (next..irq.number).try_for_each(|_| out.write_str(" 0"))?;
        write!(out, " {}", irq.taken)?;
        next = irq.number + 1;
    }
    writeln!(out)
}

pub(crate) fn stat(out: &mut Text) -> Result {
    let now = sched::clock::monotonic_ns();
    let line = |out: &mut Text, name: &str, t: CpuTimes| {
        let [user, nice, system, idle, iowait] =
            [t.user_ns, t.nice_ns, t.system_ns, t.idle_ns, t.iowait_ns].map(|ns| ns / CLOCK_TICK_NS);
        writeln!(out, "{name} {user} {nice} {system} {idle} {iowait} 0 0 0 0 0")
    };
    let each: Vec<CpuTimes> = cpu_times().collect();
    let all = each.iter().fold(CpuTimes::default(), |sum, one| CpuTimes {
        user_ns: sum.user_ns + one.user_ns,
        nice_ns: sum.nice_ns + one.nice_ns,
        system_ns: sum.system_ns + one.system_ns,
        idle_ns: sum.idle_ns + one.idle_ns,
        iowait_ns: sum.iowait_ns + one.iowait_ns,
    });
    line(out, "cpu ", all)?;
    for (cpu, times) in each.iter().enumerate() {
        line(out, &alloc::format!("cpu{cpu}"), *times)?;
    }
    intr(out)?;
    let boot = (sched::clock::realtime_ns() - now as i64) / NSEC_PER_SEC as i64;
    writeln!(out, "ctxt {}\nbtime {boot}", sched::stats::context_switches())?;
    writeln!(out, "processes {}", sched::stats::forks())?;
    writeln!(out, "procs_running {}\nprocs_blocked {}", sched::stats::running(), sched::stats::blocked())
}

/// As Linux shows it with `kernel.sched_schedstats` at 0: the first six counts of a processor stay 0. There are no
/// scheduling domains.
pub(crate) fn schedstat(out: &mut Text) -> Result {
    let ticks = FIRST_TICK + sched::clock::monotonic_ns() / TICK_NS;
    writeln!(out, "version {SCHEDSTAT_VERSION}\ntimestamp {ticks}")?;
    for (cpu, times) in cpu_times().enumerate() {
        let busy_ns = times.user_ns + times.nice_ns + times.system_ns;
        let (waited_ns, turns) = sched::stats::run_delay(cpu);
        writeln!(out, "cpu{cpu} 0 0 0 0 0 0 {busy_ns} {waited_ns} {turns}")?;
    }
    Ok(())
}
