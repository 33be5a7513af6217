//! Scheduling policies and their parameters, as sched(7) has them.

use crate::thread::Thread;
use core::sync::atomic::{AtomicI64, AtomicU32, Ordering::Relaxed};

/// How a thread competes for the processor. The numbers are Linux's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Policy {
    /// SCHED_OTHER: fair share by nice value.
    Normal = 0,
    /// SCHED_FIFO: before all that is not real-time, until it sleeps.
    Fifo = 1,
    /// SCHED_RR: as FIFO, but takes turns within its priority.
    RoundRobin = 2,
    /// SCHED_BATCH: fair, and never preempts on waking.
    Batch = 3,
    /// SCHED_IDLE: fair with the least weight.
    Idle = 5,
}

impl Policy {
    /// From the number that programs use; none for what is not supported (SCHED_DEADLINE, SCHED_EXT).
    pub fn from_raw(raw: u32) -> Option<Policy> {
        Some(match raw {
            0 => Policy::Normal,
            1 => Policy::Fifo,
            2 => Policy::RoundRobin,
            3 => Policy::Batch,
            5 => Policy::Idle,
            _ => return None,
        })
    }

    /// SCHED_FIFO or SCHED_RR.
    #[inline]
    pub fn is_realtime(self) -> bool {
        matches!(self, Policy::Fifo | Policy::RoundRobin)
    }
}

/// The priority of nice 0; smaller numbers run sooner.
pub(crate) const DEFAULT_PRIO: i32 = 120;
/// The first priority that isn't real-time.
pub const MAX_RT_PRIO: i32 = 100;
/// Worse than the priority of every thread: that of an idle processor.
pub(crate) const IDLE_PRIO: i32 = 140;
/// Worse than every priority: nobody waits.
pub(crate) const NOT_INHERITED: i32 = i32::MAX;

/// Linux's default of sched_rr_timeslice_ms.
const RR_TIMESLICE_MS: u32 = 100;
static RR_TIMESLICE: AtomicU32 = AtomicU32::new(RR_TIMESLICE_MS);

/// The time that a SCHED_RR thread runs before the next of its priority, in milliseconds.
pub fn rr_timeslice_ms() -> u32 {
    RR_TIMESLICE.load(Relaxed)
}

/// Sets it; what is not positive means the default.
pub fn set_rr_timeslice_ms(ms: i32) {
    RR_TIMESLICE.store(if ms > 0 { ms as u32 } else { RR_TIMESLICE_MS }, Relaxed);
}

/// The same in nanoseconds.
pub fn rr_timeslice_ns() -> u64 {
    u64::from(rr_timeslice_ms()) * 1_000_000
}

/// sched_rt_period_us and sched_rt_runtime_us: how much of each period real-time threads may take where ordinary
/// ones wait; a runtime of [`RT_UNLIMITED`] is all of it.
static RT_PERIOD_US: AtomicI64 = AtomicI64::new(1_000_000);
static RT_RUNTIME_US: AtomicI64 = AtomicI64::new(950_000);
/// No limit for real-time threads.
pub const RT_UNLIMITED: i64 = -1;

/// (period, runtime) of real-time threads, in microseconds.
pub fn rt_bandwidth_us() -> (i64, i64) {
    (RT_PERIOD_US.load(Relaxed), RT_RUNTIME_US.load(Relaxed))
}

/// Sets both; false if they don't go together (sched(7)).
pub fn set_rt_bandwidth_us(period: i64, runtime: i64) -> bool {
    let fits = (1..=i64::from(i32::MAX)).contains(&period) && (RT_UNLIMITED..=period).contains(&runtime);
    if fits {
        RT_PERIOD_US.store(period, Relaxed);
        RT_RUNTIME_US.store(runtime, Relaxed);
    }
    fits
}

