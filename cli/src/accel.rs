//! How QEMU executes the guest: emulation (TCG) or the processor's virtualisation (KVM).
//!
//! `/dev/kvm` can exist and be useless: under some hypervisors an exit takes the better part of a millisecond, and a
//! kernel's own code is no faster. So before KVM is chosen, a tiny kernel that computes and leaves the guest now and
//! then is run emulated and then under KVM, which must be clearly the faster one.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::project::Project;
use crate::qemu::{DEBUG_EXIT_PORT, End, QEMU};
use crate::reap::{self, Guarded};

/// The accelerator as the user asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, ValueEnum)]
pub enum AccelChoice {
    /// KVM if a probe shows that it works at a useful speed, else TCG.
    #[default]
    Auto,
    /// The processor's virtualisation.
    Kvm,
    /// Emulation.
    Tcg,
}

/// The accelerator of a machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Accel {
    /// The processor's virtualisation.
    Kvm,
    /// Emulation.
    Tcg,
}

impl Accel {
    /// QEMU's arguments, the processor model with them.
    pub fn qemu_args(self) -> [&'static str; 4] {
        match self {
            // Without this feature, whose register nested hypervisors refuse, QEMU starts on more of them.
            Self::Kvm => ["-accel", "kvm", "-cpu", "host,arch-capabilities=off"],
            Self::Tcg => ["-accel", "tcg", "-cpu", "max"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Kvm => "kvm",
            Self::Tcg => "tcg",
        }
    }
}

/// Time for the emulated run of the probe, which takes a second.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the probe's kernel writes to the debug-exit port when it got to its end.
const ANSWER: u8 = 0x2a;
/// Rounds of its loop, each with three exits from the guest …
const ROUNDS: u32 = 1000;
/// … and so many steps of a loop within.
const STEPS: u32 = 300_000;

impl AccelChoice {
    /// Settles the choice. `verbose` says on standard error what was chosen and why.
    pub fn resolve(self, project: &Project, verbose: bool) -> Result<Accel> {
        let (accel, why) = match self {
            Self::Kvm => (Accel::Kvm, "asked for".to_owned()),
            Self::Tcg => (Accel::Tcg, "asked for".to_owned()),
            Self::Auto => probe_cached(project)?,
        };
        if verbose {
            eprintln!("ferrogate: accelerator {}: {why}", accel.name());
        }
        Ok(accel)
    }
}

/// Tells somebody who sits at a terminal, once for each boot of the host, that there is no KVM that could be used.
pub fn say_once_that_it_emulates(project: &Project) {
    let said = project.output("emulation-said");
    let key = cache_key().unwrap_or_default();
    if !rustix::termios::isatty(rustix::stdio::stderr())
        || fs::read_to_string(&said).is_ok_and(|text| text == key)
    {
        return;
    }
    eprintln!(
        "ferrogate: no KVM that could be used here: the processor is emulated, which takes about ten times as long \
         (said once)"
    );
    // If it can't be noted it is said again.
    let _ = fs::write(&said, key);
}

/// The probe's answer holds for one boot of one host kernel.
fn cache_key() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    Some(format!("{} {}", release.trim(), boot.trim()))
}

fn probe_cached(project: &Project) -> Result<(Accel, String)> {
    if rustix::fs::access("/dev/kvm", rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK).is_err() {
        return Ok((Accel::Tcg, "no usable /dev/kvm".into()));
    }
    let cache = project.output("accel");
    let key = cache_key();
    if let (Some(key), Ok(text)) = (&key, fs::read_to_string(&cache))
        && let Some((accel, why)) = parse_cache(&text, key)
    {
        return Ok((accel, format!("{why} (probed earlier; {} remembers)", project.show(&cache))));
    }
    project.make_output_dir()?;
    let (accel, why) = probe(&project.output("accel-probe.elf"))?;
    if let Some(key) = key {
        fs::write(&cache, format!("{key}\n{}\n{why}\n", accel.name()))
            .context("cannot write the probe's answer")?;
    }
    Ok((accel, why))
}

fn parse_cache(text: &str, key: &str) -> Option<(Accel, String)> {
    let mut lines = text.lines();
    if lines.next()? != key {
        return None;
    }
    let accel = match lines.next()? {
        "kvm" => Accel::Kvm,
        "tcg" => Accel::Tcg,
        _ => return None,
    };
    Some((accel, lines.next()?.to_owned()))
}

/// Boots the probe's kernel both ways. KVM must need at most three fifths of the time: where it works it needs a
/// quarter, most of which is QEMU's start and the firmware.
fn probe(elf: &Path) -> Result<(Accel, String)> {
    fs::write(elf, probe_kernel()).with_context(|| format!("cannot write {}", elf.display()))?;
    let timed = |accel, deadline| -> Result<(bool, Duration)> {
        let start = Instant::now();
        let end = run_probe(elf, accel, deadline)?;
        Ok((end == Some(End::Panic(i32::from(ANSWER))), start.elapsed()))
    };
    let (emulates, emulated) = timed(Accel::Tcg, PATIENCE)?;
    let limit = emulated * 3 / 5;
    let (virtualises, taken) = timed(Accel::Kvm, limit)?;
    let _ = fs::remove_file(elf);
    let times = format!("{} ms, emulated {} ms", taken.as_millis(), emulated.as_millis());
    Ok(match (emulates, virtualises) {
        (_, true) => (Accel::Kvm, format!("the probe took {times}")),
        (false, false) => (Accel::Tcg, "the probe failed".into()),
        (true, false) if taken < limit => (Accel::Tcg, "QEMU cannot use /dev/kvm here".into()),
        (true, false) => {
            (Accel::Tcg, format!("/dev/kvm is there but too slow: the probe was not done after {times}"))
        }
    })
}

