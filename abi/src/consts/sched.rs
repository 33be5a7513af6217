//! Constants of clone(2), sched(7).
/// clone flags: `CLONE_NEWTIME`.
pub const CLONE_NEWTIME: u64 = 0x80;
/// clone flags: `CLONE_VM`.
pub const CLONE_VM: u64 = 0x100;
/// clone flags: `CLONE_FS`.
pub const CLONE_FS: u64 = 0x200;
/// clone flags: `CLONE_FILES`.
pub const CLONE_FILES: u64 = 0x400;
/// clone flags: `CLONE_SIGHAND`.
pub const CLONE_SIGHAND: u64 = 0x800;
/// clone flags: `CLONE_PIDFD`.
pub const CLONE_PIDFD: u64 = 0x1000;
/// clone flags: `CLONE_PTRACE`.
pub const CLONE_PTRACE: u64 = 0x2000;
/// clone flags: `CLONE_VFORK`.
pub const CLONE_VFORK: u64 = 0x4000;
/// clone flags: `CLONE_PARENT`.
pub const CLONE_PARENT: u64 = 0x8000;
/// clone flags: `CLONE_THREAD`.
pub const CLONE_THREAD: u64 = 0x10000;
/// clone flags: `CLONE_NEWNS`.
pub const CLONE_NEWNS: u64 = 0x20000;
/// clone flags: `CLONE_SYSVSEM`.
pub const CLONE_SYSVSEM: u64 = 0x40000;
/// clone flags: `CLONE_SETTLS`.
pub const CLONE_SETTLS: u64 = 0x80000;
/// clone flags: `CLONE_PARENT_SETTID`.
pub const CLONE_PARENT_SETTID: u64 = 0x100000;
/// clone flags: `CLONE_CHILD_CLEARTID`.
pub const CLONE_CHILD_CLEARTID: u64 = 0x200000;
/// clone flags: `CLONE_DETACHED`.
pub const CLONE_DETACHED: u64 = 0x400000;
/// clone flags: `CLONE_UNTRACED`.
pub const CLONE_UNTRACED: u64 = 0x800000;
/// clone flags: `CLONE_CHILD_SETTID`.
pub const CLONE_CHILD_SETTID: u64 = 0x1000000;
/// clone flags: `CLONE_NEWCGROUP`.
pub const CLONE_NEWCGROUP: u64 = 0x2000000;
/// clone flags: `CLONE_NEWUTS`.
pub const CLONE_NEWUTS: u64 = 0x4000000;
/// clone flags: `CLONE_NEWIPC`.
pub const CLONE_NEWIPC: u64 = 0x8000000;
/// clone flags: `CLONE_NEWUSER`.
pub const CLONE_NEWUSER: u64 = 0x10000000;
/// clone flags: `CLONE_NEWPID`.
pub const CLONE_NEWPID: u64 = 0x20000000;
/// clone flags: `CLONE_NEWNET`.
pub const CLONE_NEWNET: u64 = 0x40000000;
/// clone flags: `CLONE_IO`.
pub const CLONE_IO: u64 = 0x80000000;

/// Scheduling policies: `SCHED_OTHER`.
pub const SCHED_OTHER: i32 = 0;
/// Scheduling policies: `SCHED_FIFO`.
pub const SCHED_FIFO: i32 = 1;
/// Scheduling policies: `SCHED_RR`.
pub const SCHED_RR: i32 = 2;
/// Scheduling policies: `SCHED_BATCH`.
pub const SCHED_BATCH: i32 = 3;
/// Scheduling policies: `SCHED_ISO`.
pub const SCHED_ISO: i32 = 4;
/// Scheduling policies: `SCHED_IDLE`.
pub const SCHED_IDLE: i32 = 5;
/// Scheduling policies: `SCHED_DEADLINE`.
pub const SCHED_DEADLINE: i32 = 6;
/// Scheduling policies: `SCHED_RESET_ON_FORK`.
pub const SCHED_RESET_ON_FORK: i32 = 0x40000000;
