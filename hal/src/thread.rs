//! The machine's part of a thread: its kernel stack, the state that the processor keeps for the
//! program, and the switch from one thread to another.

use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::fpu::{self, FpuArea};
use crate::io_bitmap::IoPermissions;
use crate::mem::{KernelStack, MmToken, kernel_map};
use crate::regs::{KERNEL_CS, PtRegs, USER_CS, USER_DS};
use crate::{gdt, msr, percpu};

mod current;
mod io_ports;
mod segments;

use current::{current_ptr, set_current};
use segments::Segments;

pub use crate::io_bitmap::PORTS as IO_PORTS;
pub use current::{Current, CurrentType, adopt_boot_task, current_arc, current_flags, with_current};
pub(crate) use current::{is_one_running, notify_current};
pub(crate) use segments::reload_ldt;

/// Work flags of a thread (`thread_info.flags`): what the door has to look at.
pub mod flags {
    /// A tracer looks at system calls.
    pub const SYSCALL_TRACE: u32 = 1 << 0;
    /// Something wants to run before the thread goes on in user mode.
    pub const NOTIFY_RESUME: u32 = 1 << 1;
    /// A signal is pending.
    pub const SIGPENDING: u32 = 1 << 2;
    /// Somebody better is runnable.
    pub const NEED_RESCHED: u32 = 1 << 3;
    /// Like a signal, for kernel-internal work.
    pub const NOTIFY_SIGNAL: u32 = 1 << 4;
    /// Audit records system calls.
    pub const SYSCALL_AUDIT: u32 = 1 << 5;
    /// A seccomp filter judges system calls.
    pub const SECCOMP: u32 = 1 << 6;
    /// Trace events record system calls.
    pub const SYSCALL_TRACEPOINT: u32 = 1 << 7;
    /// User dispatch takes system calls.
    pub const SYSCALL_USER_DISPATCH: u32 = 1 << 8;
    /// Reading the time-stamp counter is not for this thread (PR_SET_TSC).
    pub const NOTSC: u32 = 1 << 9;
    /// Some I/O ports are open to this thread.
    pub const IO_BITMAP: u32 = 1 << 11;
    /// The program's `struct rseq` has to be looked at.
    pub const RSEQ: u32 = 1 << 10;
    /// It has descriptors of its own in the GDT.
    pub const TLS: u32 = 1 << 12;
    /// What the processor has to be told at a switch.
    pub(crate) const RIGHTS: u32 = NOTSC | IO_BITMAP | TLS;
    /// What stands at the door, in and out.
    pub const SYSCALL_WORK: u32 =
        SYSCALL_TRACE | SYSCALL_AUDIT | SECCOMP | SYSCALL_TRACEPOINT | SYSCALL_USER_DISPATCH;
    /// What is to be done before going back to user mode.
    pub const EXIT_WORK: u32 = NOTIFY_RESUME | SIGPENDING | NEED_RESCHED | NOTIFY_SIGNAL | RSEQ;
}

/// What a thread is doing that only it asks about (`thread_info.status`).
mod status {
    /// A system call by a 32-bit door is under way.
    pub const TS_COMPAT: u32 = 1 << 1;
}

/// State that belongs to the processor that runs the thread, or to its owner while it doesn't run.
struct Machine {
    /// Stack pointer while switched away.
    rsp: u64,
    segments: Segments,
    mm: Option<MmToken>,
    /// Its number among the threads of the address space that run now.
    cid: Option<u32>,
    fpu: Option<FpuArea>,
    io: IoPermissions,
}

/// The machine's part of a thread.
pub struct Context {
    flags: AtomicU32,
    /// Written by the thread itself only.
    status: AtomicU32,
    /// None for the threads that processors boot with.
    stack: Option<KernelStack>,
    machine: UnsafeCell<Machine>,
}

// SAFETY: `machine` is touched by the processor that runs the thread or switches to or from it, which the
// scheduler makes one at a time (a thread's Arc is handed to `switch_to` only once it has left its
// processor), or by the creator before the thread first runs.
unsafe impl Sync for Context {}
// SAFETY: as above.
unsafe impl Send for Context {}

unsafe extern "C" {
    fn ret_from_fork_asm();
    fn kernel_thread_asm();
    fn switch_stacks(save: *mut u64, load: u64);
}

