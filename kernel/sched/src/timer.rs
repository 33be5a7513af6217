//! Timers: for each processor a heap of deadlines, driven by its one-shot hardware timer.
//!
//! Two things can be in a heap: a [`Timer`] with its callback, and a sleeping thread itself, which needs no
//! allocation. The scheduler's tick is a third deadline beside the heap.
//!
//! A sleeper may have slack: the heap goes by the latest moment at which it is to be woken, and an interrupt for
//! anybody else wakes it as well if its own time has come.

use crate::heap::{Entry, Heap, NOWHERE};
use crate::machine;
use crate::slack::Deadline;
use crate::stats;
use crate::thread::{Thread, ThreadRef, state};
use crate::wake;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use sync::{IrqSpinLock, PerCpu, cpu, rank};

/// A deadline that never comes.
const NEVER: u64 = u64::MAX;
/// The latest deadline that is kept (292 years): keys of the heap compare with wrapping.
const LATEST: u64 = i64::MAX as u64;

/// Timers that exist.
static TIMERS: AtomicU32 = AtomicU32::new(0);

/// The slot of an event that is being inserted.
const CLAIMED: u32 = NOWHERE - 1;

type Callback = dyn Fn(u64) -> Option<u64> + Send + Sync;

struct Core {
    /// Where it is in the heap of processor `cpu`.
    slot: AtomicU32,
    cpu: AtomicU32,
    deadline: AtomicU64,
    callback: Box<Callback>,
}

/// A timer with a callback. The callback runs in an interrupt: it takes only interrupt-safe locks, does not
/// sleep, and gives back the next deadline if the timer is to go on. Dropping the timer cancels it and waits
/// for a callback that runs at that moment on another processor.
pub struct Timer(Arc<Core>);

enum What {
    Call(Arc<Core>),
    Wake(ThreadRef),
}

struct Event {
    deadline: u64,
    /// Not before.
    earliest: u64,
    what: What,
}

impl Entry for Event {
    #[inline(always)]
    fn key(&self) -> u64 {
        self.deadline
    }

    #[inline(always)]
    fn moved(&self, index: u32) {
        let slot = match &self.what {
            What::Call(core) => &core.slot,
            What::Wake(thread) => &thread.thread().timer_slot,
        };
        slot.store(index, Release);
    }
}

struct Base {
    heap: Heap<Event>,
    tick_at: u64,
    /// What the hardware was told last; an interrupt that comes too early does no harm.
    programmed: u64,
    /// The timer whose callback runs: the address of its core, only compared.
    calling: usize,
}

static BASES: PerCpu<IrqSpinLock<Base>> = sync::per_cpu!(IrqSpinLock::new(rank::TIMER, Base::new()));

impl Base {
    const fn new() -> Self {
        Base { heap: Heap::new(), tick_at: NEVER, programmed: NEVER, calling: 0 }
    }

    /// Tells the hardware if the next deadline is sooner than what it knows.
    #[inline]
    fn program(&mut self) {
        let next = self.heap.peek().map_or(NEVER, |event| event.deadline).min(self.tick_at);
        if next < self.programmed && next < LATEST {
            self.programmed = next;
            machine::set_timer(next);
        }
    }

    fn insert(&mut self, event: Event) {
        self.heap.push(event);
        self.program();
    }
}

impl Timer {
    /// A timer that is not armed.
    pub fn new(callback: impl Fn(u64) -> Option<u64> + Send + Sync + 'static) -> Self {
        TIMERS.fetch_add(1, Relaxed);
        reserve_room(stats::threads() as usize);
        Timer(Arc::new(Core {
            slot: AtomicU32::new(NOWHERE),
            cpu: AtomicU32::new(0),
            deadline: AtomicU64::new(NEVER),
            callback: Box::new(callback),
        }))
    }

