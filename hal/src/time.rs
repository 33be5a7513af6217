//! Time: the time-stamp counter as the clock, the local APIC's timer as the alarm.

use core::arch::x86_64::{__cpuid, _rdtsc};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::calibrate::{Clock, frequency};
use crate::mem::kernel_map;
use crate::msr::{self, inb, inl, outb};
use crate::{acpi, apic, cpu, kerror};
use sync::SeqCount;

/// Nanoseconds for one count of the time-stamp counter, times 2^32, as it was measured.
static NS_PER_TSC: AtomicU64 = AtomicU64::new(1 << 32);
/// The count at which both clocks showed 0.
static TSC_BASE: AtomicU64 = AtomicU64::new(0);
/// The steered clock: what it showed at which count, and nanoseconds for one count from then on; together.
static STEERING: SeqCount = SeqCount::new();
static STEERED_BASE: AtomicU64 = AtomicU64::new(0);
static STEERED_BASE_NS: AtomicU64 = AtomicU64::new(0);
static STEERED_RATE: AtomicU64 = AtomicU64::new(1 << 32);
static TSC_HZ: AtomicU64 = AtomicU64::new(1_000_000_000);
/// Counts of the APIC timer for one nanosecond, times 2^32; of the TSC with the deadline mode.
static TIMER_PER_NS: AtomicU64 = AtomicU64::new(0);
/// The same where the clock is not steered.
static TIMER_PER_RAW_NS: AtomicU64 = AtomicU64::new(0);
static DEADLINE_MODE: AtomicBool = AtomicBool::new(false);
static WALL_CLOCK: AtomicU64 = AtomicU64::new(0);

const PIT_HZ: u64 = 1_193_182;
const PM_TIMER_HZ: u64 = 3_579_545;
/// The time-stamp counter.
#[inline(always)]
pub fn tsc() -> u64 {
    // SAFETY: present on every 64-bit processor.
    unsafe { _rdtsc() }
}

/// A span of the time-stamp counter in nanoseconds.
#[inline(always)]
pub fn tsc_to_ns(span: u64) -> u64 {
    ((u128::from(span) * u128::from(NS_PER_TSC.load(Ordering::Relaxed))) >> 32) as u64
}

/// Nanoseconds since boot (CLOCK_MONOTONIC), by the rate that [`steer`] set.
#[inline(always)]
pub fn now_ns() -> u64 {
    let (base, rate, base_ns) = rate();
    base_ns + ((u128::from(tsc().saturating_sub(base)) * u128::from(rate)) >> 32) as u64
}

/// Nanoseconds since boot by the rate that was measured (CLOCK_MONOTONIC_RAW).
pub fn raw_ns() -> u64 {
    tsc_to_ns(tsc().saturating_sub(TSC_BASE.load(Ordering::Relaxed)))
}

/// Makes [`now_ns`] gain so many nanoseconds in each second, times 2^32, from now on; negative: lose. Callers take
/// turns.
pub fn steer(gain: i64) {
    const SECOND: i128 = 1_000_000_000 << 32;
    let raw = NS_PER_TSC.load(Ordering::Relaxed);
    let rate = (i128::from(raw) + i128::from(raw) * i128::from(gain) / SECOND).max(1) as u64;
    let per_ns = u128::from(TIMER_PER_RAW_NS.load(Ordering::Relaxed)) * u128::from(raw) / u128::from(rate);
    // A handler must not wait for the writer that it interrupted.
    let irqs = sync::cpu::irq_save();
    STEERING.write_begin();
    let (base, old, base_ns) = unsequenced_rate();
    let now = tsc().max(base);
    let now_ns = base_ns + ((u128::from(now - base) * u128::from(old)) >> 32) as u64;
    STEERED_BASE.store(now, Ordering::Relaxed);
    STEERED_BASE_NS.store(now_ns, Ordering::Relaxed);
    STEERED_RATE.store(rate, Ordering::Relaxed);
    STEERING.write_end();
    irqs.restore();
    TIMER_PER_NS.store(per_ns as u64, Ordering::Relaxed);
}

/// Counts of the time-stamp counter since the boot loader jumped to the kernel. Under QEMU's `-icount shift=0`
/// that is the number of instructions.
pub fn tsc_since_entry() -> u64 {
    unsafe extern "C" {
        static entry_tsc: u64;
    }
    // SAFETY: written once, by the first instructions of the kernel.
    tsc().saturating_sub(unsafe { entry_tsc })
}

/// How [`now_ns`] follows from the time-stamp counter: a count, nanoseconds for one count from there on, times 2^32, and
/// what the clock showed there.
#[inline(always)]
pub fn rate() -> (u64, u64, u64) {
    loop {
        let seq = STEERING.read_begin();
        let rate = unsequenced_rate();
        if !STEERING.read_retry(seq) {
            return rate;
        }
    }
}