/// What `switch_stacks` pops, and the address that it returns to.
#[repr(C)]
struct Saved {
    r15: u64,
    r14: u64,
    r13: u64,
    r12: u64,
    bx: u64,
    bp: u64,
    ip: u64,
}

impl Context {
    fn new(stack: Option<KernelStack>, rsp: u64, fpu: Option<FpuArea>) -> Self {
        let (segments, io) = (Segments::new(), IoPermissions::default());
        let machine = Machine { rsp, segments, mm: None, cid: None, fpu, io };
        let (flags, status) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { flags, status, stack, machine: UnsafeCell::new(machine) }
    }

    /// A thread that goes to user mode with `regs`, by way of the upcall `ret_from_fork_upcall`. None
    /// without memory.
    pub fn new_user(regs: &PtRegs) -> Option<Self> {
        let stack = KernelStack::new()?;
        let fpu = FpuArea::new()?;
        let frame = stack.top() - size_of::<PtRegs>() as u64;
        let saved = frame - size_of::<Saved>() as u64;
        // The frame belongs to user mode whatever the caller left in it.
        let cs = if regs.cs == 0 { USER_CS } else { regs.cs };
        let ss = if regs.ss == 0 { USER_DS } else { regs.ss };
        let user = PtRegs { cs, ss, flags: regs.flags | 1 << 9, ..*regs };
        // SAFETY: the stack is new and nobody else's; both frames lie within it.
        unsafe {
            (frame as *mut PtRegs).write(user);
            (saved as *mut Saved).write(Saved::at(ret_from_fork_asm as *const () as u64));
        }
        Some(Self::new(Some(stack), saved, Some(fpu)))
    }

    /// A thread that stays in the kernel and runs `entry(arg)`, which never returns. None without memory.
    pub fn new_kernel(entry: fn(usize), arg: usize) -> Option<Self> {
        let stack = KernelStack::new()?;
        let saved = stack.top() - 16 - size_of::<Saved>() as u64;
        let start = Saved {
            bx: entry as *const () as u64,
            r12: arg as u64,
            ..Saved::at(kernel_thread_asm as *const () as u64)
        };
        // SAFETY: the stack is new and nobody else's.
        unsafe { (saved as *mut Saved).write(start) };
        Some(Self::new(Some(stack), saved, None))
    }

    /// The thread that this processor runs since it was started.
    pub fn boot() -> Self {
        Self::new(None, 0, None)
    }

    /// Its work flags.
    #[inline(always)]
    pub fn flags(&self) -> u32 {
        self.flags.load(Ordering::Relaxed)
    }

    /// Sets work flags.
    #[inline]
    pub fn set_flag(&self, flags: u32) {
        self.flags.fetch_or(flags, Ordering::AcqRel);
    }

    /// Clears work flags.
    #[inline]
    pub fn clear_flag(&self, flags: u32) {
        self.flags.fetch_and(!flags, Ordering::AcqRel);
    }

    /// Whether the thread is in a call that came through a 32-bit door (`in_ia32_syscall`).
    #[inline]
    pub fn in_compat_call(&self) -> bool {
        self.status.load(Ordering::Relaxed) & status::TS_COMPAT != 0
    }

    /// The running thread has come through a 32-bit door, or goes back through it. Only those doors pay for this.
    #[inline]
    pub fn set_compat_call(&self, compat: bool) {
        let others = self.status.load(Ordering::Relaxed) & !status::TS_COMPAT;
        self.status.store(others | if compat { status::TS_COMPAT } else { 0 }, Ordering::Relaxed);
    }

    #[allow(clippy::mut_from_ref, reason = "the discipline is the scheduler's, see `Sync`")]
    fn machine(&self) -> &mut Machine {
        // SAFETY: see `Sync`: one processor at a time has to do with a thread's machine state, and no
        // reference outlives the accessors below.
        unsafe { &mut *self.machine.get() }
    }

    fn is_current(&self) -> bool {
        // SAFETY: this processor's own field.
        core::ptr::eq(unsafe { *percpu::here().context.get() }, self)
    }

    /// Gives a new thread the running one's floating-point state.
    pub fn copy_fpu_from_current(&self) {
        if let Some(area) = &mut self.machine().fpu {
            area.save();
        }
    }

