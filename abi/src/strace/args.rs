//! A call's arguments, one by one.

use core::fmt::{self, Write};
use core::ops::Range;

use zerocopy::{FromBytes, IntoBytes};

use super::names::{self, Set};
use super::rules::{As, rule};
use super::text::{self, Quoting, SHOWN};
use super::{Abi, Call, Kind, Memory, signature, structs};
use crate::consts::*;
use crate::layout::Iovec32;
use crate::types::Iovec;

/// The half of a register that a 32-bit program has.
const LOW: u64 = 0xffff_ffff;

/// A call with what the tables say of it.
pub struct Decoded<'a> {
    /// As it was made, or what it means.
    call: Call,
    /// Its name; none for a number that isn't in the table.
    pub name: Option<&'static str>,
    kinds: &'static [Kind],
    /// The program's memory.
    pub memory: &'a dyn Memory,
}

/// `NULL`, or hexadecimal.
pub fn address(out: &mut dyn Write, value: u64) -> fmt::Result {
    if value == 0 { out.write_str("NULL") } else { write!(out, "{value:#x}") }
}

/// As C's `%#x`.
pub fn hex(out: &mut dyn Write, value: u64) -> fmt::Result {
    if value == 0 { out.write_char('0') } else { write!(out, "{value:#x}") }
}

/// `SIGINT`, `SIGRT_1`, or the number.
pub fn signal(out: &mut dyn Write, value: u64) -> fmt::Result {
    match (names::SIGNAL.find(value), value) {
        (Some(name), _) => out.write_str(name),
        (None, 32) => out.write_str("SIGRTMIN"),
        (None, 33..=64) => write!(out, "SIGRT_{}", value - 32),
        _ => write!(out, "{}", value as i32),
    }
}

/// As open(2)'s flags: how it is accessed first.
pub fn open_flags(out: &mut dyn Write, value: u64) -> fmt::Result {
    let access = u64::from(fcntl::O_ACCMODE);
    match names::ACCESS_MODE.find(value & access) {
        Some(name) => out.write_str(name)?,
        None => out.write_str("O_ACCMODE")?,
    }
    joined(out, &names::OPEN, value & !access)
}

/// More flags, behind a bar, if there are any.
fn joined(out: &mut dyn Write, set: &Set, value: u64) -> fmt::Result {
    if value == 0 {
        return Ok(());
    }
    out.write_char('|')?;
    set.flags(out, value)
}

impl<'a> Decoded<'a> {
    pub fn new(call: &Call, memory: &'a dyn Memory) -> Self {
        if let Some((name, kinds, args)) = super::mux::meant(call, memory) {
            return Self { call: Call { args, ..*call }, name: Some(name), kinds, memory };
        }
        match signature(call.abi, call.number) {
            Some((_, name, kinds)) => Self { call: *call, name: Some(name), kinds, memory },
            // strace shows all six registers of what it does not know.
            None => Self { call: *call, name: None, kinds: &[Kind::Ulong; 6], memory },
        }
    }

    pub fn write_name(&self, out: &mut dyn Write) -> fmt::Result {
        match self.name {
            Some(name) => out.write_str(name),
            None => write!(out, "syscall_{:#x}", self.call.number),
        }
    }

    /// An argument's value; a 32-bit program has no more than the lower half of a register, and two of them for 64 bits.
    pub fn arg(&self, at: usize) -> u64 {
        let (kind, register) = self.place(at);
        let word = |register: usize| self.call.args.get(register).copied().unwrap_or(0);
        match self.call.abi {
            Abi::I386 if self.registers(kind) == 2 => word(register) & LOW | word(register + 1) << 32,
            Abi::I386 => word(register) & LOW,
            _ => word(register),
        }
    }

    /// Where an argument stands in the row, and its first register.
    fn place(&self, at: usize) -> (usize, usize) {
        let (mut kind, mut register) = (0, 0);
        for _ in 0..at {
            register += self.registers(kind);
            kind += if self.halves() == Some(kind) { 2 } else { 1 };
        }
        (kind, register)
    }