#[inline(always)]
fn unsequenced_rate() -> (u64, u64, u64) {
    let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
    (load(&STEERED_BASE), load(&STEERED_RATE), load(&STEERED_BASE_NS))
}

/// The same of [`raw_ns`].
pub fn raw_rate() -> (u64, u64, u64) {
    (TSC_BASE.load(Ordering::Relaxed), NS_PER_TSC.load(Ordering::Relaxed), 0)
}

/// Whether programs may read the clocks from the counter themselves: unless the command line says `notsc` or
/// `tsc=unstable`. The kernel's own clock has nothing else to go by.
pub fn tsc_usable() -> bool {
    crate::boot::option("notsc").is_none() && crate::boot::option("tsc") != Some("unstable")
}

/// Frequency of the time-stamp counter.
pub fn tsc_hz() -> u64 {
    TSC_HZ.load(Ordering::Relaxed)
}

/// Wall-clock time at the moment that [`now_ns`] calls 0, in ns since 1970, from the hardware clock.
pub fn wall_clock_at_boot_ns() -> u64 {
    WALL_CLOCK.load(Ordering::Relaxed)
}

/// A clock of known frequency that counts up.
struct Reference {
    name: &'static str,
    hz: u64,
    /// Counter bits.
    mask: u64,
    read: fn(u64) -> u64,
    arg: u64,
}

/// Calibrates; on the boot processor.
pub(crate) fn init() {
    let base = tsc();
    TSC_BASE.store(base, Ordering::Relaxed);
    STEERED_BASE.store(base, Ordering::Relaxed);
    let hz = tsc_hz_from_cpuid()
        .or_else(|| references().into_iter().flatten().find_map(|clock| calibrate(&clock)));
    let hz = hz.unwrap_or_else(|| {
        kerror!("time: nothing to calibrate the time-stamp counter against; assuming 1 GHz");
        1_000_000_000
    });
    TSC_HZ.store(hz, Ordering::Relaxed);
    let rate = ((1_000_000_000u128 << 32) / u128::from(hz)) as u64;
    NS_PER_TSC.store(rate, Ordering::Relaxed);
    STEERED_RATE.store(rate, Ordering::Relaxed);
    init_timer(hz);
    TIMER_PER_RAW_NS.store(TIMER_PER_NS.load(Ordering::Relaxed), Ordering::Relaxed);
    init_cpu();
    WALL_CLOCK.store(read_rtc().saturating_sub(now_ns()), Ordering::Relaxed);
}

/// What CPUID says: crystal and ratio, or the hypervisor's leaf.
fn tsc_hz_from_cpuid() -> Option<u64> {
    if __cpuid(0).eax >= 0x15 {
        let leaf = __cpuid(0x15);
        if leaf.eax != 0 && leaf.ebx != 0 && leaf.ecx != 0 {
            return Some(u64::from(leaf.ecx) * u64::from(leaf.ebx) / u64::from(leaf.eax));
        }
    }
    let hypervisor = __cpuid(1).ecx & 1 << 31 != 0;
    if hypervisor && __cpuid(0x4000_0000).eax >= 0x4000_0010 {
        let khz = u64::from(__cpuid(0x4000_0010).eax);
        return (khz != 0).then_some(khz * 1000);
    }
    None
}

/// Clocks to calibrate against, best first.
fn references() -> [Option<Reference>; 3] {
    let topology = acpi::topology();
    let hpet =
        (topology.hpet != 0).then(|| kernel_map::map_io(topology.hpet, 1024)).flatten().and_then(|base| {
            // SAFETY: the HPET's registers are mapped: capabilities at 0, configuration at 0x10.
            let period_fs = unsafe {
                let period = base.cast::<u64>().read_volatile() >> 32;
                let config = base.add(0x10).cast::<u64>();
                config.write_volatile(config.read_volatile() | 1);
                period
            };
            (period_fs != 0).then(|| Reference {
                name: "HPET",
                hz: 1_000_000_000_000_000 / period_fs,
                mask: 0xffff_ffff,
                // SAFETY: the main counter, mapped above.
                read: |base| unsafe { u64::from(((base + 0xf0) as *const u32).read_volatile()) },
                arg: base as u64,
            })
        });
    let (port, wide) = topology.pm_timer;
    let pm_timer = (port != 0).then(|| Reference {
        name: "ACPI timer",
        hz: PM_TIMER_HZ,
        mask: if wide { 0xffff_ffff } else { 0xff_ffff },
        // SAFETY: the port that ACPI names for the timer.
        read: |port| u64::from(unsafe { inl(port as u16) }),
        arg: u64::from(port),
    });
    // SAFETY: channel 2 of the PIT, gated on, speaker off, counting down from 65536.
    unsafe {
        outb(0x61, inb(0x61) & !2 | 1);
        outb(0x43, 0xb0);
        outb(0x42, 0xff);
        outb(0x42, 0xff);
    }
    let pit = Reference { name: "PIT", hz: PIT_HZ, mask: 0xffff, read: |_| read_pit(), arg: 0 };
    [hpet, pm_timer, Some(pit)]
}