    /// Calls the callback at `deadline_ns` of the monotonic clock (at once if that is past), instead of at any
    /// earlier deadline.
    pub fn arm(&self, deadline_ns: u64) {
        let deadline_ns = deadline_ns.min(LATEST);
        let mut base = loop {
            self.cancel();
            let base = BASES.get().lock();
            // Another processor may be arming it at the same time.
            if claim(&self.0.slot) {
                break base;
            }
        };
        self.0.cpu.store(cpu::id() as u32, Relaxed);
        self.0.deadline.store(deadline_ns, Relaxed);
        let what = What::Call(Arc::clone(&self.0));
        base.insert(Event { deadline: deadline_ns, earliest: deadline_ns, what });
    }

    /// Takes the deadline back; true if it had not come yet. A callback may still be running: see
    /// [`cancel_sync`](Self::cancel_sync).
    pub fn cancel(&self) -> bool {
        let taken = remove(&self.0.slot, &self.0.cpu);
        taken.is_some()
    }

    /// As [`cancel`](Self::cancel), and waits for a callback that runs on another processor. Not from the
    /// callback itself, nor with a lock held that the callback takes.
    pub fn cancel_sync(&self) -> bool {
        let mut cancelled = false;
        loop {
            // A callback that runs may arm the timer again.
            cancelled |= self.cancel();
            let home = BASES.of(self.0.cpu.load(Relaxed) as usize);
            if home.lock().calling != Arc::as_ptr(&self.0).addr() && !self.is_armed() {
                return cancelled;
            }
            core::hint::spin_loop();
        }
    }

    /// Whether a deadline is set.
    pub fn is_armed(&self) -> bool {
        self.0.slot.load(Acquire) != NOWHERE
    }

    /// The deadline, if one is set.
    pub fn deadline(&self) -> Option<u64> {
        self.is_armed().then(|| self.0.deadline.load(Relaxed))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.cancel_sync();
        TIMERS.fetch_sub(1, Relaxed);
    }
}

/// Reserves an event that is in no heap for the caller, who inserts it in the same breath, interrupts off.
fn claim(slot: &AtomicU32) -> bool {
    slot.compare_exchange(NOWHERE, CLAIMED, Acquire, Relaxed).is_ok()
}

/// Takes an event out of the heap that it says it is in.
fn remove(slot: &AtomicU32, home: &AtomicU32) -> Option<Event> {
    while slot.load(Acquire) != NOWHERE {
        if slot.load(Relaxed) == CLAIMED {
            core::hint::spin_loop();
            continue;
        }
        let where_it_was = home.load(Relaxed);
        let mut base = BASES.of(where_it_was as usize).lock();
        let index = slot.load(Relaxed);
        if index != NOWHERE && index != CLAIMED && home.load(Relaxed) == where_it_was {
            return base.heap.remove(index as usize);
        }
    }
    None
}

/// Wakes `thread` (the running one, which is about to sleep) at `deadline`, with its `timed_out` set.
pub(crate) fn arm_sleep(thread: &ThreadRef, deadline: Deadline) {
    let t = thread.thread();
    cancel_sleep(thread);
    let (earliest, deadline) = deadline.moments_of(t);
    let (earliest, deadline) = (earliest.min(LATEST), deadline.min(LATEST));
    t.timed_out.store(false, Relaxed);
    let mut base = BASES.get().lock();
    t.timer_cpu.store(cpu::id() as u32, Relaxed);
    base.insert(Event { deadline, earliest, what: What::Wake(Arc::clone(thread)) });
}

/// Whether the thread's own deadline is set.
#[inline]
pub(crate) fn is_armed(t: &Thread) -> bool {
    t.timer_slot.load(Acquire) != NOWHERE
}

/// Makes sure that each processor's heap could hold all threads and timers, so that arming never allocates.
pub(crate) fn reserve_room(threads: usize) {
    let wanted = threads + TIMERS.load(Relaxed) as usize + 1;
    for target in 0..machine::cpu_count() {
        let base = BASES.of(target);
        if base.lock().heap.capacity() >= wanted {
            continue;
        }
        let bigger = Vec::with_capacity((wanted * 2).max(64));
        let mut base = base.lock();
        if base.heap.capacity() < bigger.capacity() {
            let old = base.heap.replace_storage(bigger);
            drop(base);
            drop(old);
        }
    }
}

