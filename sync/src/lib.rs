//! Locks, RCU and per-CPU data: everything that lets several processors share memory.
//!
//! The crate depends on nothing. It has two faces, chosen by target: the kernel (`target_os = "none"`),
//! where a processor's number comes from the per-CPU segment and interrupts are masked by `cli`, and the
//! host, where a thread stands for a processor, so that the crates above have ordinary unit tests.
//! With `--cfg loom` the atomics are loom's and the protocols are checked over all interleavings.
//!
//! Lock order: every lock has a [`rank::Rank`]; a lock may be taken only while all that this processor
//! holds have a smaller order. Debug builds check it.
#![cfg_attr(target_os = "none", no_std)]

extern crate alloc;

/// `const fn` in ordinary builds, plain `fn` under loom, whose atomics have no const constructor.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        #[cfg(not(loom))] $(#[$meta])* $vis const fn $($rest)*
        #[cfg(loom)] $(#[$meta])* $vis fn $($rest)*
    };
}

mod atomic;
pub mod cpu;
pub mod debug;
mod handle;
pub mod nospec;
mod once;
#[cfg(not(loom))]
pub mod owner;
pub mod percpu;
#[cfg(not(loom))]
mod radix;
pub mod rank;
pub mod rcu;
#[cfg(not(loom))]
mod rcu_arc;
mod seqlock;
#[cfg(not(loom))]
pub mod sleep;
#[cfg(not(loom))]
mod slot_table;
mod spin;

pub use cpu::MAX_CPUS;
pub use handle::Handle;
pub use once::Once;
pub use percpu::PerCpu;
#[cfg(not(loom))]
pub use radix::{RadixGuard, RadixTree, Refused, Spare};
pub use rank::Rank;
#[cfg(not(loom))]
pub use rcu::RcuGuard;
#[cfg(not(loom))]
pub use rcu_arc::{DeferredArc, RcuArc};
pub use seqlock::{SeqCount, SeqLock};
#[cfg(not(loom))]
pub use slot_table::{OutOfMemory, SlotTable};
pub use spin::{IrqSpinGuard, IrqSpinLock, RawSpin, SpinGuard, SpinLock};

#[cfg(all(test, loom))]
mod loom_tests;
