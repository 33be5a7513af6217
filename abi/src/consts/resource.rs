//! Constants of getrlimit(2), getrusage(2), getpriority(2).
/// Resources: `RLIMIT_CPU`.
pub const RLIMIT_CPU: u32 = 0;
/// Resources: `RLIMIT_FSIZE`.
pub const RLIMIT_FSIZE: u32 = 1;
/// Resources: `RLIMIT_DATA`.
pub const RLIMIT_DATA: u32 = 2;
/// Resources: `RLIMIT_STACK`.
pub const RLIMIT_STACK: u32 = 3;
/// Resources: `RLIMIT_CORE`.
pub const RLIMIT_CORE: u32 = 4;
/// Resources: `RLIMIT_RSS`.
pub const RLIMIT_RSS: u32 = 5;
/// Resources: `RLIMIT_NPROC`.
pub const RLIMIT_NPROC: u32 = 6;
/// Resources: `RLIMIT_MEMLOCK`.
pub const RLIMIT_MEMLOCK: u32 = 8;
/// Resources: `RLIMIT_AS`.
pub const RLIMIT_AS: u32 = 9;
/// Resources: `RLIMIT_LOCKS`.
pub const RLIMIT_LOCKS: u32 = 0xa;
/// Resources: `RLIMIT_SIGPENDING`.
pub const RLIMIT_SIGPENDING: u32 = 0xb;
/// Resources: `RLIMIT_MSGQUEUE`.
pub const RLIMIT_MSGQUEUE: u32 = 0xc;
/// Resources: `RLIMIT_NICE`.
pub const RLIMIT_NICE: u32 = 0xd;
/// Resources: `RLIMIT_RTPRIO`.
pub const RLIMIT_RTPRIO: u32 = 0xe;
/// Resources: `RLIMIT_RTTIME`.
pub const RLIMIT_RTTIME: u32 = 0xf;
/// Resources: `RLIMIT_NLIMITS`.
pub const RLIMIT_NLIMITS: u32 = 0x10;

/// Whose usage: `RUSAGE_SELF`.
pub const RUSAGE_SELF: i32 = 0;
/// Whose usage: `RUSAGE_LWP`.
pub const RUSAGE_LWP: i32 = 1;
/// Whose usage: `RUSAGE_THREAD`.
pub const RUSAGE_THREAD: i32 = 1;
/// Whose usage: `RUSAGE_CHILDREN`.
pub const RUSAGE_CHILDREN: i32 = -1;

/// Whose priority: `PRIO_PROCESS`.
pub const PRIO_PROCESS: i32 = 0;
/// Whose priority: `PRIO_PGRP`.
pub const PRIO_PGRP: i32 = 1;
/// Whose priority: `PRIO_USER`.
pub const PRIO_USER: i32 = 2;
/// Whose priority: `PRIO_MAX`.
pub const PRIO_MAX: i32 = 20;
/// Whose priority: `PRIO_MIN`.
pub const PRIO_MIN: i32 = -20;
/// Resources: `RLIMIT_NOFILE`.
pub const RLIMIT_NOFILE: u32 = 7;
