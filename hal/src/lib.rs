//! The gate and the machine: everything that only the processor can do, behind an interface that
//! needs no `unsafe` to use. The only crate besides `sync` that has unsafe code.
//!
//! On the developer's machine (any target with an operating system) frames come from the heap, page
//! tables are a map, and programs' memory is an arena, so that the crates above have unit tests.
//!
//! Locks, all of them taken with interrupts off, outermost first: the IOAPICs → handlers by line, ACPI's findings →
//! free kernel stacks → the kernel's page tables → the heap's shared lists → free frames → the log → the serial port.
//! TLB requests between processors are atomics. Nothing here sleeps.
#![cfg_attr(target_os = "none", no_std)]
#![allow(unsafe_code)]
#![allow(clippy::result_unit_err, reason = "a copy that fails has nothing to say but that it failed")]
#![cfg_attr(not(target_os = "none"), allow(dead_code, reason = "the host uses less of the machine"))]

extern crate alloc;

mod calibrate;
pub mod dwarf;
pub mod entropy;
pub mod export;
mod io_bitmap;
pub mod ldt;
pub mod mem;
pub mod regs;
pub mod virtio;

#[cfg(target_os = "none")]
mod acpi;
#[cfg(target_os = "none")]
mod apic;
#[cfg(target_os = "none")]
pub mod boot;
#[cfg(target_os = "none")]
pub mod bugs;
#[cfg(target_os = "none")]
pub mod cpu;
#[cfg(target_os = "none")]
mod entry;
#[cfg(target_os = "none")]
pub mod fpu;
#[cfg(target_os = "none")]
mod gdt;
#[cfg(target_os = "none")]
mod idt;
#[cfg(target_os = "none")]
pub mod ipi;
#[cfg(target_os = "none")]
pub mod irq;
#[cfg(target_os = "none")]
pub mod log;
#[cfg(target_os = "none")]
mod msr;
#[cfg(target_os = "none")]
pub mod nmi;
#[cfg(target_os = "none")]
pub mod panic;
#[cfg(target_os = "none")]
mod pci;
#[cfg(target_os = "none")]
mod percpu;
#[cfg(target_os = "none")]
pub mod pkru;
#[cfg(target_os = "none")]
pub mod power;
#[cfg(target_os = "none")]
pub mod rng;
#[cfg(target_os = "none")]
pub mod serial;
#[cfg(target_os = "none")]
pub mod smp;
#[cfg(target_os = "none")]
pub mod symbols;
#[cfg(target_os = "none")]
pub mod thread;
#[cfg(target_os = "none")]
pub mod time;
#[cfg(target_os = "none")]
mod trap;
#[cfg(target_os = "none")]
pub mod uaccess;
#[cfg(target_os = "none")]
mod upcalls;

#[cfg(not(target_os = "none"))]
mod host;
#[cfg(not(target_os = "none"))]
pub use host::*;

#[cfg(target_os = "none")]
pub use entry::ia32_enabled;
pub use regs::PtRegs;
pub use sync::nospec;

/// There are no doors here to be closed.
#[cfg(not(target_os = "none"))]
pub fn ia32_enabled() -> bool {
    true
}

/// A slot of the system-call table.
pub type SyscallFn = extern "C" fn(&mut PtRegs) -> i64;
