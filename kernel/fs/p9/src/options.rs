//! mount(2)'s options.

use alloc::vec::Vec;
use core::fmt;

use abi::Errno;

use crate::client::{DEFAULT_MSIZE, MIN_MSIZE};

const SECOND_NS: u64 = 1_000_000_000;

/// How far what is known about files is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// `cache=none`: names and attributes are asked for at each use, data at each open.
    None,
    /// `cache=readahead`, `cache=mmap`: names and attributes are trusted for a second.
    Second,
    /// `cache=loose`: names are trusted for ever, a regular file's attributes and data until it is opened.
    Loose,
}

impl Cache {
    fn parse(value: &[u8]) -> Option<Self> {
        Some(match value {
            b"none" | b"0" => Cache::None,
            b"readahead" | b"mmap" => Cache::Second,
            b"loose" => Cache::Loose,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Cache::None => "none",
            Cache::Second => "mmap",
            Cache::Loose => "loose",
        }
    }

    /// How long a name and the attributes of its file are trusted, in ns; `u64::MAX` for ever.
    pub(crate) fn names_ns(self) -> u64 {
        match self {
            Cache::None => 0,
            Cache::Second => SECOND_NS,
            Cache::Loose => u64::MAX,
        }
    }

    /// How old attributes may be when a regular file is opened, in ns. A walk has just asked for them.
    pub(crate) fn open_ns(self) -> u64 {
        if self == Cache::Loose { SECOND_NS } else { SECOND_NS / 50 }
    }

    /// How old they may be when a directory is opened.
    pub(crate) fn open_dir_ns(self) -> u64 {
        if self == Cache::Loose { 60 * SECOND_NS } else { self.names_ns() }
    }
}

/// The options of one mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Longest message in bytes.
    pub msize: u32,
    /// What is trusted.
    pub cache: Cache,
    /// The user's name for the server.
    pub uname: Vec<u8>,
    /// What of the server's is mounted.
    pub aname: Vec<u8>,
}

impl Default for Options {
    fn default() -> Self {
        Options { msize: DEFAULT_MSIZE, cache: Cache::None, uname: b"nobody".to_vec(), aname: Vec::new() }
    }
}

impl Options {
    /// From mount(2)'s text. EINVAL for what is unknown, and for what isn't there: other versions, other
    /// transports, a single user's access.
    pub fn parse(text: &[u8]) -> Result<Self, Errno> {
        let mut options = Options::default();
        for word in text.split(|byte| *byte == b',').filter(|word| !word.is_empty()) {
            let mut halves = word.splitn(2, |byte| *byte == b'=');
            let (key, value) = (halves.next().unwrap_or(&[]), halves.next());
            match (key, value) {
                (b"trans", Some(b"virtio")) | (b"version", Some(b"9p2000.L")) => (),
                // Rights are checked here, by the program's own ids, whichever of these is asked for.
                (b"access", Some(b"client" | b"user" | b"any")) => (),
                (b"msize", Some(value)) => options.msize = parse_msize(value)?,
                (b"cache", Some(value)) => options.cache = Cache::parse(value).ok_or(Errno::EINVAL)?,
                (b"uname", Some(value)) => options.uname = value.to_vec(),
                (b"aname", Some(value)) => options.aname = value.to_vec(),
                _ => return Err(Errno::EINVAL),
            }
        }
        Ok(options)
    }

    /// As `/proc/mounts` shows them.
    pub(crate) fn show(&self, msize: u32, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, ",access=client,msize={msize},cache={},trans=virtio,version=9p2000.L", self.cache.name())
    }
}

fn parse_msize(value: &[u8]) -> Result<u32, Errno> {
    let text = core::str::from_utf8(value).map_err(|_| Errno::EINVAL)?;
    text.parse().ok().filter(|msize| *msize >= MIN_MSIZE).ok_or(Errno::EINVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_taken_and_others_refused() {
        let options =
            Options::parse(b"trans=virtio,version=9p2000.L,msize=524288,cache=loose,access=any").unwrap();
        assert_eq!((options.msize, options.cache), (524_288, Cache::Loose));
        assert_eq!(Options::parse(b""), Ok(Options::default()));
        for bad in
            ["trans=tcp", "version=9p2000.u", "msize=12", "msize=x", "cache=warm", "access=7", "posixacl"]
        {
            assert_eq!(Options::parse(bad.as_bytes()), Err(Errno::EINVAL), "{bad}");
        }
    }
}