/// Takes the deadline of [`arm_sleep`] back.
#[inline]
pub(crate) fn cancel_sleep(thread: &ThreadRef) {
    let t = thread.thread();
    drop(remove(&t.timer_slot, &t.timer_cpu));
}

/// Asks for a tick on this processor at `deadline_ns`.
pub(crate) fn set_tick(deadline_ns: u64) {
    let mut base = BASES.get().lock();
    base.tick_at = deadline_ns;
    base.program();
}

/// The hardware timer fired on this processor: does what is due, and says whether the tick is.
pub(crate) fn expire() -> bool {
    let here = BASES.get();
    let mut base = here.lock();
    base.programmed = NEVER;
    let mut now = machine::now_ns();
    loop {
        if base.heap.peek().is_none_or(|event| event.earliest > now) {
            // Time has gone on while the callbacks ran.
            now = machine::now_ns();
            if base.heap.peek().is_none_or(|event| event.earliest > now) {
                break;
            }
        }
        let Some(event) = take_first(&mut base) else { break };
        match event.what {
            What::Wake(thread) => {
                drop(base);
                wake::wake_state(&thread, state::NORMAL);
                // Never the last reference: a dead thread's is dropped after a grace period.
                drop(thread);
                base = here.lock();
            }
            What::Call(core) => {
                base.calling = Arc::as_ptr(&core).addr();
                drop(base);
                let next = (core.callback)(now);
                base = here.lock();
                if let Some(deadline) = next.map(|at| at.min(LATEST)).filter(|_| claim(&core.slot)) {
                    core.deadline.store(deadline, Relaxed);
                    base.heap.push(Event {
                        deadline,
                        earliest: deadline,
                        what: What::Call(Arc::clone(&core)),
                    });
                }
                // The owner waits for `calling`, so this is not the last reference either.
                drop(core);
                base.calling = 0;
            }
        }
    }
    let tick_due = base.tick_at <= now;
    if tick_due {
        base.tick_at = NEVER;
    }
    base.program();
    tick_due
}

/// Takes the first event. A thread is told that its time is over before its slot says that it is out.
fn take_first(base: &mut Base) -> Option<Event> {
    if let Some(Event { what: What::Wake(thread), .. }) = base.heap.peek() {
        thread.thread().timed_out.store(true, Relaxed);
    }
    base.heap.pop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU64 as Count;

    /// Tests share this thread-number's base; one at a time.
    static ONE: Mutex<()> = Mutex::new(());

    #[test]
    fn callbacks_come_in_order_and_once() {
        let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
        cpu::set_id(40);
        let order = Arc::new(Mutex::new(Vec::new()));
        let timers: Vec<Timer> = (0..5u64)
            .map(|n| {
                let order = order.clone();
                Timer::new(move |_| {
                    order.lock().unwrap().push(n);
                    None
                })
            })
            .collect();
        for (n, timer) in timers.iter().enumerate() {
            timer.arm(100 - n as u64);
        }
        assert!(timers[2].cancel() && !timers[2].cancel());
        timers[0].arm(1);
        expire();
        expire();
        assert_eq!(*order.lock().unwrap(), [0, 4, 3, 1]);
        assert!(timers.iter().all(|t| !t.is_armed()));
        timers[1].arm(u64::MAX - 1);
        assert_eq!(timers[1].deadline(), Some(LATEST));
    }

    #[test]
    fn a_periodic_timer_goes_on_until_dropped() {
        let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
        cpu::set_id(41);
        let count = Arc::new(Count::new(0));
        let seen = count.clone();
        let timer = Timer::new(move |now| {
            seen.fetch_add(1, Relaxed);
            Some(now + 1_000_000_000_000)
        });
        timer.arm(0);
        expire();
        assert!(timer.is_armed() && count.load(Relaxed) == 1);
        drop(timer);
        assert!(BASES.of(41).lock().heap.is_empty());
        assert_eq!(Arc::strong_count(&count), 1);
    }
}