    /// PR_SET_TSC for the running thread.
    pub fn set_tsc_forbidden(&self, forbid: bool) {
        let irqs = sync::cpu::irq_save();
        if forbid {
            self.set_flag(flags::NOTSC);
        } else {
            self.clear_flag(flags::NOTSC);
        }
        if self.is_current() {
            forbid_tsc(forbid);
        }
        irqs.restore();
    }

    /// Names the address space of a thread that does not run yet.
    pub fn set_address_space(&self, mm: Option<MmToken>) {
        self.machine().mm = mm;
    }

    fn stack_top(&self) -> u64 {
        self.stack.as_ref().map_or(0, KernelStack::top)
    }

    fn save(&self) {
        self.release_cid();
        let machine = self.machine();
        if let Some(area) = &mut machine.fpu {
            area.save();
            machine.segments.save();
        }
    }

    /// Gives the number back.
    #[inline]
    fn release_cid(&self) {
        let machine = self.machine();
        if let Some(cid) = machine.cid.take()
            && let Some(mm) = &machine.mm
        {
            mm.0.cids.fetch_and(!sync::cpu::bit(cid as usize), Ordering::Relaxed);
        }
    }

    fn load(&self) {
        let machine = self.machine();
        match &machine.mm {
            Some(mm) => load_address_space(mm),
            // The tables of the one before stay loaded, unused.
            None => percpu::here().tlb.enter_lazy(),
        }
        // Behind the address space, which has the LDT.
        if let Some(area) = &machine.fpu {
            area.restore();
            machine.load_segments();
        }
    }
}

impl Saved {
    fn at(ip: u64) -> Self {
        Self { r15: 0, r14: 0, r13: 0, r12: 0, bx: 0, bp: 0, ip }
    }
}

/// Loads an address space on this processor. Interrupts are off.
fn load_address_space(mm: &MmToken) {
    // SAFETY: this processor's own field, interrupts off.
    let loaded = unsafe { &mut *percpu::here().mm.get() };
    if let Some(old) = loaded {
        if Arc::ptr_eq(&old.0, &mm.0) {
            percpu::here().tlb.resume(&mm.0);
            return;
        }
        old.0.cpus.fetch_and(!sync::cpu::bit(sync::cpu::id()), Ordering::SeqCst);
    }
    let had_ldt = loaded.as_ref().is_some_and(|old| old.0.ldt.is_set());
    mm.0.cpus.fetch_or(sync::cpu::bit(sync::cpu::id()), Ordering::SeqCst);
    // SAFETY: the token keeps the tables alive while they are loaded.
    unsafe { percpu::here().tlb.load(&mm.0) };
    // Behind the entry into the set: who replaces the table either is seen here, or tells this processor.
    if had_ldt || mm.0.ldt.is_set() {
        segments::switch_ldt(mm);
    }
    *loaded = Some(mm.clone());
}

/// Gives the running thread another address space and loads it (execve).
pub fn switch_address_space(mm: MmToken) {
    let irqs = sync::cpu::irq_save();
    load_address_space(&mm);
    with_context(|context| {
        context.release_cid();
        context.machine().mm = Some(mm);
    });
    irqs.restore();
}

/// Takes the address space from the running thread; the processor goes over to the kernel's own, so
/// that nothing keeps the old one's tables.
pub fn leave_address_space() {
    let irqs = sync::cpu::irq_save();
    with_context(|context| {
        context.release_cid();
        context.machine().mm = None;
    });
    // SAFETY: this processor's own field, interrupts off.
    let loaded = unsafe { (*percpu::here().mm.get()).take() };
    if let Some(old) = loaded {
        kernel_map::activate();
        if old.0.ldt.is_set() {
            segments::drop_ldt();
        }
        percpu::here().tlb.leave();
        old.0.cpus.fetch_and(!sync::cpu::bit(sync::cpu::id()), Ordering::SeqCst);
        irqs.restore();
        drop(old);
        return;
    }
    irqs.restore();
}

fn with_context<R>(f: impl FnOnce(&Context) -> R) -> R {
    // SAFETY: the field points into the running task, which lives while it runs.
    f(unsafe { &**percpu::here().context.get() })
}

