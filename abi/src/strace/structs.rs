//! Structures in a program's memory.

use core::fmt::{self, Write};

use super::Abi;
use super::args::{Decoded, address, hex, signal};
use super::names;
use super::text::{self, Quoting, SHOWN};
use crate::consts::*;
use crate::layout::{Rlimit32, RlimitLayout, Sigaction32, Stat32, Stat64, joined};
use crate::types::*;

/// What a pointer points at.
#[derive(Clone, Copy)]
pub enum Shape {
    Timespec,
    TimespecPair,
    Timeval,
    Itimerval,
    Rlimit,
    Rlimit64,
    Stat,
    Sigaction,
    SignalSet,
    Utsname,
    Long,
}

/// Writes the structure, or its address if it cannot be read.
pub fn write(out: &mut dyn Write, call: &Decoded<'_>, shape: Shape, at: u64) -> fmt::Result {
    if at == 0 {
        return address(out, at);
    }
    let written = match shape {
        Shape::Timespec => time(call, at).map(|value| timespec(out, &value)),
        Shape::TimespecPair => {
            time(call, at).zip(time(call, at.wrapping_add(time_size(call)))).map(|(access, change)| {
                out.write_char('[')?;
                timespec(out, &access)?;
                out.write_str(", ")?;
                timespec(out, &change)?;
                out.write_char(']')
            })
        }
        Shape::Timeval => time(call, at).map(|value| timeval(out, &value)),
        Shape::Itimerval => {
            time(call, at).zip(time(call, at.wrapping_add(time_size(call)))).map(|(interval, value)| {
                out.write_str("{it_interval=")?;
                timeval(out, &interval)?;
                out.write_str(", it_value=")?;
                timeval(out, &value)?;
                out.write_char('}')
            })
        }
        Shape::Rlimit if call.abi() == Abi::I386 => call.read::<Rlimit32>(at).map(|value| {
            let [rlim_cur, rlim_max] = value.widen();
            rlimit(out, &Rlimit { rlim_cur, rlim_max }, "RLIM_INFINITY")
        }),
        Shape::Rlimit => call.read(at).map(|value| rlimit(out, &value, "RLIM_INFINITY")),
        Shape::Rlimit64 => call.read(at).map(|value| rlimit(out, &value, "RLIM64_INFINITY")),
        Shape::Stat => file(call, at).map(|value| stat(out, &value)),
        Shape::Sigaction => action(call, at).map(|value| sigaction(out, &value)),
        Shape::SignalSet => call.read(at).map(|value| signal_set(out, value)),
        Shape::Utsname => call.read(at).map(|value| utsname(out, &value)),
        Shape::Long if call.abi() == Abi::I386 => call.read::<i32>(at).map(|value| write!(out, "[{value}]")),
        Shape::Long => call.read::<i64>(at).map(|value| write!(out, "[{value}]")),
    };
    written.unwrap_or_else(|| address(out, at))
}

/// Whether the call has times of 64 bits: on i386 those that say so.
fn has_long_times(call: &Decoded<'_>) -> bool {
    let says =
        |name: &str| name.ends_with("_time64") || matches!(name, "clock_gettime64" | "clock_settime64");
    call.abi() != Abi::I386 || call.name.is_some_and(says)
}

fn time_size(call: &Decoded<'_>) -> u64 {
    if has_long_times(call) { 16 } else { 8 }
}

/// Seconds, and what is below.
fn time(call: &Decoded<'_>, at: u64) -> Option<[i64; 2]> {
    match has_long_times(call) {
        true => call.read(at),
        false => call.read::<[i32; 2]>(at).map(|value| value.map(i64::from)),
    }
}

/// Only what is shown.
fn file(call: &Decoded<'_>, at: u64) -> Option<Stat> {
    match call.name {
        _ if call.abi() != Abi::I386 => call.read(at),
        Some("stat" | "lstat" | "fstat") => call.read::<Stat32>(at).map(|value| Stat {
            st_mode: value.st_mode.into(),
            st_rdev: value.st_rdev.into(),
            st_size: value.st_size.into(),
            ..Stat::default()
        }),
        _ => call.read::<Stat64>(at).map(|value| Stat {
            st_mode: value.st_mode,
            st_rdev: joined(value.st_rdev),
            st_size: joined(value.st_size) as i64,
            ..Stat::default()
        }),
    }
}

fn action(call: &Decoded<'_>, at: u64) -> Option<Sigaction> {
    if call.abi() == Abi::X86_64 {
        return call.read(at);
    }
    call.read::<Sigaction32>(at).map(|value| Sigaction {
        sa_handler: value.sa_handler.into(),
        sa_flags: value.sa_flags.into(),
        sa_restorer: value.sa_restorer.into(),
        sa_mask: joined(value.sa_mask),
    })
}

