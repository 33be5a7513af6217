//! A thread's I/O ports.

use super::{Context, flags, gdt};
use crate::io_bitmap::OutOfMemory;

impl Context {
    /// Allows the running thread `count` ports from `from` on, or forbids them (ioperm). They exist.
    pub fn set_io_ports(&self, from: usize, count: usize, allow: bool) -> Result<(), OutOfMemory> {
        debug_assert!(self.is_current());
        // Made beside the one in force, with interrupts on: it takes a while.
        let mut changed = self.machine().io.clone();
        changed.set(from, count, allow)?;
        let irqs = sync::cpu::irq_save();
        let old = core::mem::replace(&mut self.machine().io, changed);
        self.load_io_permissions();
        irqs.restore();
        drop(old);
        Ok(())
    }

    /// What the running thread asked for with iopl(2).
    pub fn io_level(&self) -> u8 {
        debug_assert!(self.is_current());
        self.machine().io.level
    }

    /// Level 3 opens all ports to the running thread.
    pub fn set_io_level(&self, level: u8) {
        debug_assert!(self.is_current());
        let irqs = sync::cpu::irq_save();
        self.machine().io.level = level;
        self.load_io_permissions();
        irqs.restore();
    }

    /// Whether the running thread asks this for the first time: it has tried to change the interrupt flag.
    pub fn first_cli(&self) -> bool {
        debug_assert!(self.is_current());
        !core::mem::replace(&mut self.machine().io.cli_seen, true)
    }

    /// Interrupts are off.
    fn load_io_permissions(&self) {
        let io = &self.machine().io;
        if io.any() || io.level != 0 {
            self.set_flag(flags::IO_BITMAP);
        } else {
            self.clear_flag(flags::IO_BITMAP);
        }
        gdt::set_io_permissions(io);
    }
}
