//! `nmi_stress=N`: a thread that sends non-maskable interrupts to the other processors all the time, at most N turns of a
//! loop after one was taken, so that they hit every instruction of the doors sooner or later. Nothing that a program
//! sees may depend on them. `guest/sessions/nmi.session` compares.

use hal::{kerror, kprintln, nmi};

/// When it tells how it goes.
const REPORT_AT: u64 = 1 << 12;
/// Longest wait for one that was sent to be taken: the processor may not be running.
const PATIENCE: u32 = 10_000;

/// Starts it.
pub fn start(turns: u32) {
    nmi::set_stress();
    if sched::spawn_kthread("nmi_stress", move || send(turns)).is_none() {
        kerror!("No memory for the thread that sends NMIs");
    }
}

fn send(turns: u32) {
    // xorshift64: what matters is only that no rhythm comes about.
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut reported = false;
    loop {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let before = taken();
        nmi::send_to_others();
        (0..PATIENCE).take_while(|_| taken() == before).for_each(|_| core::hint::spin_loop());
        // One of eight is followed at once, to come while its forerunner is handled.
        let turns = if random & 7 == 0 { 1 } else { u64::from(turns) };
        (0..(random >> 8) % turns).for_each(|_| core::hint::spin_loop());
        if !reported && before >= REPORT_AT {
            reported = true;
            report();
        }
        sched::cond_resched();
    }
}

fn cpus() -> core::ops::Range<usize> {
    0..hal::cpu::count() as usize
}

fn taken() -> u64 {
    cpus().map(nmi::taken).sum()
}

fn report() {
    let nested: u64 = cpus().map(nmi::nested).sum();
    kprintln!("nmi_stress: {} NMIs taken, {nested} of them while one was handled", taken());
}
