//! What the scheduler keeps of a thread.

use crate::core_sched::Grave;
use crate::fair;
use crate::machine::{self, Context};
use crate::pi::Links;
use crate::policy::{self, Policy};
use crate::stats;
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64};
use sync::{SpinLock, rank};

/// Thread states: bits, so that a wake-up can name several. The values are Linux's.
pub mod state {
    /// Running or ready to run.
    pub const RUNNING: u32 = 0;
    /// Asleep; a signal wakes it.
    pub const INTERRUPTIBLE: u32 = 0x1;
    /// Asleep; only its event wakes it.
    pub const UNINTERRUPTIBLE: u32 = 0x2;
    /// Stopped by job control.
    pub const STOPPED: u32 = 0x4;
    /// Stopped for its tracer.
    pub const TRACED: u32 = 0x8;
    /// Will never run again.
    pub const DEAD: u32 = 0x80;
    /// Modifier: a fatal signal wakes it.
    pub const WAKEKILL: u32 = 0x100;
    /// Modifier: does not count for the load average.
    pub const NOLOAD: u32 = 0x400;
    /// Made and not yet started.
    pub const NEW: u32 = 0x800;
    /// Asleep; its event or a fatal signal wakes it.
    pub const KILLABLE: u32 = UNINTERRUPTIBLE | WAKEKILL;
    /// What an ordinary wake-up wakes.
    pub const NORMAL: u32 = INTERRUPTIBLE | UNINTERRUPTIBLE;
    /// Asleep without counting as load.
    pub const IDLE: u32 = UNINTERRUPTIBLE | NOLOAD;
    /// What a stopped thread sets.
    pub const STOPPED_KILLABLE: u32 = STOPPED | WAKEKILL;
    /// What a traced thread sets.
    pub const TRACED_KILLABLE: u32 = TRACED | WAKEKILL;
}

/// Something that runs: it embeds a [`Thread`] and knows how to become the running one.
pub trait Schedulable: Send + Sync {
    /// The scheduler's part.
    fn thread(&self) -> &Thread;

    /// Makes `self` the running thread, with `hal::thread::switch_to`; returns in a context that was switched
    /// away from before, with the thread that ran until now. Interrupts are off.
    fn switch_in(self: Arc<Self>) -> Arc<dyn Schedulable>;
}

/// A counted handle of a thread.
pub type ThreadRef = Arc<dyn Schedulable>;

