//! Starting the other processors (SDM vol. 3, 9.4.4 "MP initialization example").

use core::sync::atomic::{AtomicU32, Ordering};

use crate::mem::{DIRECT_MAP, KernelStack};
use crate::{acpi, apic, cpu, kerror, percpu, time};

/// Where the trampoline is copied: a page below 1 MiB that firmware leaves alone.
const TRAMPOLINE: u64 = 0x8000;
/// How long a processor may take to arrive.
const PATIENCE_NS: u64 = 200_000_000;

/// See `start`.
const TURN_NS: u64 = 50_000;

static ARRIVED: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    static ap_trampoline: u8;
    static ap_trampoline_end: u8;
    static mut ap_stack: u64;
    static mut ap_cpu: u32;
}

/// Starts every processor that the firmware lists, up to `maxcpus=` of the command line. They end up in
/// the upcall `secondary_main`. One that does not come is reported and left out. Returns how many run.
pub fn start_secondaries() -> u32 {
    let limit = crate::boot::option("maxcpus").and_then(|n| n.parse().ok()).unwrap_or(u32::MAX).max(1);
    let topology = acpi::topology();
    let own = percpu::of(0).apic_id.load(Ordering::Relaxed);
    // SAFETY: the trampoline is position-independent up to its far jump, and the page is unused RAM.
    unsafe {
        let len = (&raw const ap_trampoline_end).offset_from(&raw const ap_trampoline) as usize;
        core::ptr::copy_nonoverlapping(&raw const ap_trampoline, (DIRECT_MAP + TRAMPOLINE) as *mut u8, len);
    }
    let others = topology.apic_ids[..topology.cpus].iter().copied().filter(|id| *id != own);
    let mut running = 1;
    for apic_id in others {
        if running >= limit {
            break;
        }
        if start(running, apic_id) {
            running += 1;
        } else {
            kerror!("smp: the processor with APIC ID {apic_id} does not start; going on without it");
        }
    }
    running
}

fn start(number: u32, apic_id: u32) -> bool {
    let Some(stack) = KernelStack::new() else { return false };
    percpu::of(number as usize).apic_id.store(apic_id, Ordering::Relaxed);
    // SAFETY: processors are started one at a time, and the words are read before `arrived`.
    unsafe {
        ap_stack = stack.top();
        ap_cpu = number;
    }
    cpu::set_count(number + 1);
    // QEMU's instruction counter charges a processor that is reset with all that was left of its turn, which ends
    // at the next timer: one that is near keeps boot's count true. The scheduler takes it for one of its own.
    time::set_timer(time::now_ns() + TURN_NS);
    apic::send_init(apic_id);
    for _ in 0..2 {
        apic::send_startup(apic_id, (TRAMPOLINE >> 12) as u8);
        let deadline = time::now_ns() + PATIENCE_NS / 2;
        while time::now_ns() < deadline {
            if ARRIVED.load(Ordering::Acquire) >= number {
                // The stack is the processor's for ever.
                core::mem::forget(stack);
                return true;
            }
            core::hint::spin_loop();
        }
    }
    cpu::set_count(number);
    false
}

/// Called by the processor that was started.
pub(crate) fn arrived(number: u32) {
    time::init_cpu();
    ARRIVED.store(number, Ordering::Release);
}
