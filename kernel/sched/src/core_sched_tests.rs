//! The whole scheduler on the host: each thread is a thread of the host that runs only while it holds a
//! processor's baton, `switch_in` hands the baton over, and two more threads play the idle loops.

use super::*;
use crate::machine::Context;
use crate::{Hooks, Mutex, PollTable, Schedulable, WaitQueue, WaitResult, clock, policy};
use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex as StdMutex, Once as StdOnce};
use std::time::Duration;

struct Baton {
    cpu: usize,
    prev: ThreadRef,
}

struct Player {
    thread: Thread,
    baton: StdMutex<Option<Baton>>,
    handed: Condvar,
}

std::thread_local!(static ME: RefCell<Option<Arc<Player>>> = const { RefCell::new(None) });

/// How many players hold each processor's baton: never more than one.
static HOLDERS: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

fn me() -> Arc<Player> {
    ME.with_borrow(|me| me.clone().expect("a player"))
}

impl Player {
    fn new() -> Arc<Player> {
        let thread = Thread::new(Context::default());
        Arc::new(Player { thread, baton: StdMutex::new(None), handed: Condvar::new() })
    }

    fn take_baton(&self) -> ThreadRef {
        let mut slot = self.baton.lock().unwrap();
        let baton = loop {
            match slot.take() {
                Some(baton) => break baton,
                None => slot = self.handed.wait(slot).unwrap(),
            }
        };
        cpu::set_id(baton.cpu);
        assert_eq!(HOLDERS[baton.cpu].fetch_add(1, SeqCst), 0, "two threads on one processor");
        baton.prev
    }
}

impl Schedulable for Player {
    fn thread(&self) -> &Thread {
        &self.thread
    }

    fn switch_in(self: Arc<Self>) -> ThreadRef {
        let mine = me();
        assert!(!Arc::ptr_eq(&mine, &self));
        let here = cpu::id();
        HOLDERS[here].fetch_sub(1, SeqCst);
        let mut slot = self.baton.lock().unwrap();
        assert!(slot.is_none(), "a thread was resumed twice");
        *slot = Some(Baton { cpu: here, prev: mine.clone() });
        drop(slot);
        self.handed.notify_one();
        mine.take_baton()
    }
}

fn start_machine() {
    static START: StdOnce = StdOnce::new();
    START.call_once(|| {
        crate::set_hooks(Hooks {
            current: || me(),
            with_current: |look| look(&me().thread),
            create_kthread: |_, _, _| None,
            exit_kthread: || crate::exit_current(),
        });
        let (ready, wait) = mpsc::channel();
        for (id, holders) in HOLDERS.iter().enumerate() {
            let ready = ready.clone();
            std::thread::spawn(move || {
                cpu::set_id(id);
                let idle = Player::new();
                ME.set(Some(idle.clone()));
                holders.store(1, SeqCst);
                crate::start_cpu(id, idle);
                ready.send(()).unwrap();
                crate::run_idle(id);
            });
        }
        wait.recv().unwrap();
        wait.recv().unwrap();
    });
}

/// Starts a thread; the channel gets its result.
fn spawn<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> (Arc<Player>, mpsc::Receiver<R>) {
    let player = Player::new();
    let (done, result) = mpsc::channel();
    let mine = player.clone();
    std::thread::spawn(move || {
        ME.set(Some(mine.clone()));
        let irqs = sync::cpu::irq_save();
        drop(mine.take_baton());
        finish_switch();
        irqs.restore();
        drop(mine);
        done.send(work()).unwrap();
        crate::exit_current();
    });
    // The caller is no player: it stands beside the machine, like an interrupt on processor 0.
    crate::enqueue_new(player.clone());
    (player, result)
}

fn finish<R>(result: &mpsc::Receiver<R>) -> R {
    result.recv_timeout(Duration::from_secs(60)).expect("the threads hang")
}

fn step() {
    crate::machine::take_interrupts();
    cond_resched();
}

struct Cell {
    queue: WaitQueue,
    value: AtomicUsize,
}

static CELLS: [Cell; 2] = [const { Cell { queue: WaitQueue::new(), value: AtomicUsize::new(0) } }; 2];

