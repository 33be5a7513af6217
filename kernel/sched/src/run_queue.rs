//! One processor's runnable threads: real-time ones by priority, the others by virtual time.

use crate::fair::{self, before};
use crate::heap::{Entry, Heap};
use crate::machine;
use crate::policy::{Policy, rr_timeslice_ns, rt_limit_ns};
use crate::realtime;
use crate::thread::{Thread, ThreadRef, state};
use core::cmp::Ordering;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use sync::{IrqSpinLock, PerCpu, rank};

pub(crate) static RUN_QUEUES: PerCpu<IrqSpinLock<RunQueue>> =
    sync::per_cpu!(IrqSpinLock::new(rank::RUN_QUEUE, RunQueue::new()));

/// How many threads each processor has, the running one included; read without its lock.
pub(crate) static NR_RUNNING: PerCpu<AtomicU32> = sync::per_cpu!(AtomicU32::new(0));
/// The weight of each processor's threads together, the running one included.
pub(crate) static LOAD: PerCpu<AtomicU64> = sync::per_cpu!(AtomicU64::new(0));
/// The processors whose idle thread runs and that nobody has given work to yet.
pub(crate) static IDLE: AtomicU64 = AtomicU64::new(0);
/// The processors that take threads.
pub(crate) static ACTIVE: AtomicU64 = AtomicU64::new(0);

/// A waiting thread with its place.
pub(crate) struct Queued {
    key: u64,
    pub thread: ThreadRef,
}

impl Entry for Queued {
    #[inline(always)]
    fn key(&self) -> u64 {
        self.key
    }
}

/// Why a thread comes into a queue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It slept.
    Wake,
    /// It was made.
    New,
    /// It comes from another processor.
    Move,
}

/// The threads of one processor. The running one is in `curr` and in no heap.
pub(crate) struct RunQueue {
    pub curr: Option<ThreadRef>,
    pub idle: Option<ThreadRef>,
    fair: Heap<Queued>,
    realtime: Heap<Queued>,
    min_vruntime: u64,
    /// Orders real-time threads of one priority: grows at the back, shrinks at the front.
    back: u64,
    front: u64,
    /// When a fair thread ran last, or began to wait for real-time ones.
    fair_ran_at: u64,
    /// The fair threads have waited for so long that they go first until then.
    fair_turn_until: Option<u64>,
    /// What its threads waited for the processor until now, and how often one got it.
    pub run_delay_ns: u64,
    pub turns: u64,
}

/// The load of a real-time thread.
const REALTIME_LOAD: u64 = 8 * fair::NICE_0_WEIGHT as u64;
/// As many waiting threads are looked at in a tick.
const LOOKED_AT: usize = 32;
/// Bits of a real-time key below the priority.
const SEQUENCE_BITS: u32 = 52;
const SEQUENCE_MIDDLE: u64 = 1 << (SEQUENCE_BITS - 1);

impl RunQueue {
    const fn new() -> Self {
        RunQueue {
            curr: None,
            idle: None,
            fair: Heap::new(),
            realtime: Heap::new(),
            min_vruntime: 0,
            back: SEQUENCE_MIDDLE,
            front: SEQUENCE_MIDDLE,
            fair_ran_at: 0,
            fair_turn_until: None,
            run_delay_ns: 0,
            turns: 0,
        }
    }

    /// The virtual time that arriving threads are placed by.
    pub fn min_vruntime(&self) -> u64 {
        self.min_vruntime
    }

    /// Whether nobody waits.
    #[inline]
    pub fn nobody_waits(&self) -> bool {
        self.fair.is_empty() && self.realtime.is_empty()
    }

    /// The room that must be there before one more thread exists.
    pub fn fair_capacity(&self) -> usize {
        self.fair.capacity().min(self.realtime.capacity())
    }

