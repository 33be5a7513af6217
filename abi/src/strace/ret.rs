//! What a call returned, behind the equals sign.

use core::fmt::{self, Write};

use super::args::{Decoded, hex, open_flags};
use super::names;
use super::structs;
use crate::consts::fcntl;
use crate::errno::Errno;

/// Writes the value, or the error with its message.
pub fn write(out: &mut dyn Write, call: &Decoded<'_>, value: i64) -> fmt::Result {
    if (-4095..0).contains(&value) {
        return error(out, -value as i32);
    }
    match call.name {
        Some("mmap" | "mmap2" | "brk" | "mremap" | "shmat") => hex(out, value as u64),
        Some("umask") => write!(out, "0{value:02o}"),
        Some("fcntl" | "fcntl64") => fcntl_value(out, call.arg(1) as u32, value as u64),
        Some("poll" | "ppoll" | "select" | "pselect6" | "ppoll_time64" | "pselect6_time64") if value == 0 => {
            out.write_str("0 (Timeout)")
        }
        Some("poll") => {
            write!(out, "{value}")?;
            structs::revents(out, call, call.arg(0), call.arg(1))
        }
        _ => write!(out, "{value}"),
    }
}

fn fcntl_value(out: &mut dyn Write, command: u32, value: u64) -> fmt::Result {
    match command {
        fcntl::F_GETFD if value != 0 => {
            write!(out, "{value:#x} (flags ")?;
            names::FD_FLAGS.flags(out, value)?;
            out.write_char(')')
        }
        fcntl::F_GETFL => {
            hex(out, value)?;
            out.write_str(" (flags ")?;
            open_flags(out, value)?;
            out.write_char(')')
        }
        _ => write!(out, "{value}"),
    }
}

fn error(out: &mut dyn Write, code: i32) -> fmt::Result {
    // The kernel's own codes, which a program never sees: what will become of the call.
    let restart = match code {
        512 => "ERESTARTSYS (To be restarted if SA_RESTART is set)",
        513 => "ERESTARTNOINTR (To be restarted)",
        514 => "ERESTARTNOHAND (To be restarted if no handler)",
        516 => "ERESTART_RESTARTBLOCK (Interrupted by signal)",
        _ => "",
    };
    if !restart.is_empty() {
        return write!(out, "? {restart}");
    }
    match Errno::from_raw(code) {
        Some(errno) if code < 134 => write!(out, "-1 {} ({})", errno.name(), errno.message()),
        _ => write!(out, "-1 (errno {code})"),
    }
}
