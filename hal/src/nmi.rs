//! Non-maskable interrupts. They come at any instruction: between SYSCALL and SWAPGS, with a program's page tables, within
//! another exception's entry, within a lock. What is done here looks at nothing that others change, takes no lock, and
//! touches no program's memory; so it cannot fault, unless it is told to (`set_stress`). The stub (`entry/entry.S`) copes
//! with that, too.
//!
//! A page fault here would overwrite CR2 before the interrupted handler has read it: there is none, because all page
//! tables have the kernel's memory. Breakpoints lie at programs' addresses only, so no #DB comes either.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sync::PerCpu;

use crate::regs::PtRegs;
use crate::{apic, panic, percpu, power, time};

static TAKEN: PerCpu<AtomicU64> = sync::per_cpu!(AtomicU64::new(0));
static STRESS: AtomicBool = AtomicBool::new(false);

unsafe extern "C" {
    fn sti_hlt_halt();
}

/// How many `cpu` has handled.
pub fn taken(cpu: usize) -> u64 {
    TAKEN.of(cpu).load(Ordering::Relaxed)
}

/// How many of them came to `cpu` while it handled one.
pub fn nested(cpu: usize) -> u64 {
    // SAFETY: written once, before others run or look; the stack stays for ever.
    match unsafe { (*percpu::of(cpu).nmi_words.get()).as_ref() } {
        Some([_, _, nested]) => nested.load(Ordering::Relaxed),
        None => 0,
    }
}

/// Sends one to all other processors.
pub fn send_to_others() {
    apic::send_nmi_to_others();
}

/// From now on handling one takes long, and some of them fault on purpose, so that others come meanwhile.
pub fn set_stress() {
    STRESS.store(true, Ordering::Relaxed);
}

/// The way in which a panicking processor stops the others; else nothing but a count.
pub(crate) fn handle(regs: &mut PtRegs) {
    if panic::in_progress() {
        power::halt();
    }
    // One that came to a program runs on that thread's stack: another may come in between.
    TAKEN.get().fetch_add(1, Ordering::Relaxed);
    // As an interrupt would have woken it: see the stub.
    if regs.ip == sti_hlt_halt as *const () as u64 {
        regs.ip += 1;
    }
    if STRESS.load(Ordering::Relaxed) {
        linger();
    }
}

#[cold]
fn linger() {
    let random = time::tsc().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    // The next one waits until the return from the exception below.
    if random & 0x30 == 0 {
        apic::send_nmi_to_self();
    }
    if random & 1 == 0 {
        // SAFETY: an invalid opcode, after which it goes on at the next line. The return from it lets NMIs in.
        unsafe {
            core::arch::asm!(
                "2: ud2",
                "3:",
                ".pushsection __ex_table, \"a\"",
                ".balign 4",
                ".long 2b - .",
                ".long 3b - .",
                ".popsection",
                options(nostack)
            );
        }
    }
    let turns = if random & 0xe == 0 { 0x1ff } else { 0xf };
    for _ in 0..random >> 8 & turns {
        core::hint::spin_loop();
    }
}