    /// Takes larger arrays and gives the old ones back.
    pub fn replace_storage(
        &mut self,
        fair: alloc::vec::Vec<Queued>,
        realtime: alloc::vec::Vec<Queued>,
    ) -> [alloc::vec::Vec<Queued>; 2] {
        [self.fair.replace_storage(fair), self.realtime.replace_storage(realtime)]
    }

    /// Charges the running thread for the time since the last look.
    #[inline]
    pub fn charge(&mut self, t: &Thread, now: u64) {
        let span = now.saturating_sub(t.exec_start_ns.load(Relaxed));
        t.exec_start_ns.store(now, Relaxed);
        let weight = t.weight.load(Relaxed);
        if weight == 0 {
            return;
        }
        t.sum_exec_ns.store(t.sum_exec_ns.load(Relaxed) + span, Relaxed);
        let virtual_span = fair::virtual_ns(span, weight);
        let vruntime = t.vruntime.load(Relaxed).wrapping_add(virtual_span);
        t.vruntime.store(vruntime, Relaxed);
        if !t.runs_realtime() {
            self.fair_ran_at = now;
            self.advance_min(vruntime);
        }
    }

    /// The minimum follows the least virtual time, and never goes back.
    #[inline]
    fn advance_min(&mut self, running: u64) {
        let least = match self.fair.peek() {
            Some(first) if before(first.key, running) => first.key,
            _ => running,
        };
        self.min_vruntime = fair::later(self.min_vruntime, least);
    }

    /// A thread joins this processor, whose number is `cpu`.
    pub fn arrive(&mut self, cpu: usize, thread: ThreadRef, how: Arrival, now: u64) {
        let t = thread.thread();
        let relative = t.vruntime.load(Relaxed);
        let vruntime = match how {
            Arrival::Wake => {
                let slept = now.saturating_sub(t.exec_start_ns.load(Relaxed));
                fair::place_woken(self.min_vruntime, relative, slept)
            }
            Arrival::New => self.min_vruntime.wrapping_add(relative),
            // It may have waited elsewhere: what it waited since then counts, too.
            Arrival::Move => {
                t.moved_at_ns.store(now, Relaxed);
                self.min_vruntime.wrapping_add(relative)
            }
        };
        if self.fair.is_empty() {
            self.fair_ran_at = now;
        }
        if how != Arrival::Move {
            t.waiting_since_ns.store(now, Relaxed);
        }
        t.vruntime.store(vruntime, Relaxed);
        t.cpu.store(cpu as u32, Relaxed);
        t.on_rq.store(true, Relaxed);
        let running = NR_RUNNING.of(cpu);
        running.store(running.load(Relaxed) + 1, Relaxed);
        add_load(cpu, load_of(t));
        self.put(thread, false);
    }

    /// A thread leaves this processor: its virtual time becomes relative, `exec_start_ns` says since when.
    pub fn depart(&mut self, t: &Thread, now: u64) {
        t.vruntime.store(t.vruntime.load(Relaxed).wrapping_sub(self.min_vruntime), Relaxed);
        t.exec_start_ns.store(now, Relaxed);
        t.on_rq.store(false, Relaxed);
        let running = NR_RUNNING.of(t.cpu());
        running.store(running.load(Relaxed).saturating_sub(1), Relaxed);
        add_load(t.cpu(), load_of(t).wrapping_neg());
    }

    /// A thread that waited gets the processor.
    #[inline]
    pub fn end_wait(&mut self, t: &Thread, now: u64) {
        let waited = now.saturating_sub(t.waiting_since_ns.load(Relaxed));
        t.run_delay_ns.store(t.run_delay_ns.load(Relaxed) + waited, Relaxed);
        t.turns.store(t.turns.load(Relaxed) + 1, Relaxed);
        self.run_delay_ns += waited;
        self.turns += 1;
    }