fn timespec(out: &mut dyn Write, [seconds, below]: &[i64; 2]) -> fmt::Result {
    match *below {
        stat::UTIME_NOW => return out.write_str("UTIME_NOW"),
        stat::UTIME_OMIT => return out.write_str("UTIME_OMIT"),
        _ => {}
    }
    write!(out, "{{tv_sec={}, tv_nsec={}}}", seconds, below)
}

fn timeval(out: &mut dyn Write, [seconds, below]: &[i64; 2]) -> fmt::Result {
    write!(out, "{{tv_sec={}, tv_usec={}}}", seconds, below)
}

fn rlimit(out: &mut dyn Write, value: &Rlimit, infinity: &str) -> fmt::Result {
    let mut limit = |name: &str, value: u64| match value {
        u64::MAX => write!(out, "{name}={infinity}"),
        _ if value > 1024 && value.is_multiple_of(1024) => write!(out, "{name}={}*1024", value / 1024),
        _ => write!(out, "{name}={value}"),
    };
    limit("{rlim_cur", value.rlim_cur)?;
    limit(", rlim_max", value.rlim_max)?;
    out.write_char('}')
}

fn stat(out: &mut dyn Write, value: &Stat) -> fmt::Result {
    let kind = value.st_mode & stat::S_IFMT;
    out.write_str("{st_mode=")?;
    match names::FILE_TYPE.find(u64::from(kind)) {
        Some(name) => write!(out, "{name}|")?,
        None if kind != 0 => write!(out, "{kind:#o}|")?,
        None => {}
    }
    let special = [(stat::S_ISUID, "S_ISUID|"), (stat::S_ISGID, "S_ISGID|"), (stat::S_ISVTX, "S_ISVTX|")];
    for (_, name) in special.iter().filter(|(bit, _)| value.st_mode & bit != 0) {
        out.write_str(name)?;
    }
    write!(out, "0{:02o}, ", value.st_mode & 0o777)?;
    if kind == stat::S_IFCHR || kind == stat::S_IFBLK {
        let dev = value.st_rdev;
        out.write_str("st_rdev=makedev(")?;
        hex(out, dev >> 8 & 0xfff | dev >> 32 & 0xffff_f000)?;
        out.write_str(", ")?;
        hex(out, dev & 0xff | dev >> 12 & 0xffff_ff00)?;
        out.write_char(')')?;
    } else {
        write!(out, "st_size={}", value.st_size)?;
    }
    out.write_str(", ...}")
}

fn sigaction(out: &mut dyn Write, value: &Sigaction) -> fmt::Result {
    out.write_str("{sa_handler=")?;
    match value.sa_handler {
        0 => out.write_str("SIG_DFL")?,
        1 => out.write_str("SIG_IGN")?,
        handler => write!(out, "{handler:#x}")?,
    }
    out.write_str(", sa_mask=")?;
    signal_set(out, value.sa_mask)?;
    out.write_str(", sa_flags=")?;
    names::SA.flags(out, value.sa_flags)?;
    if value.sa_flags & signal::SA_RESTORER != 0 {
        write!(out, ", sa_restorer={:#x}", value.sa_restorer)?;
    }
    out.write_char('}')
}

/// `[INT USR1]`; of a set that has most signals, those that it does not have: `~[KILL STOP]`.
fn signal_set(out: &mut dyn Write, set: u64) -> fmt::Result {
    let inverted = set.count_ones() >= 64 * 2 / 3;
    let shown = if inverted { !set } else { set };
    out.write_str(if inverted { "~[" } else { "[" })?;
    let mut first = true;
    for number in (1..=64u64).filter(|number| shown >> (number - 1) & 1 != 0) {
        if !core::mem::take(&mut first) {
            out.write_char(' ')?;
        }
        match names::SIGNAL.find(number) {
            Some(name) => out.write_str(name.trim_start_matches("SIG"))?,
            None if number == 32 => out.write_str("RTMIN")?,
            None => write!(out, "RT_{}", number - 32)?,
        }
    }
    out.write_char(']')
}

fn utsname(out: &mut dyn Write, value: &Utsname) -> fmt::Result {
    let field = |bytes: &[u8]| bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (system, node) = (value.sysname.0.as_slice(), value.nodename.0.as_slice());
    out.write_str("{sysname=")?;
    text::quote(out, system.get(..field(system)).unwrap_or_default(), Quoting::Plain)?;
    out.write_str(", nodename=")?;
    text::quote(out, node.get(..field(node)).unwrap_or_default(), Quoting::Plain)?;
    out.write_str(", ...}")
}

/// Two descriptors.
pub fn pair(out: &mut dyn Write, call: &Decoded<'_>, at: u64) -> fmt::Result {
    match call.read::<[i32; 2]>(at) {
        Some([first, second]) => write!(out, "[{first}, {second}]"),
        None => address(out, at),
    }
}

