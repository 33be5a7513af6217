//! Prints system calls as strace(1) does: `read(3, "root:x:0", 8) = 8`.
//!
//! Which calls there are and what types their arguments have comes from the tables; what a number means (a set of
//! flags, a signal, a buffer of so many bytes) from the rules in `rules.rs`. Nothing is allocated, and memory that
//! cannot be read is shown as its address. Structures are read in the layout of the program's ABI; calls that hold
//! several (socketcall, ipc) are shown as the one that they mean (`mux.rs`).

mod args;
mod mux;
mod names;
mod ret;
mod rules;
mod structs;
mod text;

use core::fmt::{self, Write};

/// Which table a call was made through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abi {
    /// 64-bit.
    X86_64,
    /// 32-bit pointers in 64-bit mode.
    X32,
    /// 32-bit.
    I386,
}

/// What an argument is by its C type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A C string.
    Text,
    /// Any other pointer.
    Pointer,
    /// The descriptor of a directory, or AT_FDCWD.
    DirFd,
    /// 32 bits, signed; descriptors too.
    Int,
    /// 32 bits, unsigned.
    Uint,
    /// A word, signed.
    Long,
    /// A word, unsigned.
    Ulong,
    /// 64 bits in two registers of a 32-bit program, signed.
    Wide,
    /// The same, unsigned.
    WideUnsigned,
    /// 16 bits.
    Short,
    /// Permissions.
    Mode,
}

/// A call's number (without x32's bit), name and arguments.
pub type Signature = (u32, &'static str, &'static [Kind]);

/// A program's memory.
pub trait Memory {
    /// Fills `into` from `address` on; how many bytes from the start could be read.
    fn read(&self, address: u64, into: &mut [u8]) -> usize;
}

impl<F: Fn(u64, &mut [u8]) -> usize> Memory for F {
    fn read(&self, address: u64, into: &mut [u8]) -> usize {
        self(address, into)
    }
}

/// A call as a program made it.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Its table.
    pub abi: Abi,
    /// Its number.
    pub number: u32,
    /// The argument registers.
    pub args: [u64; 6],
}

/// How a call came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// What rax holds: a value, or a negated error number.
    Returned(i64),
    /// It does not come back: exit(2).
    Never,
}

/// The end of a started line, see [`enter`].
#[must_use]
#[derive(Debug, Clone, Copy)]
pub struct Printed(usize);

/// Prints the whole line, without a newline, after the call.
pub fn line(out: &mut dyn Write, call: &Call, outcome: Outcome, memory: &dyn Memory) -> fmt::Result {
    let printed = enter(out, call, memory)?;
    leave(out, call, printed, outcome, memory)
}

/// Prints what is known when the call is made: its name and the arguments up to the first that it fills.
pub fn enter(out: &mut dyn Write, call: &Call, memory: &dyn Memory) -> Result<Printed, fmt::Error> {
    let call = args::Decoded::new(call, memory);
    call.write_name(out)?;
    out.write_char('(')?;
    let known = call.known_at_entry();
    call.write_args(out, 0..known, None)?;
    Ok(Printed(known))
}

/// Prints the rest of a line that [`enter`] began.
pub fn leave(
    out: &mut dyn Write,
    call: &Call,
    printed: Printed,
    outcome: Outcome,
    memory: &dyn Memory,
) -> fmt::Result {
    let call = args::Decoded::new(call, memory);
    let value = match outcome {
        Outcome::Returned(value) => value,
        Outcome::Never => 0,
    };
    call.write_args(out, printed.0..call.count(), Some(value))?;
    out.write_str(") = ")?;
    match outcome {
        Outcome::Returned(value) => ret::write(out, &call, value),
        Outcome::Never => out.write_char('?'),
    }
}

/// The signature of a number, if there is one.
pub fn signature(abi: Abi, number: u32) -> Option<&'static Signature> {
    let (table, number) = match abi {
        Abi::X86_64 => (crate::nr::x86_64::SIGNATURES, number),
        Abi::X32 => (crate::nr::x32::SIGNATURES, number & !(1 << 30)),
        Abi::I386 => (crate::nr::i386::SIGNATURES, number),
    };
    table.binary_search_by_key(&number, |row| row.0).ok().and_then(|at| table.get(at))
}

#[cfg(test)]
mod tests;
