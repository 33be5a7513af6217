//! The kernel's binary: wires the crates together.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
extern crate alloc;

#[cfg(target_os = "none")]
mod cmdline;
#[cfg(target_os = "none")]
mod compat;
#[cfg(target_os = "none")]
mod devices;
#[cfg(target_os = "none")]
mod entry;
#[cfg(target_os = "none")]
mod nmi_stress;
#[cfg(target_os = "none")]
mod shares;
#[cfg(target_os = "none")]
mod start;

#[cfg(not(target_os = "none"))]
fn main() {
    eprintln!("this is a kernel; build it for x86_64-unknown-none (./ferrogate build)");
    std::process::exit(2);
}
