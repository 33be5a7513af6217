//! Debian's kernel as the reference. Under emulation Linux hangs in its boot now and then (it waits for a timer
//! or for its other processor), which says nothing about a test: such a boot is given up and begun anew.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::console::{Console, pattern};
use crate::qemu::Machine;

/// Boots before a hang is taken for the answer.
const TRIES: usize = 3;
/// Time to the first program: a boot takes 3 s on an idle machine.
const BOOT_TIME: Duration = Duration::from_secs(60);
/// Trusts the time-stamp counter and the timer's line, which an emulator's host makes look broken; and the vsyscall page
/// as Linux's default has it, where Debian leaves it out. What a test's own words say comes later and counts.
const WORDS: &str = "tsc=reliable no_timer_check vsyscall=xonly ";
/// The first program starts, or none ever will; a quiet kernel is heard by the runner's mark.
const BOOTED: &str = "as init process|[Kk]ernel panic|\u{1}";

/// Starts a machine whose kernel is to run x32 programs, too.
pub fn start_x32(machine: &Machine) -> Result<Console> {
    let mut machine = machine.clone();
    machine.append.push_str(" syscall.x32=y");
    start(&machine)
}

/// Starts the machine and sees it through its boot.
pub fn start(machine: &Machine) -> Result<Console> {
    let mut machine = machine.clone();
    machine.append.insert_str(0, WORDS);
    let booted = pattern(BOOTED)?;
    for _ in 1..TRIES {
        let console = Console::start(&machine)?;
        if console.shows(&booted, Instant::now() + BOOT_TIME) {
            return Ok(console);
        }
    }
    Console::start(&machine)
}
