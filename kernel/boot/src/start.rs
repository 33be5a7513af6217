//! From hal's main upcall to process 1.

use hal::kprintln;

hal::export_fn! {
    /// The boot processor, set up by hal; interrupts are off.
    pub extern "C" fn kernel_main() -> ! {
        kprintln!("Ferrogate {} on {} KiB", env!("CARGO_PKG_VERSION"), hal::mem::frames::total() * 4);
        sched::start_cpu(0, process::adopt_idle_task(0));
        process::init();
        kprintln!("{} processors", hal::smp::start_secondaries());
        hal::power::power_off()
    }

    /// Another processor, set up by hal; interrupts are off.
    pub extern "C" fn secondary_main(cpu: u32) -> ! {
        sched::start_cpu(cpu as usize, process::adopt_idle_task(cpu));
        sched::run_idle(cpu as usize)
    }
}