/// The scheduler's part of a thread.
pub struct Thread {
    /// Registers, stack, floating point.
    pub context: Context,
    pub(crate) state: AtomicU32,
    /// Its registers are in use by a processor: running, or not yet switched away from.
    pub(crate) on_cpu: AtomicBool,
    /// Running or in a run queue. Changed under the lock of run queue `cpu`.
    pub(crate) on_rq: AtomicBool,
    /// Whose run queue it belongs to.
    pub(crate) cpu: AtomicU32,
    pub(crate) affinity: AtomicU64,
    pub(crate) policy: AtomicU32,
    pub(crate) nice: AtomicI32,
    pub(crate) rt_priority: AtomicU32,
    pub(crate) reset_on_fork: AtomicBool,
    /// What the scheduler goes by: the thread's own priority or a better one that it has inherited.
    pub(crate) prio: AtomicI32,
    /// The best priority of those who wait for what the thread holds; changed under the graph's lock.
    pub(crate) inherited: AtomicI32,
    pub(crate) pi: SpinLock<Links>,
    /// It wants to hear of each switch (see [`Thread::set_rseq`]).
    pub(crate) rseq: AtomicBool,
    pub(crate) weight: AtomicU32,
    /// Absolute while in a run queue, relative to its minimum while not.
    pub(crate) vruntime: AtomicU64,
    pub(crate) exec_start_ns: AtomicU64,
    pub(crate) sum_exec_ns: AtomicU64,
    /// `sum_exec_ns` when it was last picked.
    pub(crate) picked_at_ns: AtomicU64,
    /// `sum_exec_ns` when its turn among the SCHED_RR threads of its priority began; a preemption does not end it.
    pub(crate) turn_began_ns: AtomicU64,
    /// When it last came from another processor.
    pub(crate) moved_at_ns: AtomicU64,
    /// Since when it has been waiting for its processor, how long it did so before, and how often it got one. Changed
    /// under its run queue's lock.
    pub(crate) waiting_since_ns: AtomicU64,
    pub(crate) run_delay_ns: AtomicU64,
    pub(crate) turns: AtomicU64,
    /// Wait-queue entries that point here.
    pub(crate) links: AtomicU32,
    pub(crate) timer_slot: AtomicU32,
    pub(crate) timer_cpu: AtomicU32,
    pub(crate) timed_out: AtomicBool,
    /// How much later than asked it may be woken from a sleep of a given length (PR_SET_TIMERSLACK), and what it began
    /// with.
    pub(crate) timer_slack_ns: AtomicU64,
    pub(crate) default_timer_slack_ns: AtomicU64,
    /// Runnable, but on its way to a processor that it is allowed on.
    pub(crate) leaving_cpu: AtomicBool,
    fatal_signal: AtomicBool,
    /// How long it usually runs before it sleeps.
    usual_run_ns: AtomicU64,
    /// Time in user mode in TSC units, changed by the thread itself: the sum of all entries to the kernel
    /// less the sum of all ways back, so that each of them costs one addition.
    utime: AtomicU64,
    /// Time on a processor until `stamp`, when the current span began; that is 0 while the thread doesn't run. The count
    /// is odd while both change.
    ran: AtomicU64,
    stamp: AtomicU64,
    times_seq: AtomicU32,
    /// `utime` when the thread was last switched to.
    utime_at_switch: AtomicU64,
    /// `sum_exec_ns` when it last slept or became a real-time thread.
    pub(crate) rested_at_ns: AtomicU64,
    nvcsw: AtomicU64,
    nivcsw: AtomicU64,
    /// Made when the thread exits.
    pub(crate) grave: SpinLock<Option<Box<Grave>>>,
}

impl Thread {
    /// A thread of normal policy that may run anywhere; started with [`crate::enqueue_new`].
    pub fn new(context: Context) -> Self {
        stats::thread_made();
        Thread {
            context,
            state: AtomicU32::new(state::NEW),
            on_cpu: AtomicBool::new(false),
            on_rq: AtomicBool::new(false),
            cpu: AtomicU32::new(sync::cpu::id() as u32),
            affinity: AtomicU64::new(u64::MAX),
            policy: AtomicU32::new(Policy::Normal as u32),
            nice: AtomicI32::new(0),
            rt_priority: AtomicU32::new(0),
            reset_on_fork: AtomicBool::new(false),
            prio: AtomicI32::new(policy::DEFAULT_PRIO),
            inherited: AtomicI32::new(policy::NOT_INHERITED),
            pi: SpinLock::new(rank::PI_THREAD, Links::NEW),
            rseq: AtomicBool::new(false),
            weight: AtomicU32::new(fair::NICE_0_WEIGHT),
            vruntime: AtomicU64::new(0),
            exec_start_ns: AtomicU64::new(0),
            sum_exec_ns: AtomicU64::new(0),
            picked_at_ns: AtomicU64::new(0),
            turn_began_ns: AtomicU64::new(0),
            moved_at_ns: AtomicU64::new(0),
            waiting_since_ns: AtomicU64::new(0),
            run_delay_ns: AtomicU64::new(0),
            turns: AtomicU64::new(0),
            links: AtomicU32::new(0),
            timer_slot: AtomicU32::new(crate::heap::NOWHERE),
            timer_cpu: AtomicU32::new(0),
            timed_out: AtomicBool::new(false),
            timer_slack_ns: AtomicU64::new(0),
            default_timer_slack_ns: AtomicU64::new(0),
            leaving_cpu: AtomicBool::new(false),
            fatal_signal: AtomicBool::new(false),
            usual_run_ns: AtomicU64::new(0),
            utime: AtomicU64::new(0),
            ran: AtomicU64::new(0),
            stamp: AtomicU64::new(0),
            times_seq: AtomicU32::new(0),
            utime_at_switch: AtomicU64::new(0),
            rested_at_ns: AtomicU64::new(0),
            nvcsw: AtomicU64::new(0),
            nivcsw: AtomicU64::new(0),
            grave: SpinLock::new(rank::SPIN_LEAF, None),
        }
    }