/// How long ordinary threads wait for real-time ones before they get a turn, and how long that is; none if they never
/// get one.
pub(crate) fn rt_limit_ns() -> Option<(u64, u64)> {
    let (period, runtime) = rt_bandwidth_us();
    let runtime = u64::try_from(runtime).ok()?;
    Some((runtime * 1_000, (period as u64).saturating_sub(runtime) * 1_000))
}

/// The parameters of a thread, together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchedAttr {
    /// The policy.
    pub policy: Policy,
    /// Nice value, -20 to 19; kept while the policy is real-time.
    pub nice: i32,
    /// 1 to 99 for real-time policies, else 0.
    pub rt_priority: u32,
    /// Children start without a real-time policy and with a nice value of 0 or more.
    pub reset_on_fork: bool,
}

impl SchedAttr {
    /// The priority that these parameters give.
    pub(crate) fn prio(&self) -> i32 {
        if self.policy.is_realtime() {
            MAX_RT_PRIO - 1 - self.rt_priority.min(99) as i32
        } else {
            DEFAULT_PRIO + self.nice.clamp(-20, 19)
        }
    }
}

impl Thread {
    /// The policy.
    #[inline]
    pub fn policy(&self) -> Policy {
        Policy::from_raw(self.policy.load(Relaxed)).unwrap_or(Policy::Normal)
    }

    /// All parameters.
    pub fn sched_attr(&self) -> SchedAttr {
        SchedAttr {
            policy: self.policy(),
            nice: self.nice(),
            rt_priority: self.rt_priority.load(Relaxed),
            reset_on_fork: self.reset_on_fork.load(Relaxed),
        }
    }

    /// The priority that the scheduler goes by, Linux's `prio`: 0 to 99 real-time (lower is sooner), 100 to 139
    /// by nice value. Better than [`Self::normal_prio`] while somebody better waits for a lock of the thread's.
    #[inline]
    pub fn prio(&self) -> i32 {
        self.prio.load(Relaxed)
    }

    /// The priority without what is inherited.
    pub fn normal_prio(&self) -> i32 {
        self.sched_attr().prio()
    }

    /// Whether it runs before all that is not real-time, by its own priority or by an inherited one.
    #[inline]
    pub(crate) fn runs_realtime(&self) -> bool {
        self.prio() < MAX_RT_PRIO
    }

    /// What a child gets of its parent's parameters.
    pub(crate) fn inherit_policy(&self, parent: &Thread) {
        let mut attr = parent.sched_attr();
        if attr.reset_on_fork {
            if attr.policy.is_realtime() {
                (attr.policy, attr.nice) = (Policy::Normal, 0);
            }
            attr = SchedAttr { nice: attr.nice.max(0), rt_priority: 0, reset_on_fork: false, ..attr };
        }
        self.store_attr(attr);
    }

    /// Stores parameters; the caller holds the run queue's lock or is the only one who knows the thread.
    pub(crate) fn store_attr(&self, attr: SchedAttr) {
        if attr.policy.is_realtime() && !self.policy().is_realtime() {
            self.rested_at_ns.store(self.cpu_time_ns(), Relaxed);
        }
        self.policy.store(attr.policy as u32, Relaxed);
        self.fit_timer_slack(attr.policy.is_realtime());
        self.nice.store(attr.nice.clamp(-20, 19), Relaxed);
        self.rt_priority.store(attr.rt_priority.min(99), Relaxed);
        self.reset_on_fork.store(attr.reset_on_fork, Relaxed);
        let weight = if attr.policy == Policy::Idle {
            crate::fair::IDLE_WEIGHT
        } else {
            crate::fair::weight_of(attr.nice)
        };
        self.weight.store(weight, Relaxed);
        self.prio.store(attr.prio().min(self.inherited.load(Relaxed)), Relaxed);
    }

    /// Stores what is inherited; the caller holds the run queue's lock.
    pub(crate) fn store_inherited(&self, inherited: i32) {
        self.inherited.store(inherited, Relaxed);
        self.prio.store(self.normal_prio().min(inherited), Relaxed);
    }
}