    /// Puts a runnable thread into its heap. `first`: before the others of its real-time priority.
    pub fn put(&mut self, thread: ThreadRef, first: bool) {
        let t = thread.thread();
        if t.runs_realtime() {
            realtime::note_waiting(t.cpu());
            let sequence = if first {
                self.front -= 1;
                self.front
            } else {
                self.back += 1;
                self.back
            };
            let key = (t.prio() as u64) << SEQUENCE_BITS | sequence;
            self.realtime.push(Queued { key, thread });
        } else {
            let key = t.vruntime.load(Relaxed);
            self.fair.push(Queued { key, thread });
        }
    }

    /// Takes the best waiting thread.
    #[inline]
    pub fn take_best(&mut self) -> Option<ThreadRef> {
        if !self.realtime.is_empty() && !self.fair_goes_first() {
            let first = self.realtime.pop();
            return self.taken_realtime(first);
        }
        self.fair.pop().map(|q| q.thread)
    }

    fn taken_realtime(&mut self, taken: Option<Queued>) -> Option<ThreadRef> {
        let thread = taken?.thread;
        if self.realtime.is_empty() {
            realtime::note_none_waits(thread.thread().cpu());
        }
        Some(thread)
    }

    /// Takes the best real-time thread that `wanted` accepts.
    pub fn take_best_realtime(&mut self, wanted: impl Fn(&Thread) -> bool) -> Option<ThreadRef> {
        let accepted = self.realtime.iter().filter(|q| wanted(q.thread.thread()));
        let best = accepted.min_by_key(|q| q.key).map(|q| q.key)?;
        let taken = self.realtime.remove_where(|q| q.key == best);
        self.taken_realtime(taken)
    }

    /// The best waiting real-time thread.
    pub fn first_realtime(&self) -> Option<&Thread> {
        self.realtime.peek().map(|q| q.thread.thread())
    }

    /// Its `prio`.
    pub fn first_realtime_prio(&self) -> Option<i32> {
        self.first_realtime().map(Thread::prio)
    }

    /// The processors that some waiting thread may run on.
    pub fn waiting_affinity(&self) -> u64 {
        let waiting = self.fair.iter().chain(self.realtime.iter()).take(LOOKED_AT);
        waiting.fold(0, |all, q| all | q.thread.thread().affinity())
    }

    /// Calls `look` for waiting fair threads.
    pub fn for_each_fair(&self, look: impl FnMut(&ThreadRef)) {
        self.fair.iter().take(LOOKED_AT).map(|q| &q.thread).for_each(look);
    }

    /// Whether fair threads are to run before the real-time ones.
    #[inline]
    fn fair_goes_first(&self) -> bool {
        self.fair_turn_until.is_some() && !self.fair.is_empty()
    }

    /// From the tick: begins and ends the turns that fair threads get when real-time ones leave them nothing.
    pub fn watch_over_fair(&mut self, running: &Thread, now: u64) {
        if self.realtime.is_empty() && !running.runs_realtime() {
            self.fair_turn_until = None;
        } else if let Some(until) = self.fair_turn_until {
            if now >= until {
                (self.fair_turn_until, self.fair_ran_at) = (None, now);
            }
        } else if !self.fair.is_empty()
            && let Some((patience, turn)) = rt_limit_ns()
            && now.saturating_sub(self.fair_ran_at) >= patience
        {
            self.fair_turn_until = Some(now + turn);
        }
    }

    /// Takes out one waiting thread that `wanted` accepts.
    pub fn take_where(&mut self, mut wanted: impl FnMut(&Thread) -> bool) -> Option<ThreadRef> {
        let mut wanted = |q: &Queued| wanted(q.thread.thread());
        let found = match self.fair.remove_where(&mut wanted) {
            Some(queued) => return Some(queued.thread),
            None => self.realtime.remove_where(&mut wanted),
        };
        self.taken_realtime(found)
    }