    fn registers(&self, kind: usize) -> usize {
        let wide = matches!(self.kinds.get(kind), Some(Kind::Wide | Kind::WideUnsigned));
        if wide || self.halves() == Some(kind) { 2 } else { 1 }
    }

    /// The argument of the row that is one with the next: some rows have the halves of a position or mask. In 64 bits the
    /// second is not used.
    fn halves(&self) -> Option<usize> {
        match (self.name?, self.kinds.len()) {
            ("preadv" | "pwritev", 5) | ("preadv2" | "pwritev2", 6) => Some(3),
            ("fanotify_mark", 6) => Some(2),
            _ => None,
        }
    }

    /// What an argument is by its C type.
    fn kind(&self, at: usize) -> Option<Kind> {
        let (kind, _) = self.place(at);
        match self.kinds.get(kind) {
            Some(_) if self.halves() == Some(kind) => Some(Kind::Wide),
            other => other.copied(),
        }
    }

    /// How many arguments are shown: some calls have fewer than the table says, depending on their flags.
    pub fn count(&self) -> usize {
        let has = |at: usize, bits: u32| self.arg(at) & u64::from(bits) != 0;
        let tmpfile = fcntl::O_CREAT | (fcntl::O_TMPFILE & !fcntl::O_DIRECTORY);
        match self.name {
            Some("open") if !has(1, tmpfile) => 2,
            Some("openat") if !has(2, tmpfile) => 3,
            Some("faccessat") => 3,
            Some("mremap") if self.arg(3) & mman::MREMAP_FIXED == 0 => 4,
            Some("fcntl" | "fcntl64") => match self.arg(1) as u32 {
                fcntl::F_GETFD | fcntl::F_GETFL | fcntl::F_GETOWN | fcntl::F_GETSIG | fcntl::F_GETLEASE => 2,
                fcntl::F_GETPIPE_SZ | fcntl::F_GET_SEALS => 2,
                _ => 3,
            },
            Some("futex") => match self.arg(1) as u32 & futex::FUTEX_CMD_MASK {
                futex::FUTEX_WAIT | futex::FUTEX_LOCK_PI => 4,
                futex::FUTEX_WAKE => 3,
                futex::FUTEX_UNLOCK_PI | futex::FUTEX_TRYLOCK_PI => 2,
                _ => 6,
            },
            Some("prctl") => match self.arg(0) as i32 {
                prctl::PR_GET_DUMPABLE
                | prctl::PR_GET_KEEPCAPS
                | prctl::PR_GET_SECCOMP
                | prctl::PR_GET_TIMERSLACK
                | prctl::PR_GET_SECUREBITS => 1,
                prctl::PR_SET_NO_NEW_PRIVS | prctl::PR_GET_NO_NEW_PRIVS => 5,
                _ => 2,
            },
            _ => self.kinds.len() - usize::from(self.halves().is_some()),
        }
    }

    /// What an argument means.
    fn meaning(&self, at: usize) -> As {
        if self.name.is_none() {
            return As::Hex;
        }
        if let Some(known) = self.name.and_then(|name| rule(name, at)) {
            return known;
        }
        match self.kind(at) {
            Some(Kind::Text) => As::Path,
            Some(Kind::Pointer) | None => As::Address,
            Some(Kind::DirFd) => As::DirFd,
            Some(Kind::Int) => As::Dec32,
            Some(Kind::Uint | Kind::Short) => As::Unsigned,
            Some(Kind::Long | Kind::Wide) => As::Dec,
            Some(Kind::Ulong | Kind::WideUnsigned) => As::Unsigned,
            Some(Kind::Mode) => As::Mode,
        }
    }

    /// How many arguments stand before the first that the call fills.
    pub fn known_at_entry(&self) -> usize {
        let count = self.count();
        (0..count).find(|at| self.meaning(*at).is_out()).unwrap_or(count)
    }