/// What is polled and for what.
pub fn pollfds(out: &mut dyn Write, call: &Decoded<'_>, at: u64, count: u64) -> fmt::Result {
    if count == 0 && at != 0 {
        return out.write_str("[]");
    }
    if call.read::<Pollfd>(at).is_none() {
        return address(out, at);
    }
    out.write_char('[')?;
    for (nth, polled) in polled(call, at, count).enumerate() {
        if nth != 0 {
            out.write_str(", ")?;
        }
        if nth == SHOWN {
            out.write_str("...")?;
            break;
        }
        write!(out, "{{fd={}", polled.fd)?;
        if polled.fd >= 0 {
            out.write_str(", events=")?;
            names::POLL.flags(out, polled.events as u16 as u64)?;
        }
        out.write_char('}')?;
    }
    out.write_char(']')
}

/// What poll(2) found.
pub fn revents(out: &mut dyn Write, call: &Decoded<'_>, at: u64, count: u64) -> fmt::Result {
    let mut found = polled(call, at, count).filter(|polled| polled.revents != 0 && polled.fd >= 0).peekable();
    if found.peek().is_none() {
        return Ok(());
    }
    out.write_str(" ([")?;
    for (nth, polled) in found.enumerate() {
        if nth != 0 {
            out.write_str(", ")?;
        }
        if nth == SHOWN {
            out.write_str("...")?;
            break;
        }
        write!(out, "{{fd={}, revents=", polled.fd)?;
        names::POLL.flags(out, polled.revents as u16 as u64)?;
        out.write_char('}')?;
    }
    out.write_str("])")
}

fn polled(call: &Decoded<'_>, at: u64, count: u64) -> impl Iterator<Item = Pollfd> {
    (0..count).map_while(move |nth| call.read::<Pollfd>(at.wrapping_add(nth.wrapping_mul(8))))
}

/// The status that wait4(2) wrote; nothing is written when no child was found.
pub fn wait_status(out: &mut dyn Write, call: &Decoded<'_>, at: u64, ret: i64) -> fmt::Result {
    let status = if ret > 0 && at != 0 { call.read::<u32>(at) } else { None };
    let Some(status) = status else { return address(out, at) };
    let number = |out: &mut dyn Write, value: u32| signal(out, u64::from(value));
    match (status & 0x7f, status >> 8 & 0xff) {
        _ if status == 0xffff => out.write_str("[{WIFCONTINUED(s)}]"),
        (0, code) => write!(out, "[{{WIFEXITED(s) && WEXITSTATUS(s) == {code}}}]"),
        (0x7f, stopped) => {
            out.write_str("[{WIFSTOPPED(s) && WSTOPSIG(s) == ")?;
            number(out, stopped)?;
            out.write_str("}]")
        }
        (killed, _) => {
            out.write_str("[{WIFSIGNALED(s) && WTERMSIG(s) == ")?;
            number(out, killed)?;
            out.write_str(if status & 0x80 != 0 { " && WCOREDUMP(s)}]" } else { "}]" })
        }
    }
}

/// How many directory entries there are in `len` bytes.
pub fn entries(out: &mut dyn Write, call: &Decoded<'_>, at: u64, len: u64) -> fmt::Result {
    address(out, at)?;
    let (mut count, mut offset) = (0, 0);
    while offset < len {
        // The length of a record stands behind its inode's number and its position.
        match call.read::<u16>(at.wrapping_add(offset + 16)) {
            Some(size) if size != 0 => offset += u64::from(size),
            _ => break,
        }
        count += 1;
    }
    write!(out, " /* {count} entries */")
}

/// The third argument of an ioctl(2).
pub fn ioctl(out: &mut dyn Write, call: &Decoded<'_>, command: u32, at: u64, failed: bool) -> fmt::Result {
    match command {
        ioctl::TIOCGWINSZ | ioctl::TIOCSWINSZ if !(failed && command == ioctl::TIOCGWINSZ) => {
            let Some(size) = call.read::<Winsize>(at) else { return address(out, at) };
            write!(
                out,
                "{{ws_row={}, ws_col={}, ws_xpixel={}, ws_ypixel={}}}",
                size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel
            )
        }
        ioctl::FIONREAD | ioctl::TIOCOUTQ | ioctl::TIOCGPGRP | ioctl::TIOCGSID if !failed => {
            integer(out, call, at)
        }
        ioctl::FIONBIO | ioctl::FIOASYNC | ioctl::TIOCSPGRP => integer(out, call, at),
        _ if names::IOCTL.find(u64::from(command)).is_none() => hex(out, at),
        ioctl::TIOCSCTTY | ioctl::TCSBRK | ioctl::TCXONC | ioctl::TCFLSH => write!(out, "{}", at as i64),
        _ => address(out, at),
    }
}

fn integer(out: &mut dyn Write, call: &Decoded<'_>, at: u64) -> fmt::Result {
    match call.read::<i32>(at) {
        Some(value) => write!(out, "[{value}]"),
        None => address(out, at),
    }
}
