use super::*;
use crate::machine::Context;
use crate::{Policy, Schedulable};

struct Still(Thread);

impl Schedulable for Still {
    fn thread(&self) -> &Thread {
        &self.0
    }

    fn switch_in(self: Arc<Self>) -> ThreadRef {
        unreachable!("it never runs")
    }
}

/// A thread of real-time priority `rt`, of SCHED_OTHER for 0.
fn thread(rt: u32) -> ThreadRef {
    let thread: ThreadRef = Arc::new(Still(Thread::new(Context::default())));
    set_priority(&thread, rt);
    thread
}

fn set_priority(thread: &ThreadRef, rt: u32) {
    let policy = if rt == 0 { Policy::Normal } else { Policy::Fifo };
    change_attr(thread, SchedAttr { policy, nice: 0, rt_priority: rt, reset_on_fork: false });
}

fn prio(thread: &ThreadRef) -> i32 {
    thread.thread().prio()
}

fn wait_for(lock: &Arc<PiLock>, thread: &ThreadRef, tid: u32) -> Arc<PiTicket> {
    let ticket = PiTicket::new(tid);
    assert_eq!(lock.enqueue(thread, &ticket), Ok(()));
    ticket
}

#[test]
fn holders_run_with_the_best_waiter_s_priority() {
    let (owner, low, high) = (thread(0), thread(5), thread(50));
    let lock = PiLock::held_by(0, &owner, 1).unwrap();
    let a = wait_for(&lock, &low, 2);
    assert_eq!(prio(&owner), 94);
    let b = wait_for(&lock, &high, 3);
    assert_eq!((prio(&owner), owner.thread().policy()), (49, Policy::Normal));
    assert!(lock.withdraw(&high, &b));
    assert_eq!((prio(&owner), lock.next_tid()), (94, Some(2)));
    lock.hand_over(false);
    assert!(a.granted() && !a.orphaned() && lock.is_held_by(&low));
    assert_eq!((prio(&owner), prio(&low), lock.owner_tid()), (120, 94, 2));
    assert!(!lock.withdraw(&low, &a));
    lock.forget();
    assert!(first_held(low.thread()).is_none());
}

#[test]
fn chains_pass_it_on_and_circles_are_refused() {
    let (a, b, c) = (thread(0), thread(0), thread(0));
    let of_a = PiLock::held_by(0, &a, 1).unwrap();
    let of_b = PiLock::held_by(0, &b, 2).unwrap();
    let of_c = PiLock::held_by(0, &c, 3).unwrap();
    wait_for(&of_a, &b, 2);
    wait_for(&of_b, &c, 3);
    assert_eq!(of_c.enqueue(&a, &PiTicket::new(1)), Err(Refused::Deadlock));
    assert_eq!(of_a.enqueue(&a, &PiTicket::new(1)), Err(Refused::Deadlock));
    let high = thread(30);
    let ticket = wait_for(&of_c, &high, 4);
    assert_eq!((prio(&a), prio(&b), prio(&c)), (69, 69, 69));
    // A waiter's own change goes the same way, in both directions.
    set_priority(&high, 60);
    assert_eq!((prio(&a), prio(&b), prio(&c)), (39, 39, 39));
    set_priority(&b, 70);
    assert_eq!((prio(&a), prio(&b), prio(&c)), (29, 29, 39));
    set_priority(&b, 0);
    set_priority(&high, 0);
    assert_eq!((prio(&a), prio(&b), prio(&c)), (120, 120, 120));
    assert!(of_c.withdraw(&high, &ticket));
}

#[test]
fn equals_get_it_in_the_order_in_which_they_came() {
    let owner = thread(1);
    let lock = PiLock::held_by(7, &owner, 9).unwrap();
    let waiters = [(0, 1), (10, 2), (10, 3), (0, 4), (90, 5)].map(|(rt, tid)| {
        let thread = thread(rt);
        (wait_for(&lock, &thread, tid), thread)
    });
    let mut order = Vec::new();
    for _ in &waiters {
        order.extend(lock.next_tid());
        lock.hand_over(false);
    }
    assert_eq!((order, lock.tag), (vec![5, 2, 3, 1, 4], 7));
    assert_eq!(prio(&owner), 98);
    lock.forget();
}

#[test]
fn the_ending_hold_nothing_new() {
    let (owner, next) = (thread(0), thread(20));
    let lock = PiLock::held_by(0, &owner, 1).unwrap();
    let ticket = wait_for(&lock, &next, 2);
    set_life(owner.thread(), Life::Exiting);
    assert_eq!(PiLock::held_by(0, &owner, 1).err(), Some(Life::Exiting));
    while let Some(held) = first_held(owner.thread()) {
        held.hand_over(true);
    }
    set_life(owner.thread(), Life::Dead);
    assert_eq!(life(owner.thread()), Life::Dead);
    assert!(ticket.orphaned() && prio(&owner) == 120);
    lock.forget();
}
