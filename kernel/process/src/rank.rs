//! This crate's places in the lock order; the order itself stands in [`sync::rank`].

pub(crate) use sync::rank::SPIN_LEAF as CORE_RECORDS;
pub(crate) use sync::rank::{ACCOUNTS, CHILDREN, ITIMER, SIGNAL_ACTIONS, SIGNAL_QUEUE};
pub(crate) use sync::rank::{SIGHAND as SIGNAL, SPIN_LEAF as TTY_SLOT, SPIN_LEAF as USERS};
pub(crate) use sync::rank::{TASK as RARE, TASKLIST as TREE};
