//! Counters that /proc shows.

use crate::machine;
use crate::run_queue::{NR_RUNNING, RUN_QUEUES};
use core::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use sync::PerCpu;

/// Threads that sleep uninterruptibly and count as load. A sum over processors, so it may be seen off by one.
pub(crate) static UNINTERRUPTIBLE: AtomicI64 = AtomicI64::new(0);
/// Threads that exist.
pub(crate) static THREADS: AtomicI64 = AtomicI64::new(0);

static SWITCHES: PerCpu<AtomicU64> = sync::per_cpu!(AtomicU64::new(0));
/// User, niced user and system time of each processor in TSC units, without what runs now; changed by it alone, under
/// its run queue's lock.
static BUSY: PerCpu<[AtomicU64; 3]> = sync::per_cpu!([const { AtomicU64::new(0) }; 3]);
/// Time that it was idle while somebody waited for input or output, in ns, and since when it does so now, if it does.
static IOWAIT_NS: PerCpu<AtomicU64> = sync::per_cpu!(AtomicU64::new(0));
static IOWAIT_SINCE_NS: PerCpu<AtomicU64> = sync::per_cpu!(AtomicU64::new(0));
static FORKS: AtomicU64 = AtomicU64::new(0);

#[inline]
pub(crate) fn count_switch(here: usize) {
    let count = SWITCHES.of(here);
    count.store(count.load(Relaxed) + 1, Relaxed);
}

/// A thread was made.
pub(crate) fn thread_made() {
    THREADS.fetch_add(1, Relaxed);
    FORKS.fetch_add(1, Relaxed);
}

/// A thread is gone.
pub(crate) fn thread_gone() {
    THREADS.fetch_sub(1, Relaxed);
}

/// Context switches since boot, on all processors.
pub fn context_switches() -> u64 {
    SWITCHES.iter().map(|c| c.load(Relaxed)).sum()
}

/// Threads made since boot.
pub fn forks() -> u64 {
    FORKS.load(Relaxed)
}

/// Threads that exist.
pub fn threads() -> u64 {
    THREADS.load(Relaxed).max(0) as u64
}

/// Threads that run or could run, on all processors.
pub fn running() -> u64 {
    (0..machine::cpu_count()).map(|cpu| u64::from(NR_RUNNING.of(cpu).load(Relaxed))).sum()
}

/// Threads in uninterruptible sleep.
pub fn blocked() -> u64 {
    UNINTERRUPTIBLE.load(Relaxed).max(0) as u64
}

/// A thread leaves processor `here` after so much user and system time.
#[inline]
pub(crate) fn charge(here: usize, user: u64, system: u64, niced: bool) {
    let [plain, nice, kernel] = BUSY.of(here);
    let to = if niced { nice } else { plain };
    to.store(to.load(Relaxed).wrapping_add(user), Relaxed);
    kernel.store(kernel.load(Relaxed).wrapping_add(system), Relaxed);
}

/// Processor `here` begins to rest, or ends it.
pub(crate) fn rest_begins(here: usize) {
    if blocked() != 0 {
        IOWAIT_SINCE_NS.of(here).store(machine::raw_ns().max(1), Relaxed);
    }
}

/// See [`rest_begins`].
pub(crate) fn rest_ends(here: usize) {
    let since = IOWAIT_SINCE_NS.of(here);
    let began = since.load(Relaxed);
    if began != 0 {
        let total = IOWAIT_NS.of(here);
        total.store(total.load(Relaxed) + machine::raw_ns().saturating_sub(began), Relaxed);
        since.store(0, Relaxed);
    }
}

/// How long, in ns, threads waited for processor `cpu` until they got it, and how often one did.
pub fn run_delay(cpu: usize) -> (u64, u64) {
    let rq = RUN_QUEUES.of(cpu).lock();
    (rq.run_delay_ns, rq.turns)
}

/// What a processor did since boot, in ns. Time in interrupts counts as that of what they interrupted.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuTimes {
    /// Programs.
    pub user_ns: u64,
    /// Programs with a positive nice value.
    pub nice_ns: u64,
    /// The kernel.
    pub system_ns: u64,
    /// Nothing, while nobody waited for input or output.
    pub idle_ns: u64,
    /// Nothing, while somebody did.
    pub iowait_ns: u64,
}

/// What processor `cpu` did since boot, until now.
pub fn cpu_times(cpu: usize) -> CpuTimes {
    let rq = RUN_QUEUES.of(cpu).lock();
    let [mut user, mut nice, mut system] = [0, 1, 2].map(|kind| BUSY.of(cpu)[kind].load(Relaxed));
    if let Some(curr) = rq.curr.as_ref().map(|curr| curr.thread()).filter(|t| t.weight.load(Relaxed) != 0) {
        let (now_user, now_system) = curr.times_since_switch();
        let to = if curr.nice() > 0 { &mut nice } else { &mut user };
        *to = to.wrapping_add(now_user);
        system = system.wrapping_add(now_system);
    }
    // The clock that is not steered, as the others are counted by it, too.
    let now = machine::raw_ns();
    let since = IOWAIT_SINCE_NS.of(cpu).load(Relaxed);
    let waiting = if since == 0 { 0 } else { now.saturating_sub(since) };
    let iowait_ns = IOWAIT_NS.of(cpu).load(Relaxed) + waiting;
    drop(rq);
    let [user_ns, nice_ns, system_ns] = [user, nice, system].map(machine::tsc_to_ns);
    let busy = user_ns + nice_ns + system_ns + iowait_ns;
    CpuTimes { user_ns, nice_ns, system_ns, idle_ns: now.saturating_sub(busy), iowait_ns }
}
