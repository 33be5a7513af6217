//! The lock order, all of it, in one file.
//!
//! A lock may be taken only while every lock that is already held has a smaller order. Three bands:
//! sleeping locks come first (they may be held while anything else is taken), then plain spin locks,
//! then spin locks that interrupt handlers take (they may be taken at any moment, so nothing of the
//! other bands may be taken under them). Gaps are left for what is to come.

/// A place in the lock order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    /// Position; smaller is taken earlier.
    pub order: u16,
    /// What the lock protects, for the report of a violation.
    pub name: &'static str,
}

/// First order of the plain spin locks.
pub const SPIN_BAND: u16 = 200;
/// First order of the spin locks that interrupt handlers may take.
pub const IRQ_BAND: u16 = 400;

macro_rules! ranks {
    ($($order:literal $name:ident $doc:literal;)*) => {
        $(#[doc = $doc] pub const $name: Rank = Rank { order: $order, name: stringify!($name) };)*
        /// Every rank, in order.
        pub const ALL: &[Rank] = &[$($name),*];
    };
}

ranks! {
    // Sleeping locks.
    20 FILE_POS "A shared open file's position.";
    21 EPOLL_NESTING "Which epoll set watches which.";
    22 EPOLL "An epoll set's files; each is asked under it.";
    23 EPOLL_PARENTS "The sets that watch an epoll set.";
    24 SOCKET_BIND "A socket that is being given a name.";
    25 MOUNT "The mount tree.";
    26 PIPE "A pipe's ring.";
    27 TOP_RENAME "RENAME of an overlay that stands on an overlay.";
    28 TOP_INODE "INODE of an overlay that stands on an overlay.";
    29 TOP_COPY_UP "COPY_UP of an overlay that stands on an overlay.";
    31 OVERLAY_RENAME "RENAME of an overlay.";
    32 OVERLAY_INODE "INODE of an overlay.";
    33 COPY_UP "One copy-up of an overlay's file at a time.";
    35 RENAME "Renames between directories of one file system, one at a time.";
    40 INODE "An inode's content or a directory's entries (i_rwsem).";
    55 DIR_ENTRIES "A directory's table of names in its file system.";
    62 SOCKET_READ "Reading from a socket, one at a time.";
    64 SOCKET_FLIGHT "The files that are in sockets' messages.";
    80 MMAP "An address space's areas (mmap_lock).";
    90 MAPPING "A file's cached pages: invalidation and filling.";
    100 NTP "How the clock is steered (adjtimex).";
    190 SLEEPING_LEAF "A sleeping lock under which no other sleeping lock is taken.";
    // Plain spin locks: never taken by interrupt handlers.
    200 TASKLIST "Parents, children, groups and sessions of tasks.";
    206 CHILDREN "A process's children.";
    207 ACCOUNTS "Usage of a process's exited threads and children.";
    210 TASK "What of a task is used seldom.";
    215 FILES "A descriptor table.";
    230 SUPER_LIST "The lists of file systems and super blocks.";
    240 DENTRY_HASH "A bucket of the dentry cache.";
    245 SOCKET "A socket's state and messages.";
    247 SOCKET_FILES "The files of one message.";
    250 SOCKET_NAMES "Abstract names of sockets; the list of all sockets.";
    260 INODE_HASH "The inode cache.";
    265 INODE_LOCK "What stands behind an inode: a FIFO's pipe, a bound socket.";
    270 FS_PRIVATE "A file system's own tables; the file locks on an inode.";
    280 FUTEX_BUCKET "A bucket of waiters for user-space words.";
    284 PI_GRAPH "Who waits for which lock with priority inheritance, and who holds it.";
    285 PI_THREAD "What one thread holds and waits for.";
    286 PI_LOCK "One lock with priority inheritance; taken under PI_GRAPH only.";
    290 VMA_LIST "The address spaces that map a file.";
    295 MAPPING_TREE "A file's page index.";
    300 PAGE_TABLE "One address space's page tables.";
    310 PAGE_LRU "The lists that reclaim walks.";
    315 CHRDEV "Registered devices.";
    320 CONFIG "Small tables set up at boot.";
    335 RANDOM "The random generator's state.";
    390 SPIN_LEAF "A plain spin lock under which no other plain spin lock is taken.";
    // Interrupt-safe spin locks.
    400 SIGHAND "A process's threads, exit and stop; sending it signals.";
    401 SIGNAL_ACTIONS "What a process does about signals (shared by CLONE_SIGHAND).";
    402 SIGNAL_QUEUE "One list of pending signals.";
    405 ITIMER "Interval timers of a process.";
    410 TTY_INPUT "A terminal's received characters.";
    420 DEVICE "A device's registers and queues.";
    430 WAIT_QUEUE "A queue of sleeping threads.";
    435 WAIT_QUEUE_NESTED "A queue woken from within another queue's wake-up.";
    436 EPOLL_READY "The ready list of an epoll set.";
    437 POLL_NODE "Whom a poll over several queues wakes.";
    438 TIMER_FILE "A timerfd\'s state.";
    440 TIMER "A processor's timers.";
    450 RUN_QUEUE "A processor's runnable threads.";
    470 IRQ "Interrupt handlers and lines.";
    480 KERNEL_AREA "Kernel address space (stacks).";
    485 TLB "The kernel's own page tables.";
    490 HEAP "The allocator of small objects.";
    500 FRAME "The allocator of page frames.";
    510 RCU "Grace periods and deferred work.";
    515 SLOT_TABLE "One slot table's array.";
    590 IRQ_LEAF "An interrupt-safe lock under which only the log is written.";
    600 LOG "The kernel's log ring.";
    610 SERIAL "The serial port, for the log.";
}

/// Ranks of one lock by how deep its file system stands on others (an overlay is 1, one on an overlay 2).
pub type Stacked = [Rank; 3];
/// Of the locks on renames.
pub const RENAMES: Stacked = [RENAME, OVERLAY_RENAME, TOP_RENAME];
/// Of the inodes' locks.
pub const INODES: Stacked = [INODE, OVERLAY_INODE, TOP_INODE];
/// Of an overlay's locks on copy-ups.
pub const COPY_UPS: Stacked = [COPY_UP, COPY_UP, TOP_COPY_UP];

/// The rank at a depth; the deepest that there is for one beyond.
#[inline]
pub const fn stacked(ranks: &Stacked, depth: u32) -> Rank {
    match depth {
        0 => ranks[0],
        1 => ranks[1],
        _ => ranks[2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_rise_and_names_differ() {
        for pair in ALL.windows(2) {
            assert!(pair[0].order < pair[1].order, "{:?}", pair);
            assert_ne!(pair[0].name, pair[1].name);
        }
        let first_from = |order| ALL.iter().find(|rank| rank.order >= order);
        assert_eq!(first_from(SPIN_BAND), Some(&TASKLIST));
        assert_eq!(first_from(IRQ_BAND), Some(&SIGHAND));
    }
}