    /// A thread that inherits policy, nice value, affinity and timer slack, as a fork's child does.
    pub fn new_child(context: Context, parent: &Thread) -> Self {
        let child = Thread::new(context);
        child.affinity.store(parent.affinity.load(Relaxed), Relaxed);
        child.start_with_timer_slack(parent.timer_slack_ns());
        child.inherit_policy(parent);
        child
    }

    /// The state bits at this moment.
    #[inline]
    pub fn state(&self) -> u32 {
        self.state.load(Relaxed)
    }

    /// Whether it is running or ready.
    #[inline]
    pub fn is_runnable(&self) -> bool {
        self.state() == state::RUNNING
    }

    /// Says what the running thread is about to sleep for. Ordered before the look at the condition that
    /// follows, so that a waker which makes the condition true sees the state or is seen.
    #[inline]
    pub fn set_state(&self, new: u32) {
        self.state.swap(new, core::sync::atomic::Ordering::SeqCst);
    }

    /// The running thread changed its mind about sleeping.
    #[inline]
    pub fn set_running(&self) {
        self.state.store(state::RUNNING, Relaxed);
    }

    /// Whether a processor runs it right now (or is just leaving it).
    #[inline]
    pub fn on_cpu(&self) -> bool {
        self.on_cpu.load(core::sync::atomic::Ordering::Acquire)
    }

    /// The processor that it runs on, or ran on last.
    #[inline]
    pub fn cpu(&self) -> usize {
        self.cpu.load(Relaxed) as usize
    }

    /// The processors that it may run on.
    pub fn affinity(&self) -> u64 {
        self.affinity.load(Relaxed)
    }

    /// Whether the thread gets the work flag RSEQ whenever it is switched away from.
    pub fn set_rseq(&self, wanted: bool) {
        self.rseq.store(wanted, Relaxed);
    }

    /// Nice value, -20 to 19.
    pub fn nice(&self) -> i32 {
        self.nice.load(Relaxed)
    }

    /// (user, system) time in ns, the running span included. Their sum never goes back.
    pub fn times(&self) -> (u64, u64) {
        let (mut ran, stamp) = self.ran_and_stamp();
        let now = machine::tsc();
        if stamp != 0 {
            ran += now.saturating_sub(stamp);
        }
        let mut user = self.utime.load(Relaxed);
        // In user mode the time of the way there has been taken off, which makes the number "negative".
        if (user as i64) < 0 {
            user = user.wrapping_add(now);
        }
        let user = user.min(ran);
        (machine::tsc_to_ns(user), machine::tsc_to_ns(ran) - machine::tsc_to_ns(user))
    }

    /// Both of one moment.
    fn ran_and_stamp(&self) -> (u64, u64) {
        loop {
            let seq = self.times_seq.load(Acquire);
            let (ran, stamp) = (self.ran.load(Acquire), self.stamp.load(Acquire));
            if seq & 1 == 0 && self.times_seq.load(Relaxed) == seq {
                return (ran, stamp);
            }
            core::hint::spin_loop();
        }
    }

    /// Processor time in ns, the running span included when asked by the thread itself.
    pub fn cpu_time_ns(&self) -> u64 {
        let sum = self.sum_exec_ns.load(Relaxed);
        if self.on_cpu.load(Relaxed) {
            sum + machine::now_ns().saturating_sub(self.exec_start_ns.load(Relaxed))
        } else {
            sum
        }
    }

