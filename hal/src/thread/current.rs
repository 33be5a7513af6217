//! The slot of each processor that says which task runs.

use alloc::sync::Arc;
use core::marker::PhantomData;

use super::Context;
use crate::percpu;

/// The one type whose values are tasks. Implemented by [`crate::current_type!`] only.
///
/// # Safety
/// There must be one implementing type in the whole kernel: the per-processor slot is read as that type.
/// The macro sees to it by defining a symbol that can exist only once.
pub unsafe trait CurrentType: Send + Sync + Sized + 'static {
    /// The machine's part of the task.
    fn context(&self) -> &Context;
}

/// Makes a type the type of tasks: `current_type!(Task, thread.context)`, the second part being the
/// path to its [`Context`]; without it `thread.context`.
#[macro_export]
macro_rules! current_type {
    ($ty:ty) => {
        // SAFETY: the symbol below can be defined only once in the kernel, so no second type gets here.
        unsafe impl $crate::thread::CurrentType for $ty {
            #[inline(always)]
            fn context(&self) -> &$crate::thread::Context {
                &self.thread.context
            }
        }
        $crate::export_static! {
            /// Makes a second task type fail to link.
            pub static THE_TASK_TYPE: () = ();
        }
    };
}

/// Makes `task` what runs on this processor, in the thread that it booted with.
pub fn adopt_boot_task<T: CurrentType>(task: Arc<T>) {
    let irqs = sync::cpu::irq_save();
    set_current(task);
    irqs.restore();
}

pub(super) fn set_current<T: CurrentType>(task: Arc<T>) {
    let here = percpu::here();
    let context = task.context();
    // SAFETY: this processor's own fields, interrupts off. The Arc's count goes into the slot and keeps
    // what the three pointers point to.
    unsafe {
        *here.context.get() = context;
        *here.flags.get() = &context.flags;
        *here.current.get() = Arc::into_raw(task).cast();
    }
}

#[inline(always)]
pub(super) fn current_ptr<T: CurrentType>() -> *const T {
    let task: *const T;
    // SAFETY: reads this processor's slot; the value changes only across a switch, after which the same
    // thread reads the same value again.
    unsafe {
        core::arch::asm!("mov {}, gs:[{offset}]", out(reg) task, offset = const percpu::CURRENT,
            options(nostack, preserves_flags, pure, readonly));
    }
    task
}

/// Calls `f` with the running task. Before a task was adopted that is a fault: the slot holds the null
/// address then, which nothing ever maps in the kernel's own tables.
#[inline(always)]
pub fn with_current<T: CurrentType, R>(f: impl FnOnce(&T) -> R) -> R {
    let task = current_ptr::<T>();
    debug_assert!(!task.is_null());
    // SAFETY: the slot holds a count of the task while it runs, and this is the task that runs. No test for
    // null, because this is on every system call's way: user mode is only ever reached by a task.
    f(unsafe { &*task })
}

/// The running task, as an entry stub hands it to an upcall. A function that gets it this way stands in a
/// backtrace by itself, without the closure that [`with_current`] would put between.
#[repr(transparent)]
pub struct Current<'a>(*const (), PhantomData<&'a ()>);

impl<'a> Current<'a> {
    /// The task, for as long as the upcall runs.
    #[inline(always)]
    pub fn task<T: CurrentType>(&self) -> &'a T {
        debug_assert!(!self.0.is_null());
        // SAFETY: only the stubs make one, from the slot, which holds a count of the task while it runs, and
        // this is the task that runs; there is one task type. Not null: user mode is only ever reached by a task.
        unsafe { &*self.0.cast() }
    }
}

/// The running task, counted.
pub fn current_arc<T: CurrentType>() -> Arc<T> {
    let task = current_ptr::<T>();
    assert!(!task.is_null());
    // SAFETY: the slot holds a count, made by `Arc::into_raw` of the same type.
    unsafe {
        Arc::increment_strong_count(task);
        Arc::from_raw(task)
    }
}

/// The running thread's work flags: two loads.
#[inline(always)]
pub fn current_flags() -> u32 {
    let flags: u32;
    // SAFETY: the slot points at the flags of the running thread, or at zero before there is one.
    unsafe {
        core::arch::asm!("mov {ptr}, gs:[{offset}]", "mov {flags:e}, [{ptr}]", ptr = out(reg) _,
            flags = out(reg) flags, offset = const percpu::FLAGS, options(nostack, preserves_flags, readonly));
    }
    flags
}

/// Whether a task runs on this processor: not yet while it starts.
pub(crate) fn is_one_running() -> bool {
    // SAFETY: the field is this processor's own; it changes only across a switch.
    unsafe { !(*percpu::here().context.get()).is_null() }
}

/// Makes the running thread, if there is one yet, do its work on the way to user mode.
pub(crate) fn notify_current(flag: u32) {
    let irqs = sync::cpu::irq_save();
    // SAFETY: the field is null or points into the running task, which lives while it runs.
    if let Some(context) = unsafe { (*percpu::here().context.get()).as_ref() } {
        context.set_flag(flag);
    }
    irqs.restore();
}