    /// Some of the arguments, with the commas before and between them. `ret` is what the call returned.
    pub fn write_args(&self, out: &mut dyn Write, which: Range<usize>, ret: Option<i64>) -> fmt::Result {
        if self.name == Some("clone") && self.call.abi == Abi::X86_64 {
            return if which.start == 0 { self.write_clone(out) } else { Ok(()) };
        }
        for at in which {
            if at != 0 {
                out.write_str(", ")?;
            }
            self.write(out, at, ret)?;
        }
        Ok(())
    }

    /// clone(2)'s arguments stand in an order of their own, and each has a name.
    fn write_clone(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str("child_stack=")?;
        address(out, self.arg(1))?;
        out.write_str(", flags=")?;
        self.write(out, 0, None)?;
        let optional = [
            (sched::CLONE_PARENT_SETTID | sched::CLONE_PIDFD, "parent_tid", 2),
            (sched::CLONE_SETTLS, "tls", 4),
            (sched::CLONE_CHILD_SETTID | sched::CLONE_CHILD_CLEARTID, "child_tidptr", 3),
        ];
        for (flags, name, at) in optional {
            if self.arg(0) & flags != 0 {
                write!(out, ", {name}=")?;
                address(out, self.arg(at))?;
            }
        }
        Ok(())
    }

    fn write(&self, out: &mut dyn Write, at: usize, ret: Option<i64>) -> fmt::Result {
        let (value, memory) = (self.arg(at), self.memory);
        let meaning = self.meaning(at);
        let failed = ret.is_some_and(|ret| (-4095..0).contains(&ret));
        if meaning.is_out() && failed && !matches!(meaning, As::IoctlArg) {
            return address(out, value);
        }
        match meaning {
            As::Address => address(out, value),
            As::Dec if self.call.abi == Abi::I386 && self.kind(at) == Some(Kind::Long) => {
                write!(out, "{}", value as i32)
            }
            As::Dec => write!(out, "{}", value as i64),
            As::Dec32 => write!(out, "{}", value as i32),
            As::Unsigned if self.is_32_bits(at) => write!(out, "{}", value as u32),
            As::Unsigned => write!(out, "{value}"),
            // In pages.
            As::Hex if self.name == Some("mmap2") => hex(out, value << 12),
            As::Hex => hex(out, value),
            As::Mode => write!(out, "0{:02o}", value as u16),
            As::DirFd if value as i32 == fcntl::AT_FDCWD => out.write_str("AT_FDCWD"),
            As::DirFd => write!(out, "{}", value as i32),
            As::Path => text::c_string(out, memory, value, true),
            As::Text => text::c_string(out, memory, value, false),
            As::Flags(set) => set.flags(out, value & 0xffff_ffff),
            As::One(set) => set.one(out, value & 0xffff_ffff),
            As::In(len) => text::buffer(out, memory, value, self.arg(len), Quoting::Plain),
            As::Out => text::buffer(out, memory, value, ret.unwrap_or(0) as u64, Quoting::Plain),
            As::HexOut => text::buffer(out, memory, value, ret.unwrap_or(0) as u64, Quoting::Hex),
            As::TextOut => text::c_string(out, memory, value, true),
            As::Strings => self.write_strings(out, value),
            As::Environment => self.write_environment(out, value),
            As::Struct(shape) | As::StructOut(shape) => structs::write(out, self, shape, value),
            As::Iovec(count) => self.write_iovec(out, value, self.arg(count), u64::MAX),
            As::IovecOut(count) => self.write_iovec(out, value, self.arg(count), ret.unwrap_or(0) as u64),
            As::Pollfds(count) => structs::pollfds(out, self, value, self.arg(count)),
            As::Pair => structs::pair(out, self, value),
            As::WaitStatus => structs::wait_status(out, self, value, ret.unwrap_or(0)),
            As::Entries => structs::entries(out, self, value, ret.unwrap_or(0) as u64),
            As::OpenFlags
            | As::MapFlags
            | As::CloneFlags
            | As::Signal
            | As::SocketType
            | As::Protocol
            | As::FutexOp
            | As::IoctlCommand
            | As::IoctlArg
            | As::FcntlArg
            | As::PrctlArg => self.write_special(out, meaning, value, failed),
        }
    }