    /// Processor time in ns since it last slept, or since it became a real-time thread (RLIMIT_RTTIME).
    pub fn run_since_rest_ns(&self) -> u64 {
        self.cpu_time_ns().saturating_sub(self.rested_at_ns.load(Relaxed))
    }

    /// How long, in ns, it was ready and waited for a processor, and how often it got one.
    pub fn run_delay(&self) -> (u64, u64) {
        (self.run_delay_ns.load(Relaxed), self.turns.load(Relaxed))
    }

    /// (voluntary, involuntary) context switches.
    pub fn switches(&self) -> (u64, u64) {
        (self.nvcsw.load(Relaxed), self.nivcsw.load(Relaxed))
    }

    /// Whether a signal that ends the thread has come: killable sleeps end.
    #[inline]
    pub fn fatal_signal_pending(&self) -> bool {
        self.fatal_signal.load(Relaxed)
    }

    pub(crate) fn set_fatal_signal(&self) {
        self.fatal_signal.store(true, Relaxed);
    }

    #[inline]
    pub(crate) fn usual_run_ns(&self) -> u64 {
        self.usual_run_ns.load(Relaxed)
    }

    /// It goes to sleep: an eighth of this run enters the average.
    #[inline]
    pub(crate) fn note_sleep(&self) {
        let sum = self.sum_exec_ns.load(Relaxed);
        self.rested_at_ns.store(sum, Relaxed);
        let ran = sum.wrapping_sub(self.picked_at_ns.load(Relaxed));
        let usual = self.usual_run_ns.load(Relaxed);
        self.usual_run_ns.store(usual - usual / 8 + ran / 8, Relaxed);
    }

    /// Entry from user mode: what ran until now was the program's.
    #[inline(always)]
    pub fn account_user_exit(&self) {
        let now = machine::tsc();
        self.utime.store(self.utime.load(Relaxed).wrapping_add(now), Relaxed);
    }

    /// Way back to user mode: what ran until now was the kernel's.
    #[inline(always)]
    pub fn account_user_enter(&self) {
        let now = machine::tsc();
        self.utime.store(self.utime.load(Relaxed).wrapping_sub(now), Relaxed);
    }

    /// Switched away from, which happens in the kernel only; (user, system) time since it was switched to, in TSC units.
    #[inline]
    pub(crate) fn account_switch_out(&self, now_tsc: u64, voluntary: bool) -> (u64, u64) {
        let span = now_tsc.wrapping_sub(self.stamp.load(Relaxed));
        let seq = self.times_seq.load(Relaxed);
        self.times_seq.store(seq.wrapping_add(1), Relaxed);
        self.ran.store(self.ran.load(Relaxed).wrapping_add(span), Release);
        self.stamp.store(0, Release);
        self.times_seq.store(seq.wrapping_add(2), Release);
        let counter = if voluntary { &self.nvcsw } else { &self.nivcsw };
        counter.store(counter.load(Relaxed) + 1, Relaxed);
        let user = self.utime.load(Relaxed).wrapping_sub(self.utime_at_switch.load(Relaxed));
        (user, span.saturating_sub(user))
    }

    /// (user, system) time since it was switched to, in TSC units, for a running thread seen from elsewhere.
    pub(crate) fn times_since_switch(&self) -> (u64, u64) {
        let now = machine::tsc();
        let mut user = self.utime.load(Relaxed);
        if (user as i64) < 0 {
            user = user.wrapping_add(now);
        }
        let user = user.saturating_sub(self.utime_at_switch.load(Relaxed));
        let span = now.saturating_sub(self.stamp.load(Relaxed));
        (user.min(span), span.saturating_sub(user))
    }

    #[inline]
    pub(crate) fn account_switch_in(&self, now_tsc: u64) {
        self.stamp.store(now_tsc.max(1), Relaxed);
        self.utime_at_switch.store(self.utime.load(Relaxed), Relaxed);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        stats::thread_gone();
    }
}