#[test]
fn threads_pass_a_number_to_and_fro() {
    start_machine();
    const ROUNDS: usize = 2_000;
    let side = |mine: usize| {
        move || {
            for round in 1..=ROUNDS {
                if mine == 0 {
                    CELLS[1].value.store(round, SeqCst);
                    CELLS[1].queue.wake_one();
                }
                CELLS[mine].queue.wait_event(|| CELLS[mine].value.load(SeqCst) >= round);
                if mine == 1 {
                    CELLS[0].value.store(round, SeqCst);
                    CELLS[0].queue.wake_one();
                }
                step();
            }
        }
    };
    let (a, b) = (spawn(side(0)), spawn(side(1)));
    finish(&a.1);
    finish(&b.1);
}

#[test]
fn a_mutex_lets_one_in() {
    start_machine();
    static LOCK: Mutex<usize> = Mutex::new(sync::rank::SLEEPING_LEAF, 0);
    let threads: Vec<_> = (0..6)
        .map(|_| {
            spawn(|| {
                for _ in 0..300 {
                    let mut guard = LOCK.lock();
                    let before = *guard;
                    yield_now();
                    *guard = before + 1;
                    drop(guard);
                    step();
                }
            })
        })
        .collect();
    threads.iter().for_each(|t| finish(&t.1));
    // The receiver's view: all players are through.
    assert!(LOCK.try_lock().is_some_and(|n| *n == 1_800));
}

#[test]
fn sleepers_and_pollers_wake_in_time() {
    start_machine();
    static QUEUE: WaitQueue = WaitQueue::new();
    static READY: AtomicBool = AtomicBool::new(false);
    let sleeper = spawn(|| {
        let began = clock::monotonic_ns();
        let how = crate::sleep_until(began + 3_000_000);
        (how, clock::monotonic_ns() - began)
    });
    let timed = spawn(|| QUEUE.wait_event_timeout(Some(clock::monotonic_ns() + 2_000_000), || false));
    let (how, span) = finish(&sleeper.1);
    assert!(how == WaitResult::TimedOut && span >= 3_000_000);
    assert_eq!(finish(&timed.1), WaitResult::TimedOut);
    let poller = spawn(|| {
        let mut table = PollTable::new();
        let mut looks = 0;
        loop {
            table.register(&QUEUE);
            looks += 1;
            if READY.load(SeqCst) {
                return looks;
            }
            assert_eq!(table.wait(None), WaitResult::Ready);
        }
    });
    let waker = spawn(|| {
        crate::sleep_until(clock::monotonic_ns() + 1_000_000);
        READY.store(true, SeqCst);
        QUEUE.wake_all();
    });
    finish(&waker.1);
    assert!((1..=2).contains(&finish(&poller.1)));
}

#[test]
fn affinity_moves_threads_and_priorities_hold() {
    start_machine();
    let (player, result) = spawn(|| {
        let mut seen = Vec::new();
        for turn in 0..20 {
            let target = turn % 2;
            assert!(crate::set_affinity(&crate::current(), cpu::bit(target)));
            cond_resched();
            seen.push(cpu::id() == target);
        }
        assert!(!crate::set_affinity(&crate::current(), 1 << 40));
        let attr =
            crate::SchedAttr { policy: policy::Policy::Fifo, nice: 0, rt_priority: 10, reset_on_fork: false };
        crate::change_attr(&crate::current(), attr);
        (seen, crate::with_current(|t| t.prio()))
    });
    let (seen, prio) = finish(&result);
    assert!(seen.iter().all(|ok| *ok), "{seen:?}");
    assert_eq!(prio, 89);
    assert!(player.thread.switches().0 + player.thread.switches().1 > 0);
}

#[test]
fn shares_follow_the_weights() {
    start_machine();
    static STOP: AtomicBool = AtomicBool::new(false);
    // Both on one processor, which they share by weight: 1024 to 335.
    let hog = |nice: i32| {
        spawn(move || {
            let thread = crate::current();
            crate::set_affinity(&thread, cpu::bit(1));
            crate::change_attr(&thread, crate::SchedAttr { nice, ..thread.thread().sched_attr() });
            while !STOP.load(SeqCst) {
                step();
            }
            thread.thread().cpu_time_ns()
        })
    };
    let (normal, nice) = (hog(0), hog(5));
    std::thread::sleep(Duration::from_millis(300));
    STOP.store(true, SeqCst);
    let ratio = finish(&normal.1) as f64 / finish(&nice.1) as f64;
    assert!((2.0..4.5).contains(&ratio), "{ratio}");
}
