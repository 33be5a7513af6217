//! The handlers of all system calls, grouped by area, and the generated table in front of them.
//!
//! A handler is a plain function: it checks and unpacks its arguments and calls down. Registers become
//! typed arguments in thunks (`__x64_sys_write`) that `build.rs` makes from the table; a handler whose
//! signature differs from its row does not compile.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod adjtime;
pub mod advice;
pub mod attr;
pub mod compat;
pub mod copy;
pub mod dir;
pub mod epoll;
mod extensible;
pub mod fcntl;
pub mod file;
pub mod fs_info;
pub mod futex;
pub mod futex2;
pub mod identity;
pub mod inotify;
pub mod ioport;
pub mod ioprio;
pub mod itimer;
pub mod klog;
pub mod membarrier;
pub mod memfd;
pub mod mempolicy;
pub mod mm;
pub mod mount;
pub mod open;
mod path_arg;
pub mod pidfd;
pub mod poll;
pub mod posix_timer;
pub mod prctl;
mod prctl_mm;
pub mod priority;
pub mod process;
mod remote;
pub mod sched;
pub mod sched_attr;
pub mod segments;
pub mod signal;
pub mod signalfd;
pub mod sleep;
pub mod socket;
pub mod socket_io;
pub mod splice;
pub mod stat;
pub mod system;
pub mod time;
pub mod timerfd;
pub mod xattr;

/// The dispatch table and the thunks.
pub mod dispatch {
    use ::{mm, process};

    hal::export_fn! {
        /// Numbers that nothing answers.
        pub extern "C" fn __x64_sys_ni_syscall(_regs: &mut hal::PtRegs) -> i64 {
            -i64::from(abi::Errno::ENOSYS.code())
        }
    }

    include!(concat!(env!("OUT_DIR"), "/dispatch.rs"));
}
