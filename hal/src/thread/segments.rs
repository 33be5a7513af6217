//! A program's segments: selectors and bases, the thread's own descriptors in the GDT (set_thread_area(2)), the
//! address space's in an LDT.

use super::{Context, Machine, flags, with_context};
use crate::mem::MmToken;
use crate::{gdt, msr, percpu};

/// What of the segments the processor keeps while the thread runs.
pub(super) struct Segments {
    pub fs_base: u64,
    /// The program's GS base (in the kernel it is in KERNEL_GS_BASE).
    pub gs_base: u64,
    /// DS, ES, FS and GS.
    pub selectors: [u16; 4],
    /// GDT entries 12, 13 and 14. The thread has [`flags::TLS`] if one of them was ever set.
    pub tls: [u64; gdt::TLS_ENTRIES],
}

/// Selector bits: the LDT is meant.
const TABLE_INDICATOR: u16 = 4;

impl Segments {
    pub const fn new() -> Self {
        Self { fs_base: 0, gs_base: 0, selectors: [0; 4], tls: [0; gdt::TLS_ENTRIES] }
    }

    pub fn save(&mut self) {
        (self.fs_base, self.gs_base) = (read_fs_base(), read_user_gs_base());
        self.selectors = read_selectors();
    }

    /// GDT and LDT are the thread's by now.
    pub fn load(&self) {
        if read_selectors() != self.selectors {
            write_selectors(self.selectors);
        }
        // SAFETY: bases of the program, which are canonical: set by it or checked when set.
        unsafe {
            msr::write(msr::FS_BASE, self.fs_base);
            msr::write(msr::KERNEL_GS_BASE, self.gs_base);
        }
    }
}

impl Context {
    /// Gives a new thread the running one's segments, and its rights to the time-stamp counter and to I/O ports.
    pub fn copy_segments_from_current(&self) {
        let inherited = super::current_flags() & flags::RIGHTS;
        self.set_flag(inherited);
        let machine = self.machine();
        machine.segments.save();
        if inherited & flags::IO_BITMAP != 0 {
            machine.io = with_context(|parent| parent.machine().io.clone());
        }
        if inherited & flags::TLS != 0 {
            machine.segments.tls = with_context(|parent| parent.machine().segments.tls);
        }
    }

    /// The segments that a new program finds, for the running thread: `data` in DS and ES, all else null.
    pub fn reset_segments(&self, data: u16) {
        debug_assert!(self.is_current());
        let irqs = sync::cpu::irq_save();
        self.machine().segments.tls = [0; gdt::TLS_ENTRIES];
        if self.flags() & flags::TLS != 0 {
            self.clear_flag(flags::TLS);
            gdt::set_tls(&[0; gdt::TLS_ENTRIES]);
        }
        write_selectors([data, data, 0, 0]);
        self.set_fs_base(0);
        self.set_gs_base(0);
        irqs.restore();
    }

    /// The program's FS base.
    pub fn fs_base(&self) -> u64 {
        if self.is_current() { read_fs_base() } else { self.machine().segments.fs_base }
    }

    /// The program's GS base.
    pub fn gs_base(&self) -> u64 {
        if self.is_current() { read_user_gs_base() } else { self.machine().segments.gs_base }
    }

    /// The program's DS, ES, FS and GS.
    pub fn selectors(&self) -> [u16; 4] {
        if self.is_current() { read_selectors() } else { self.machine().segments.selectors }
    }

    /// Loads selectors into the running thread's DS, ES, FS and GS; one that the processor would refuse becomes null.
    /// A register that has the selector already keeps its base, too.
    pub fn set_selectors(&self, selectors: [u16; 4]) {
        debug_assert!(self.is_current());
        let irqs = sync::cpu::irq_save();
        let now = read_selectors();
        let loaders: [fn(u16); 4] = [load_ds, load_es, load_fs, load_gs];
        for ((selector, now), load) in selectors.into_iter().zip(now).zip(loaders) {
            if selector != now {
                load(usable(selector));
            }
        }
        irqs.restore();
    }

    /// Gives the running thread, or one that has not run yet, an FS base that no descriptor has (arch_prctl(2)): the
    /// selector becomes null.
    pub fn set_flat_fs(&self, base: u64) {
        let irqs = sync::cpu::irq_save();
        if self.is_current() {
            load_fs(0);
        } else {
            self.machine().segments.selectors[2] = 0;
        }
        self.set_fs_base(base);
        irqs.restore();
    }

    /// The running thread's GS, likewise.
    pub fn set_flat_gs(&self, base: u64) {
        let irqs = sync::cpu::irq_save();
        load_gs(0);
        self.set_gs_base(base);
        irqs.restore();
    }

    /// Sets the program's FS base; the caller has checked that it is canonical.
    pub fn set_fs_base(&self, base: u64) {
        if self.is_current() {
            // SAFETY: the kernel does not use FS.
            unsafe { msr::write(msr::FS_BASE, base) };
        } else {
            self.machine().segments.fs_base = base;
        }
    }

    /// Sets the program's GS base; the caller has checked that it is canonical.
    pub fn set_gs_base(&self, base: u64) {
        if self.is_current() {
            // SAFETY: in the kernel this register holds the program's base.
            unsafe { msr::write(msr::KERNEL_GS_BASE, base) };
        } else {
            self.machine().segments.gs_base = base;
        }
    }

    /// The thread's own descriptors, GDT entries 12 to 14.
    pub fn tls(&self) -> [u64; gdt::TLS_ENTRIES] {
        self.machine().segments.tls
    }

