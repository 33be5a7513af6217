//! The names that uname(2) tells.

use sync::{SpinLock, rank};

/// Bytes of a field, its NUL included.
pub const FIELD: usize = 65;
/// Longest host name.
pub const NAME_MAX: usize = FIELD - 1;

/// `sysname`.
pub const SYSNAME: &str = "Linux";
/// `release`: the Linux whose system calls these are.
pub const RELEASE: &str = "6.18.0-ferrogate";
/// `release` for programs that fail at a number beyond 2.6 (personality UNAME26).
pub const RELEASE_26: &str = "2.6.78-ferrogate";
/// `version`.
pub const VERSION: &str = "#1 SMP";
/// `machine`.
pub const MACHINE: &str = "x86_64";

/// `machine` with personality PER_LINUX32.
pub const MACHINE_32: &str = "i686";

/// A host or domain name.
#[derive(Clone, Copy)]
pub struct Name {
    bytes: [u8; FIELD],
    len: usize,
}

impl Name {
    const fn new(text: &[u8]) -> Self {
        let mut bytes = [0; FIELD];
        let mut len = 0;
        while len < text.len() && len < NAME_MAX {
            bytes[len] = text[len];
            len += 1;
        }
        Self { bytes, len }
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

struct Names {
    node: Name,
    domain: Name,
}

static NAMES: SpinLock<Names> =
    SpinLock::new(rank::SPIN_LEAF, Names { node: Name::new(b"(none)"), domain: Name::new(b"(none)") });

/// The host name.
pub fn nodename() -> Name {
    NAMES.lock().node
}

/// The NIS domain name.
pub fn domainname() -> Name {
    NAMES.lock().domain
}

/// Sets the host name, cut at [`NAME_MAX`] bytes.
pub fn set_nodename(name: &[u8]) {
    NAMES.lock().node = Name::new(name);
}

/// Sets the domain name, cut at [`NAME_MAX`] bytes.
pub fn set_domainname(name: &[u8]) {
    NAMES.lock().domain = Name::new(name);
}
