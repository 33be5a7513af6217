//! The processor that this code runs on: its number and its interrupt mask.

#[cfg(target_os = "none")]
#[path = "cpu/x86.rs"]
mod machine;
#[cfg(not(target_os = "none"))]
#[path = "cpu/host.rs"]
mod machine;

#[cfg(not(target_os = "none"))]
pub use machine::set_id;
pub use machine::{id, irqs_enabled};

/// The most processors that the kernel drives: a processor set is one 64-bit word.
pub const MAX_CPUS: usize = 64;

/// Whether interrupts were on before [`irq_save`]; give it back with [`IrqState::restore`].
#[must_use = "interrupts stay off until the state is restored"]
#[derive(Debug)]
pub struct IrqState {
    was_enabled: bool,
}

/// Turns interrupts off on this processor and says how it was before.
#[inline(always)]
pub fn irq_save() -> IrqState {
    IrqState { was_enabled: machine::irq_disable() }
}

impl IrqState {
    /// Turns interrupts back on if they were on when the state was taken.
    #[inline(always)]
    pub fn restore(self) {
        if self.was_enabled {
            machine::irq_enable();
        }
    }

    /// Whether interrupts were on when the state was taken.
    #[inline]
    pub fn was_enabled(&self) -> bool {
        self.was_enabled
    }
}

/// Interrupts off for a scope.
pub struct IrqOff(Option<IrqState>);

impl IrqOff {
    /// Turns interrupts off until the value is dropped.
    #[inline]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        IrqOff(Some(irq_save()))
    }
}

impl Drop for IrqOff {
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.0.take() {
            state.restore();
        }
    }
}

/// The set that holds only `cpu`.
#[inline]
pub const fn bit(cpu: usize) -> u64 {
    1 << (cpu as u32 % u64::BITS)
}
