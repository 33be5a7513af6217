//! What each processor has of its own, reached through the GS base.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};

use sync::cpu::MAX_CPUS;

/// A count of a task that was switched away from, and what drops it.
pub(crate) type Left = (*const (), fn(*const ()));

/// A processor's own data. The entry code and `sync` know the offsets of the first fields.
#[repr(C, align(64))]
pub struct PerCpu {
    /// +0: its own address.
    pub(crate) self_ptr: UnsafeCell<u64>,
    /// +8: the processor's number.
    pub(crate) cpu: UnsafeCell<u32>,
    /// +12: its local APIC ID.
    pub(crate) apic_id: AtomicU32,
    /// +16: the program's stack pointer while the entry stub switches stacks.
    pub(crate) user_rsp: UnsafeCell<u64>,
    /// +24: top of the running thread's kernel stack.
    pub(crate) stack_top: UnsafeCell<u64>,
    /// +32: the running task.
    pub(crate) current: UnsafeCell<*const ()>,
    /// +40: its work flags.
    pub(crate) flags: UnsafeCell<*const AtomicU32>,
    /// +48: the running context.
    pub(crate) context: UnsafeCell<*const crate::thread::Context>,
    /// +56: with `pti=on`, top of the stack on which user mode's page tables are left and entered.
    pub(crate) entry_stack: UnsafeCell<u64>,
    /// +64: with `pti=on`, a register while they are entered.
    pub(crate) scratch: UnsafeCell<u64>,
    /// +72: with `pti=on`, what is added to CR3 for them.
    pub(crate) cr3_bits: AtomicU64,
    /// Where the stack for exceptions from user mode is named.
    pub(crate) rsp0: UnsafeCell<*mut u64>,
    /// Where it is named with `pti=on`, when it is always the same.
    pub(crate) unused_rsp0: UnsafeCell<u64>,
    /// Its task-state segment.
    pub(crate) tss: UnsafeCell<*mut crate::gdt::Tss>,
    /// The words at the bottom of the NMIs' stack.
    pub(crate) nmi_words: UnsafeCell<*const [AtomicU64; 3]>,
    /// The loaded address space; none for the kernel's own root.
    pub(crate) mm: UnsafeCell<Option<crate::mem::MmToken>>,
    /// What it may have translations of.
    pub(crate) tlb: crate::mem::loaded::Loaded,
    /// The task that was just switched away from, and how to drop a count of it.
    pub(crate) prev: UnsafeCell<Option<Left>>,
    /// Interrupt handlers that run.
    pub(crate) irq_depth: AtomicU32,
    /// Faults at a program's addresses are not repaired: its copies fail instead.
    pub(crate) faults_off: AtomicBool,
}

// SAFETY: the cells are written by their own processor only (or before it runs); the rest are atomics.
unsafe impl Sync for PerCpu {}

/// Offsets for the entry stubs.
pub(crate) const USER_RSP: usize = 16;
pub(crate) const STACK_TOP: usize = 24;
pub(crate) const CURRENT: usize = 32;
pub(crate) const FLAGS: usize = 40;
const _: () = assert!(core::mem::offset_of!(PerCpu, user_rsp) == USER_RSP);
const _: () = assert!(core::mem::offset_of!(PerCpu, stack_top) == STACK_TOP);
const _: () = assert!(core::mem::offset_of!(PerCpu, current) == CURRENT);
const _: () = assert!(core::mem::offset_of!(PerCpu, flags) == FLAGS);

const _: () = assert!(core::mem::offset_of!(PerCpu, entry_stack) == 56);
const _: () = assert!(core::mem::offset_of!(PerCpu, scratch) == 64);
const _: () = assert!(core::mem::offset_of!(PerCpu, cr3_bits) == 72);

static NO_FLAGS: AtomicU32 = AtomicU32::new(0);

static AREAS: [PerCpu; MAX_CPUS] = [const {
    PerCpu {
        self_ptr: UnsafeCell::new(0),
        cpu: UnsafeCell::new(0),
        apic_id: AtomicU32::new(0),
        user_rsp: UnsafeCell::new(0),
        stack_top: UnsafeCell::new(0),
        current: UnsafeCell::new(core::ptr::null()),
        flags: UnsafeCell::new(&NO_FLAGS),
        context: UnsafeCell::new(core::ptr::null()),
        entry_stack: UnsafeCell::new(0),
        scratch: UnsafeCell::new(0),
        cr3_bits: AtomicU64::new(0),
        rsp0: UnsafeCell::new(core::ptr::null_mut()),
        unused_rsp0: UnsafeCell::new(0),
        tss: UnsafeCell::new(core::ptr::null_mut()),
        nmi_words: UnsafeCell::new(core::ptr::null()),
        mm: UnsafeCell::new(None),
        tlb: crate::mem::loaded::Loaded::new(),
        prev: UnsafeCell::new(None),
        irq_depth: AtomicU32::new(0),
        faults_off: AtomicBool::new(false),
    }
}; MAX_CPUS];

/// The area of a processor.
pub(crate) fn of(cpu: usize) -> &'static PerCpu {
    &AREAS[cpu]
}

/// This processor's area.
#[inline(always)]
pub(crate) fn here() -> &'static PerCpu {
    let area: *const PerCpu;
    // SAFETY: `init` put the area's address at offset 0 before anything else ran on this processor.
    unsafe {
        core::arch::asm!("mov {}, gs:[0]", out(reg) area, options(nostack, preserves_flags, readonly));
        &*area
    }
}

/// Points this processor's GS base at its area.
///
/// # Safety
/// Once for each processor, as the first thing it does.
pub(crate) unsafe fn init(cpu: usize, apic_id: u32) {
    let area = of(cpu);
    // SAFETY: this processor is the only one that uses the area, and it has not started to.
    unsafe {
        *area.self_ptr.get() = area as *const PerCpu as u64;
        *area.cpu.get() = cpu as u32;
        crate::msr::write(crate::msr::GS_BASE, area as *const PerCpu as u64);
        crate::msr::write(crate::msr::KERNEL_GS_BASE, 0);
    }
    area.apic_id.store(apic_id, core::sync::atomic::Ordering::Relaxed);
}