    fn is_32_bits(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(Kind::Uint | Kind::Int | Kind::Short))
    }

    /// Numbers that one set of names is not enough for.
    fn write_special(&self, out: &mut dyn Write, meaning: As, value: u64, failed: bool) -> fmt::Result {
        match meaning {
            As::OpenFlags => open_flags(out, value & 0xffff_ffff),
            As::MapFlags => {
                names::MAP_TYPE.one(out, value & mman::MAP_TYPE)?;
                joined(out, &names::MAP_BITS, value & !mman::MAP_TYPE)
            }
            As::CloneFlags => self.write_clone_flags(out, value),
            As::SocketType => {
                names::SOCKET_TYPE.one(out, value & 0xf)?;
                joined(out, &names::SOCKET_BITS, value & 0xffff_fff0)
            }
            As::Protocol if matches!(self.arg(0), 2 | 10) => names::PROTOCOL.one(out, value & 0xffff_ffff),
            As::Protocol => write!(out, "{}", value as i32),
            As::FutexOp => self.write_futex_op(out, value as u32),
            As::IoctlCommand => write_ioctl(out, value as u32),
            As::IoctlArg => structs::ioctl(out, self, self.arg(1) as u32, value, failed),
            As::FcntlArg => match self.arg(1) as u32 {
                fcntl::F_SETFD => names::FD_FLAGS.flags(out, value),
                fcntl::F_SETFL => open_flags(out, value),
                fcntl::F_SETSIG => signal(out, value),
                fcntl::F_GETLK | fcntl::F_SETLK | fcntl::F_SETLKW => address(out, value),
                _ => write!(out, "{}", value as i64),
            },
            As::PrctlArg => match self.arg(0) as i32 {
                prctl::PR_SET_NAME => text::c_string(out, self.memory, value, false),
                prctl::PR_SET_PDEATHSIG => signal(out, value),
                prctl::PR_GET_PDEATHSIG | prctl::PR_GET_NAME | prctl::PR_GET_TID_ADDRESS => {
                    address(out, value)
                }
                _ => write!(out, "{}", value as i64),
            },
            _ => signal(out, value),
        }
    }

    fn write_clone_flags(&self, out: &mut dyn Write, value: u64) -> fmt::Result {
        let (flags, exit) = (value & !0xff, value & 0xff);
        if flags != 0 {
            names::CLONE.flags(out, flags)?;
        }
        match (flags, exit) {
            (0, 0) => out.write_char('0'),
            (_, 0) => Ok(()),
            (0, _) => signal(out, exit),
            _ => {
                out.write_char('|')?;
                signal(out, exit)
            }
        }
    }

    fn write_futex_op(&self, out: &mut dyn Write, value: u32) -> fmt::Result {
        names::FUTEX.one(out, u64::from(value & futex::FUTEX_CMD_MASK))?;
        if value & futex::FUTEX_PRIVATE_FLAG != 0 {
            out.write_str("_PRIVATE")?;
        }
        if value & futex::FUTEX_CLOCK_REALTIME != 0 { out.write_str("|FUTEX_CLOCK_REALTIME") } else { Ok(()) }
    }

    /// A structure from the program's memory.
    pub fn read<T: FromBytes + IntoBytes>(&self, at: u64) -> Option<T> {
        let mut value = T::new_zeroed();
        let size = size_of::<T>();
        (self.memory.read(at, value.as_mut_bytes()) == size).then_some(value)
    }

    /// Whose layout structures have.
    pub fn abi(&self) -> Abi {
        self.call.abi
    }

    /// Whether pointers in memory have 64 bits.
    fn is_64(&self) -> bool {
        self.call.abi == Abi::X86_64
    }

    /// The pointer with this index in a vector.
    fn pointer(&self, vector: u64, at: u64) -> Option<u64> {
        match self.is_64() {
            true => self.read::<u64>(vector.wrapping_add(at * 8)),
            false => self.read::<u32>(vector.wrapping_add(at * 4)).map(u64::from),
        }
    }

    fn write_strings(&self, out: &mut dyn Write, vector: u64) -> fmt::Result {
        if vector == 0 || self.pointer(vector, 0).is_none() {
            return address(out, vector);
        }
        out.write_char('[')?;
        for at in 0.. {
            let Some(string) = self.pointer(vector, at) else {
                let size = if self.is_64() { 8 } else { 4 };
                return write!(out, ", ... /* {:#x} */]", vector.wrapping_add(at * size));
            };
            if string == 0 {
                break;
            }
            if at != 0 {
                out.write_str(", ")?;
            }
            if at as usize == SHOWN {
                out.write_str("...")?;
                break;
            }
            text::c_string(out, self.memory, string, false)?;
        }
        out.write_char(']')
    }

    fn write_environment(&self, out: &mut dyn Write, vector: u64) -> fmt::Result {
        address(out, vector)?;
        if vector == 0 || self.pointer(vector, 0).is_none() {
            return Ok(());
        }
        let end = (0..1 << 20).find(|at| self.pointer(vector, *at).is_none_or(|string| string == 0));
        let count = end.unwrap_or(1 << 20);
        write!(out, " /* {count} var{} */", if count == 1 { "" } else { "s" })
    }

    /// `left` bytes are in the buffers.
    fn write_iovec(&self, out: &mut dyn Write, vector: u64, count: u64, mut left: u64) -> fmt::Result {
        if count == 0 && vector != 0 {
            return out.write_str("[]");
        }
        let part = |at: u64| match self.is_64() {
            true => self.read::<Iovec>(vector.wrapping_add(at * 16)),
            false => self
                .read::<Iovec32>(vector.wrapping_add(at * 8))
                .map(|part| Iovec { iov_base: part.iov_base.into(), iov_len: part.iov_len.into() }),
        };
        if part(0).is_none() {
            return address(out, vector);
        }
        out.write_char('[')?;
        for at in 0..count.min(SHOWN as u64 + 1) {
            if at != 0 {
                out.write_str(", ")?;
            }
            if at == SHOWN as u64 {
                out.write_str("...")?;
                break;
            }
            let Some(part) = part(at) else {
                let size = if self.is_64() { 16 } else { 8 };
                write!(out, "... /* {:#x} */", vector.wrapping_add(at * size))?;
                break;
            };
            out.write_str("{iov_base=")?;
            text::buffer(out, self.memory, part.iov_base, part.iov_len.min(left), Quoting::Plain)?;
            write!(out, ", iov_len={}}}", part.iov_len)?;
            left = left.saturating_sub(part.iov_len);
        }
        out.write_char(']')
    }
}

/// The name of an ioctl, or what its number is made of.
fn write_ioctl(out: &mut dyn Write, command: u32) -> fmt::Result {
    if let Some(name) = names::IOCTL.find(u64::from(command)) {
        return out.write_str(name);
    }
    let direction = match command >> 30 {
        0 => "_IOC_NONE",
        1 => "_IOC_WRITE",
        2 => "_IOC_READ",
        _ => "_IOC_READ|_IOC_WRITE",
    };
    write!(out, "_IOC({direction}, ")?;
    hex(out, u64::from(command >> 8 & 0xff))?;
    out.write_str(", ")?;
    hex(out, u64::from(command & 0xff))?;
    out.write_str(", ")?;
    hex(out, u64::from(command >> 16 & 0x3fff))?;
    out.write_char(')')
}
