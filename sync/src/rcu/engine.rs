//! Grace periods. The state is six words; the plain path of a quiescent moment reads one of them.
//!
//! A grace period has a number. `started` and `completed` differ by one while one runs. `pending` is the set of
//! processors that it still waits for: it begins as all that are online and not idle, each removes itself at
//! a quiescent moment, and the one that empties it ends the grace period and begins the next if `needed`
//! asks for it.

use crate::atomic::{AtomicU64, Ordering, fence};
use crate::cpu::{bit, irq_save};
use crate::spin::RawSpin;

/// The machine of grace periods for at most 64 processors.
pub struct Engine {
    pending: AtomicU64,
    started: AtomicU64,
    completed: AtomicU64,
    needed: AtomicU64,
    online: AtomicU64,
    idle: AtomicU64,
    gate: RawSpin,
}

impl Engine {
    const_unless_loom! {
        /// No processor online, nothing asked for.
        #[allow(clippy::new_without_default)]
        pub const fn new() -> Self {
            Engine {
                pending: AtomicU64::new(0),
                started: AtomicU64::new(0),
                completed: AtomicU64::new(0),
                needed: AtomicU64::new(0),
                online: AtomicU64::new(0),
                idle: AtomicU64::new(0),
                gate: RawSpin::new(),
            }
        }
    }

    /// The number of the first grace period that begins after this call: when it is [`done`](Self::done), all
    /// that was unlinked before this call is out of every reader's reach.
    pub fn snapshot(&self) -> u64 {
        // Orders the caller's unlinking before the look at `started`: if a later grace period's start did
        // not make it into what we read, its start fence comes after ours and so sees the unlinking.
        fence(Ordering::SeqCst);
        self.started.load(Ordering::Relaxed) + 1
    }

    /// Asks for the grace period `number` to run.
    pub fn request(&self, number: u64) {
        self.needed.fetch_max(number, Ordering::AcqRel);
        self.start_if_needed();
    }

    /// Whether the grace period `number` is over.
    #[inline]
    pub fn done(&self, number: u64) -> bool {
        self.completed.load(Ordering::Acquire) >= number
    }

    /// The newest grace period that is over.
    pub fn completed(&self) -> u64 {
        self.completed.load(Ordering::Acquire)
    }

    /// The processors that the running grace period waits for.
    #[inline]
    pub fn pending(&self) -> u64 {
        self.pending.load(Ordering::Relaxed)
    }

    /// `cpu` reads nothing at this moment.
    #[inline(always)]
    pub fn quiescent(&self, cpu: usize) {
        if self.pending.load(Ordering::Relaxed) & bit(cpu) != 0 {
            self.report(bit(cpu));
        }
    }

    /// `cpu` takes part from now on.
    pub fn online(&self, cpu: usize) {
        self.online.fetch_or(bit(cpu), Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// `cpu` reads nothing until [`idle_exit`](Self::idle_exit).
    #[inline]
    pub fn idle_enter(&self, cpu: usize) {
        self.idle.fetch_or(bit(cpu), Ordering::SeqCst);
        fence(Ordering::SeqCst);
        self.quiescent(cpu);
    }

    /// `cpu` may read again.
    #[inline]
    pub fn idle_exit(&self, cpu: usize) {
        self.idle.fetch_and(!bit(cpu), Ordering::SeqCst);
        // A grace period that still took this processor for idle has its start fence before this one, so
        // the reads that follow see what was unlinked before it.
        fence(Ordering::SeqCst);
    }

    /// Whether `cpu` is idle; only `cpu` itself gets a lasting answer.
    #[inline(always)]
    pub fn is_idle(&self, cpu: usize) -> bool {
        self.idle.load(Ordering::Relaxed) & bit(cpu) != 0
    }

    #[cold]
    fn report(&self, bits: u64) {
        if self.remove(bits) {
            self.complete();
            self.start_if_needed();
        }
    }

    /// The set ran empty: the grace period is over. Exactly one caller gets here for each.
    fn complete(&self) {
        let number = self.started.load(Ordering::Relaxed);
        self.completed.store(number, Ordering::Release);
    }

    /// Starts the next grace period if one is asked for and none runs.
    fn start_if_needed(&self) {
        // A tick's handler starts grace periods too: it must not find the gate closed by what it interrupted.
        let irqs = irq_save();
        self.gate.lock();
        while self.may_start() && self.start() {}
        self.gate.unlock();
        irqs.restore();
    }

    fn may_start(&self) -> bool {
        let completed = self.completed.load(Ordering::Acquire);
        self.started.load(Ordering::Relaxed) == completed && self.needed.load(Ordering::Acquire) > completed
    }

    /// Starts a grace period, with the gate held; true if it was over at once.
    fn start(&self) -> bool {
        let number = self.started.load(Ordering::Relaxed) + 1;
        self.started.store(number, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let wait_for = self.online.load(Ordering::SeqCst) & !self.idle.load(Ordering::SeqCst);
        if wait_for == 0 {
            self.complete();
            return true;
        }
        self.pending.store(wait_for, Ordering::Release);
        // A processor that went idle after it was counted, and looked before it could see itself in the
        // set, reports nothing any more: it is taken out here. The gate keeps the next grace period from
        // starting in between.
        fence(Ordering::SeqCst);
        let gone = wait_for & self.idle.load(Ordering::SeqCst);
        let over = gone != 0 && self.remove(gone);
        if over {
            self.complete();
        }
        over
    }

    /// Takes processors out of the set; true if that emptied it.
    fn remove(&self, bits: u64) -> bool {
        let before = self.pending.fetch_and(!bits, Ordering::AcqRel);
        before & bits != 0 && before & !bits == 0
    }
}
