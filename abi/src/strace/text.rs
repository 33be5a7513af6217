//! Strings and buffers, quoted as strace quotes them.

use core::fmt::{self, Write};

use super::Memory;

/// How much of a string is shown.
pub const SHOWN: usize = 32;
/// How much of a path is shown: all that there can be.
const PATH_MAX: usize = 4096;

/// How bytes are written.
#[derive(Clone, Copy, PartialEq)]
pub enum Quoting {
    /// Printable characters, octal escapes.
    Plain,
    /// Hexadecimal escapes alone.
    Hex,
}

/// A buffer of `len` bytes; its address if it cannot be read.
pub fn buffer(out: &mut dyn Write, memory: &dyn Memory, at: u64, len: u64, how: Quoting) -> fmt::Result {
    if at == 0 {
        return out.write_str("NULL");
    }
    let mut bytes = [0; SHOWN + 1];
    let wanted = usize::try_from(len).unwrap_or(usize::MAX).min(SHOWN + 1);
    let Some(room) = bytes.get_mut(..wanted.min(SHOWN)) else { return Ok(()) };
    if memory.read(at, room) < room.len() {
        return super::args::address(out, at);
    }
    quote(out, room, how)?;
    if wanted > SHOWN { out.write_str("...") } else { Ok(()) }
}

/// A C string: a path is shown whole, other text cut at 32 characters.
pub fn c_string(out: &mut dyn Write, memory: &dyn Memory, at: u64, path: bool) -> fmt::Result {
    if at == 0 {
        return out.write_str("NULL");
    }
    let limit = if path { PATH_MAX } else { SHOWN };
    let mut done = 0;
    let mut chunk = [0; SHOWN + 1];
    loop {
        let got = memory.read(at.wrapping_add(done as u64), &mut chunk);
        let bytes = chunk.get(..got).unwrap_or_default();
        if done == 0 && bytes.is_empty() {
            return super::args::address(out, at);
        }
        if done == 0 {
            out.write_char('"')?;
        }
        let end = bytes.iter().position(|byte| *byte == 0);
        let text = bytes.get(..end.unwrap_or(got)).unwrap_or_default();
        let text = text.get(..limit - done).unwrap_or(text);
        // Whether an octal escape may be short depends on the next byte, which the next chunk may hold: one byte
        // is kept back while there is more to come.
        let more = end.is_none() && got == chunk.len() && done + text.len() < limit;
        let shown = if more { text.len() - 1 } else { text.len() };
        escape(out, text, shown, Quoting::Plain)?;
        done += shown;
        if more {
            continue;
        }
        let whole = end.is_some_and(|end| end == text.len());
        return out.write_str(if whole { "\"" } else { "\"..." });
    }
}

/// Bytes between quotes.
pub fn quote(out: &mut dyn Write, bytes: &[u8], how: Quoting) -> fmt::Result {
    out.write_char('"')?;
    escape(out, bytes, bytes.len(), how)?;
    out.write_char('"')
}

/// The first `count` of the bytes; those behind are looked at only.
fn escape(out: &mut dyn Write, bytes: &[u8], count: usize, how: Quoting) -> fmt::Result {
    for (at, byte) in bytes.iter().enumerate().take(count) {
        match byte {
            _ if how == Quoting::Hex => write!(out, "\\x{byte:02x}")?,
            b'"' => out.write_str("\\\"")?,
            b'\\' => out.write_str("\\\\")?,
            b'\n' => out.write_str("\\n")?,
            b'\t' => out.write_str("\\t")?,
            b'\r' => out.write_str("\\r")?,
            0x0b => out.write_str("\\v")?,
            0x0c => out.write_str("\\f")?,
            0x20..=0x7e => out.write_char(char::from(*byte))?,
            // All three digits only where a digit follows.
            _ if bytes.get(at + 1).is_some_and(|next| (b'0'..=b'7').contains(next)) => {
                write!(out, "\\{byte:03o}")?;
            }
            _ => write!(out, "\\{byte:o}")?,
        }
    }
    Ok(())
}