fn run_probe(elf: &Path, accel: Accel, deadline: Duration) -> Result<Option<End>> {
    let mut command = reap::command(QEMU);
    command
        .args(["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none", "-net", "none"])
        .args(["-M", "q35", "-m", "32M"])
        .args(accel.qemu_args())
        .args(["-device", &format!("isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x},iosize=0x04")])
        .arg("-kernel")
        .arg(elf)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut qemu = Guarded::spawn(&mut command)?;
    Ok(qemu.wait_until(Instant::now() + deadline)?.map(End::of))
}

/// Where the probe's kernel is loaded and entered.
const LOAD_ADDRESS: u32 = 0x10_0000;

/// 32-bit machine code: a loop of instructions that a hypervisor must handle, then the answer.
fn probe_code() -> Vec<u8> {
    let mut code = vec![0xfa]; // cli
    code.push(0xbe); // mov $ROUNDS, %esi
    code.extend(ROUNDS.to_le_bytes());
    let top = code.len();
    code.extend([0x31, 0xc0, 0x31, 0xc9, 0x0f, 0xa2]); // xor %eax,%eax; xor %ecx,%ecx; cpuid
    code.extend([0xe4, 0x61]); // in $0x61, %al: the PIT's status port, which nothing minds
    code.extend([0x0f, 0x20, 0xc0, 0x0f, 0x22, 0xc0]); // mov %cr0, %eax; mov %eax, %cr0
    code.extend([0xe6, 0x80]); // out %al, $0x80: the POST code port
    code.push(0xb9); // mov $STEPS, %ecx
    code.extend(STEPS.to_le_bytes());
    code.extend([0x49, 0x75, 0xfd]); // dec %ecx; jnz to it
    code.push(0x4e); // dec %esi
    let distance = top as isize - (code.len() as isize + 2);
    code.extend([0x75, distance.to_le_bytes()[0]]); // jnz top
    code.extend([0xb0, ANSWER, 0xe6, DEBUG_EXIT_PORT.to_le_bytes()[0]]); // mov $ANSWER, %al; out %al, $port
    code.extend([0xf4, 0xeb, 0xfd]); // hlt; jmp to it
    code
}

/// An ELF with a PVH note, entered by QEMU in 32-bit mode without paging.
fn probe_kernel() -> Vec<u8> {
    const EHDR: u32 = 52;
    const PHDR: u32 = 32;
    let code = probe_code();
    let mut note = Vec::new();
    // XEN_ELFNOTE_PHYS32_ENTRY (18): the physical address of the entry.
    for word in [4, 4, 18, u32::from_le_bytes(*b"Xen\0"), LOAD_ADDRESS] {
        note.extend(u32::to_le_bytes(word));
    }
    let (code_len, note_len) = (code.len() as u32, note.len() as u32);
    let code_at = EHDR + 2 * PHDR;
    let note_at = code_at + code_len;

    let mut elf = Vec::from(*b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0");
    let halves = |elf: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|v| elf.extend(v.to_le_bytes()));
    let words = |elf: &mut Vec<u8>, values: &[u32]| values.iter().for_each(|v| elf.extend(v.to_le_bytes()));
    halves(&mut elf, &[2, 3]); // ET_EXEC, EM_386
    words(&mut elf, &[1, LOAD_ADDRESS, EHDR, 0, 0]);
    halves(&mut elf, &[EHDR as u16, PHDR as u16, 2, 40, 0, 0]);
    words(&mut elf, &[1, code_at, LOAD_ADDRESS, LOAD_ADDRESS, code_len, code_len, 7, 4]); // PT_LOAD
    let note_addr = LOAD_ADDRESS + code_len;
    words(&mut elf, &[4, note_at, note_addr, note_addr, note_len, note_len, 4, 4]); // PT_NOTE
    elf.extend(code);
    elf.extend(note);
    elf
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probe_kernel_is_an_elf_with_a_note() {
        use object::Object;
        let elf = probe_kernel();
        let file = object::File::parse(elf.as_slice()).unwrap();
        assert_eq!(file.entry(), u64::from(LOAD_ADDRESS));
        assert!(elf.windows(4).any(|w| w == b"Xen\0"));
        // The jump leads back to the `xor` behind `mov $ROUNDS, %esi`.
        let code = probe_code();
        let jnz = code.iter().rposition(|byte| *byte == 0x75).unwrap();
        assert_eq!(jnz as i64 + 2 + i64::from(code[jnz + 1].cast_signed()), 6);
    }

    #[test]
    fn cache_is_bound_to_its_key() {
        assert_eq!(parse_cache("6.1 abc\ntcg\ntoo slow\n", "6.1 abc"), Some((Accel::Tcg, "too slow".into())));
        assert_eq!(parse_cache("6.1 abc\ntcg\ntoo slow\n", "6.1 abd"), None);
        assert_eq!(parse_cache("6.1 abc\n", "6.1 abc"), None);
    }

    /// The probe itself works: emulated, it gets to its end.
    #[test]
    fn probe_ends_under_emulation() {
        if std::process::Command::new(QEMU).arg("--version").output().is_err() {
            eprintln!("no {QEMU}: not tested");
            return;
        }
        let elf = std::env::temp_dir().join(format!("ferrogate-probe-{}.elf", std::process::id()));
        fs::write(&elf, probe_kernel()).unwrap();
        let end = run_probe(&elf, Accel::Tcg, Duration::from_secs(30)).unwrap();
        fs::remove_file(&elf).unwrap();
        assert_eq!(end, Some(End::Panic(i32::from(ANSWER))));
    }
}