    /// Whether somebody waits who should run before the running `t`, which could go on.
    pub fn better_waits(&self, t: &Thread, yielding: bool) -> bool {
        if t.runs_realtime() && self.fair_goes_first() {
            return true;
        }
        if self.fair_turn_until.is_none()
            && let Some(first) = self.realtime.peek()
        {
            let waiting = first.thread.thread();
            return match waiting.prio().cmp(&t.prio()) {
                Ordering::Less => true,
                Ordering::Equal => yielding || self.used_up(t),
                Ordering::Greater => false,
            };
        }
        if t.runs_realtime() {
            return false;
        }
        self.fair.peek().is_some_and(|first| yielding || before(first.key, t.vruntime.load(Relaxed)))
    }

    /// A yielding thread goes behind the one that gets its turn.
    pub fn step_behind(&self, t: &Thread) {
        if let Some(first) = self.fair.peek() {
            let behind = fair::later(t.vruntime.load(Relaxed), first.key.wrapping_add(1));
            t.vruntime.store(behind, Relaxed);
        }
    }

    /// Whether the running thread has had its slice.
    pub fn used_up(&self, t: &Thread) -> bool {
        let since = |began: &AtomicU64| t.sum_exec_ns.load(Relaxed).saturating_sub(began.load(Relaxed));
        match t.policy() {
            Policy::Fifo => false,
            Policy::RoundRobin => since(&t.turn_began_ns) >= rr_timeslice_ns(),
            // A priority that is only inherited comes without turns.
            _ => !t.runs_realtime() && since(&t.picked_at_ns) >= fair::SLICE_NS,
        }
    }

    /// Whether the tick should end the running thread's time.
    pub fn should_make_way(&self, t: &Thread) -> bool {
        (t.runs_realtime() || !self.realtime.is_empty() || self.used_up(t)) && self.better_waits(t, false)
    }

    /// Whether `t`, which has just arrived, should run at once instead of the running thread. If so, the flag
    /// that makes the running thread give way is set.
    pub fn preempt_for(&mut self, t: &Thread, how: Arrival) -> bool {
        let Some(curr) = self.curr.as_ref() else { return false };
        let running = curr.thread();
        let preempts = if self.is_idle_thread(curr) {
            true
        } else if t.runs_realtime() {
            t.prio() < running.prio() && (running.runs_realtime() || self.fair_turn_until.is_none())
        } else if running.runs_realtime() || how == Arrival::New {
            false
        } else if running.policy() == Policy::Idle {
            t.policy() != Policy::Idle
        } else if t.policy() != Policy::Normal {
            false
        } else {
            let edge = t.vruntime.load(Relaxed).wrapping_add(fair::WAKEUP_GRANULARITY_NS);
            before(edge, running.vruntime.load(Relaxed))
        };
        if preempts {
            machine::set_need_resched(&running.context);
        }
        preempts
    }

    /// Whether `thread` is this processor's idle thread.
    #[inline]
    pub fn is_idle_thread(&self, thread: &ThreadRef) -> bool {
        self.idle.as_ref().is_some_and(|idle| same(idle, thread))
    }
}

/// What a thread adds to its processor's load: real-time threads leave little to others.
#[inline]
pub(crate) fn load_of(t: &Thread) -> u64 {
    if t.runs_realtime() { REALTIME_LOAD } else { u64::from(t.weight.load(Relaxed)) }
}

/// Adds to a processor's load; its queue is locked.
#[inline]
pub(crate) fn add_load(cpu: usize, more: u64) {
    let load = LOAD.of(cpu);
    load.store(load.load(Relaxed).wrapping_add(more), Relaxed);
}

/// Whether two handles are of one thread.
#[inline]
pub(crate) fn same(a: &ThreadRef, b: &ThreadRef) -> bool {
    core::ptr::addr_eq(alloc::sync::Arc::as_ptr(a), alloc::sync::Arc::as_ptr(b))
}

/// Whether a sleeper in state `bits` counts for the load average.
#[inline]
pub(crate) fn counts_as_load(bits: u32) -> bool {
    bits & (state::UNINTERRUPTIBLE | state::NOLOAD) == state::UNINTERRUPTIBLE
}