/// A small number for the running thread that no other one has that runs in its address space. The thread has it
/// until it is switched away from.
pub fn concurrency_id() -> u32 {
    let irqs = sync::cpu::irq_save();
    let cid = with_context(|context| {
        let machine = context.machine();
        let Some(mm) = machine.mm.as_ref().filter(|_| machine.cid.is_none()) else {
            return machine.cid.unwrap_or(0);
        };
        // At most as many as there are processors are taken, so there is a free one.
        let cid = loop {
            let free = (!mm.0.cids.load(Ordering::Relaxed)).trailing_zeros();
            let bit = 1u64.checked_shl(free).unwrap_or(0);
            if mm.0.cids.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
                break free;
            }
        };
        machine.cid = Some(cid);
        cid
    });
    irqs.restore();
    cid
}

/// Work with the running thread's floating-point state (signals, exec).
pub(crate) fn with_current_fpu<R>(f: impl FnOnce(&mut FpuArea) -> R) -> Option<R> {
    with_context(|context| context.machine().fpu.as_mut().map(f))
}

/// Goes over to `next`. Returns when this thread runs again, with a count of the task that ran on this
/// processor before it. Interrupts are off; `next` runs nowhere else.
pub fn switch_to<T: CurrentType>(next: Arc<T>) -> Arc<T> {
    let here = percpu::here();
    let prev = current_ptr::<T>();
    // SAFETY: the slot holds a count of the running task.
    let prev_context = unsafe { (*prev).context() };
    let next_context: *const Context = next.context();
    prev_context.save();
    if (prev_context.flags() | next.context().flags()) & flags::RIGHTS != 0 {
        switch_rights(prev_context, next.context());
    }
    set_current(next);
    // SAFETY: the count that was in the slot goes to `prev`, for whoever runs next on this processor.
    // `next_context` lives by the count that `set_current` took. The stacks hold what `switch_stacks`
    // expects: its own frame or the one made in `Context::new_*`.
    unsafe {
        *here.prev.get() = Some((prev.cast(), drop_count::<T>));
        let next = &*next_context;
        let top = next.stack_top();
        if top != 0 {
            *here.stack_top.get() = top;
            gdt::set_rsp0(top);
        }
        next.load();
        switch_stacks(&raw mut prev_context.machine().rsp, next.machine().rsp);
        // Another processor may be running this thread now: look the area up again.
        let (prev, _) = (*percpu::here().prev.get()).take().expect("a switch leaves the task it came from");
        Arc::from_raw(prev.cast())
    }
}

/// What only few threads may, or may not. Interrupts are off.
#[cold]
fn switch_rights(prev: &Context, next: &Context) {
    if (prev.flags() ^ next.flags()) & flags::NOTSC != 0 {
        forbid_tsc(next.flags() & flags::NOTSC != 0);
    }
    if (prev.flags() | next.flags()) & flags::IO_BITMAP != 0 {
        gdt::set_io_permissions(&next.machine().io);
    }
    if (prev.flags() | next.flags()) & flags::TLS != 0 {
        segments::switch_tls(next);
    }
}

/// Makes RDTSC a fault for programs on this processor, or allows it. Interrupts are off.
#[cold]
fn forbid_tsc(forbid: bool) {
    const CR4_TSD: u64 = 1 << 2;
    let cr4 = msr::cr4();
    // SAFETY: the bit matters to user mode only; the kernel's own reads are not affected.
    unsafe { msr::set_cr4(if forbid { cr4 | CR4_TSD } else { cr4 & !CR4_TSD }) };
}

fn drop_count<T>(task: *const ()) {
    // SAFETY: only called with the count that `switch_to::<T>` left.
    drop(unsafe { Arc::from_raw(task.cast::<T>()) });
}

/// A new thread's first call: drops the count of the task that was switched away from.
#[unsafe(no_mangle)]
extern "C" fn hal_new_thread() {
    // SAFETY: this processor's own field, interrupts off.
    if let Some((prev, drop_count)) = unsafe { (*percpu::here().prev.get()).take() } {
        drop_count(prev);
    }
}

const _: () = assert!(KERNEL_CS == 0x10);
/// Loads the initial floating-point state (`fpu`), for threads that start fresh.
pub(crate) fn reset_fpu() {
    fpu::load_initial();
}