    /// Sets one of them, for the running thread or one that has not run yet. Segment registers that hold its selector
    /// follow. `base` is the descriptor's.
    pub fn set_tls(&self, index: usize, descriptor: u64, base: u64) {
        let irqs = sync::cpu::irq_save();
        let machine = self.machine();
        if index < gdt::TLS_ENTRIES {
            machine.segments.tls[sync::nospec::index(index, gdt::TLS_ENTRIES)] = descriptor;
        }
        self.set_flag(flags::TLS);
        let selector = gdt::tls_selector(index);
        if self.is_current() {
            gdt::set_tls(&machine.segments.tls);
            refresh(selector);
        } else {
            let Segments { selectors: [_, _, fs, gs], fs_base, gs_base, .. } = &mut machine.segments;
            if *fs == selector {
                *fs_base = base;
            }
            if *gs == selector {
                *gs_base = base;
            }
        }
        irqs.restore();
    }
}

/// Loads those segment registers again that hold `selector`, whose descriptor has changed.
fn refresh(selector: u16) {
    let [ds, es, fs, gs] = read_selectors();
    if ds == selector {
        load_ds(usable(ds));
    }
    if es == selector {
        load_es(usable(es));
    }
    if fs == selector {
        load_fs(usable(fs));
    }
    if gs == selector {
        load_gs(usable(gs));
    }
}

/// One of two threads has descriptors of its own, at a switch to `next`. Interrupts are off; the other's registers are
/// saved.
pub(super) fn switch_tls(next: &Context) {
    gdt::set_tls(&next.machine().segments.tls);
    forget_selectors();
}

/// Descriptors have changed: equal selectors don't mean equal segments any more.
fn forget_selectors() {
    write_selectors([0; 4]);
}

/// The LDT of the address space that is being loaded in place of one that had one, or that has one itself. Interrupts
/// are off.
#[cold]
pub(super) fn switch_ldt(mm: &MmToken) {
    load_ldt(mm);
    forget_selectors();
}

/// No LDT: the address space that had it goes.
pub(super) fn drop_ldt() {
    gdt::set_ldt(None);
}

fn load_ldt(mm: &MmToken) {
    // SAFETY: interrupts are off, and this processor is in the address space's set.
    gdt::set_ldt(unsafe { mm.0.ldt.get() });
}

/// The loaded address space's LDT was replaced, by this processor or another. Interrupts are off.
pub(crate) fn reload_ldt() {
    // SAFETY: this processor's own field, interrupts off.
    let Some(mm) = (unsafe { &*percpu::here().mm.get() }) else { return };
    load_ldt(mm);
    // CS and SS are loaded on the way to the program; FS and GS keep what they have until the program loads them.
    let [ds, es, ..] = read_selectors();
    if ds & TABLE_INDICATOR != 0 {
        load_ds(usable(ds));
    }
    if es & TABLE_INDICATOR != 0 {
        load_es(usable(es));
    }
}

fn read_fs_base() -> u64 {
    // SAFETY: the register exists on every 64-bit processor.
    unsafe { msr::read(msr::FS_BASE) }
}

fn read_user_gs_base() -> u64 {
    // SAFETY: as above; in the kernel it holds the program's base.
    unsafe { msr::read(msr::KERNEL_GS_BASE) }
}

fn read_selectors() -> [u16; 4] {
    let (ds, es, fs, gs): (u16, u16, u16, u16);
    // SAFETY: reading selectors has no side effect.
    unsafe {
        core::arch::asm!("mov {0:x}, ds", "mov {1:x}, es", "mov {2:x}, fs", "mov {3:x}, gs",
            out(reg) ds, out(reg) es, out(reg) fs, out(reg) gs, options(nostack, nomem, preserves_flags));
    }
    [ds, es, fs, gs]
}

/// The selector if a program's data segment register may hold it, else 0: null, or readable with a program's
/// privilege (VERR looks at that as loading does, SDM vol. 2) and present.
fn usable(selector: u16) -> u16 {
    const PRESENT: u32 = 1 << 15;
    if selector & !3 == 0 {
        return selector;
    }
    let (readable, access): (u8, u32);
    // SAFETY: both instructions only look the descriptor up, and touch flags.
    unsafe {
        core::arch::asm!("verr {selector:x}", "setz {readable}", "lar {access:e}, {selector:e}",
            selector = in(reg) u32::from(selector), readable = out(reg_byte) readable,
            access = inout(reg) 0 => access, options(nostack));
    }
    // LAR leaves the 0 where there is nothing to be told.
    if readable != 0 && access & PRESENT != 0 { selector } else { 0 }
}

/// Interrupts are off, so that no descriptor changes between the look at it and its use. A selector that is refused
/// becomes null.
#[cold]
fn write_selectors(selectors: [u16; 4]) {
    let [ds, es, fs, gs] = selectors.map(usable);
    load_ds(ds);
    load_es(es);
    load_fs(fs);
    load_gs(gs);
}

macro_rules! loader {
    ($name:ident, $seg:literal) => {
        fn $name(selector: u16) {
            // SAFETY: `usable` has found that the processor takes the selector; the kernel uses no segment but CS.
            unsafe {
                core::arch::asm!(concat!("mov ", $seg, ", {0:x}"), in(reg) selector,
                    options(nostack, preserves_flags));
            }
        }
    };
}
loader!(load_ds, "ds");
loader!(load_es, "es");
loader!(load_fs, "fs");

fn load_gs(selector: u16) {
    // SAFETY: as above; interrupts are off, and between the two SWAPGS the base that changes is the program's.
    unsafe {
        core::arch::asm!("swapgs", "mov gs, {0:x}", "swapgs", in(reg) selector, options(nostack, preserves_flags));
    }
}

impl Machine {
    /// Takes up the segments at the end of a switch.
    pub(super) fn load_segments(&self) {
        self.segments.load();
    }
}