fn read_pit() -> u64 {
    // SAFETY: latches and reads channel 2.
    let count = unsafe {
        outb(0x43, 0x80);
        u64::from(inb(0x42)) | u64::from(inb(0x42)) << 8
    };
    0xffff - count
}

/// The counter's frequency by a clock; none if the clock is of no use.
fn calibrate(clock: &Reference) -> Option<u64> {
    let mut read = || (clock.read)(clock.arg);
    let hz = frequency(&mut tsc, &mut Clock { hz: clock.hz, mask: clock.mask, read: &mut read })?;
    // A counter slower than 10 MHz or faster than 20 GHz is a broken measurement.
    if !(10_000_000..20_000_000_000).contains(&hz) {
        kerror!("time: the {} gives {hz} Hz for the time-stamp counter: ignored", clock.name);
        return None;
    }
    Some(hz)
}

fn init_timer(tsc_hz: u64) {
    if cpu::has_tsc_deadline() {
        DEADLINE_MODE.store(true, Ordering::Relaxed);
        TIMER_PER_NS.store(((u128::from(tsc_hz) << 32) / 1_000_000_000) as u64, Ordering::Relaxed);
        return;
    }
    apic::timer_start(u32::MAX);
    let mut counted = || u64::from(u32::MAX - apic::timer_left());
    let hz = frequency(&mut counted, &mut Clock { hz: tsc_hz, mask: u64::MAX, read: &mut tsc });
    apic::timer_start(0);
    let hz = hz.unwrap_or_default().max(1);
    TIMER_PER_NS.store(((u128::from(hz) << 32) / 1_000_000_000) as u64, Ordering::Relaxed);
}

/// Prepares this processor's timer.
pub(crate) fn init_cpu() {
    apic::timer_mode(DEADLINE_MODE.load(Ordering::Relaxed));
}

/// Interrupts this processor at `deadline_ns` (see [`now_ns`]), or at once if that is past. It replaces the
/// deadline set before; `u64::MAX` only takes that back.
#[inline]
pub fn set_timer(deadline_ns: u64) {
    let per_ns = u128::from(TIMER_PER_NS.load(Ordering::Relaxed));
    let delta = deadline_ns.saturating_sub(now_ns());
    let counts = ((u128::from(delta) * per_ns) >> 32) as u64;
    if DEADLINE_MODE.load(Ordering::Relaxed) {
        let at = if deadline_ns == u64::MAX { 0 } else { tsc().saturating_add(counts).max(1) };
        // SAFETY: the register exists in this mode.
        unsafe { msr::write(msr::TSC_DEADLINE, at) };
    } else if deadline_ns == u64::MAX {
        apic::timer_start(0);
    } else {
        // A deadline beyond the counter's range comes early, and is set again by whoever waits for it.
        apic::timer_start(counts.clamp(1, u64::from(u32::MAX)) as u32);
    }
}

fn cmos(register: u8) -> u64 {
    // SAFETY: index and data ports of the real-time clock.
    unsafe {
        outb(0x70, register);
        u64::from(inb(0x71))
    }
}

/// The hardware clock in ns since 1970; 0 if there is none that makes sense.
fn read_rtc() -> u64 {
    const UPDATING: u64 = 0x80;
    let read = || [0, 2, 4, 7, 8, 9, 0x32].map(cmos);
    let mut now = [0; 7];
    for _ in 0..10_000 {
        if cmos(0x0a) & UPDATING != 0 {
            continue;
        }
        now = read();
        if now == read() {
            break;
        }
    }
    let mode = cmos(0x0b);
    let pm = now[2] & 0x80 != 0;
    now[2] &= 0x7f;
    if mode & 4 == 0 {
        now = now.map(|bcd| (bcd >> 4) * 10 + (bcd & 15));
    }
    let [second, minute, mut hour, day, month, year, century] = now;
    if mode & 2 == 0 {
        hour = hour % 12 + if pm { 12 } else { 0 };
    }
    let year = year + if (19..=29).contains(&century) { century * 100 } else { 2000 };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return 0;
    }
    // Days from the civil calendar: years begin in March, so that the leap day comes last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719_468;
    (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000
}
