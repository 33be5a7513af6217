//! mount(2)'s options of an overlay.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use abi::Errno;

/// Most lower layers (Linux's OVL_MAX_STACK).
const MAX_LOWERS: usize = 500;

/// What is done about directories with lower parts that are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// They can be moved: `redirect_dir=on`.
    On,
    /// They can't, but directories that were moved before are found: `follow`, `off`, and the default.
    Follow,
    /// Neither: `nofollow`.
    NoFollow,
}

/// The options, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// `lowerdir=`, topmost first.
    pub lowers: Vec<Vec<u8>>,
    /// `upperdir=`.
    pub upper: Option<Vec<u8>>,
    /// `workdir=`.
    pub work: Option<Vec<u8>>,
    /// `redirect_dir=`.
    pub redirect: Redirect,
    /// `userxattr`: attributes are `user.overlay.*`, not `trusted.overlay.*`.
    pub userxattr: bool,
    /// `volatile`: nothing is written back by sync(2) and fsync(2).
    pub volatile: bool,
}

impl Options {
    /// From a comma-separated list; EINVAL for what isn't known, isn't supported or doesn't fit together.
    pub fn parse(data: &[u8]) -> Result<Options, Errno> {
        let mut options = Options {
            lowers: Vec::new(),
            upper: None,
            work: None,
            redirect: Redirect::Follow,
            userxattr: false,
            volatile: false,
        };
        for option in split_escaped(data, b',') {
            let equals = option.iter().position(|b| *b == b'=');
            let (key, value) = match equals {
                Some(at) => (option.get(..at).unwrap_or(&[]), option.get(at + 1..)),
                None => (option, None),
            };
            options.set(key, value)?;
        }
        if options.upper.is_none() {
            // Linux says so in its log and goes on.
            options.work = None;
        }
        let writable = options.upper.is_some();
        if options.lowers.is_empty()
            || writable && options.work.is_none()
            || !writable && options.lowers.len() < 2
            || options.userxattr && options.redirect == Redirect::On
        {
            return Err(Errno::EINVAL);
        }
        Ok(options)
    }

    fn set(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Errno> {
        match (key, value) {
            (b"", None) => (),
            (b"lowerdir", Some(list)) => {
                self.lowers = split_escaped(list, b':').map(unescape).collect();
                if self.lowers.len() > MAX_LOWERS || self.lowers.iter().any(Vec::is_empty) {
                    return Err(Errno::EINVAL);
                }
            }
            (b"upperdir", Some(path)) => self.upper = Some(unescape(path)),
            (b"workdir", Some(path)) => self.work = Some(unescape(path)),
            (b"redirect_dir", Some(b"on")) => self.redirect = Redirect::On,
            (b"redirect_dir", Some(b"off" | b"follow")) => self.redirect = Redirect::Follow,
            (b"redirect_dir", Some(b"nofollow")) => self.redirect = Redirect::NoFollow,
            // Inode numbers are always composed, so all three mean the same.
            (b"xino", Some(b"on" | b"off" | b"auto")) => (),
            (b"index" | b"metacopy" | b"nfs_export", Some(b"off")) => (),
            // Rights are always checked against the overlay's own inodes.
            (b"default_permissions", None) => (),
            (b"userxattr", None) => self.userxattr = true,
            (b"volatile", None) => self.volatile = true,
            _ => return Err(Errno::EINVAL),
        }
        Ok(())
    }

    /// As `/proc/mounts` shows them.
    pub fn show(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        for (at, path) in self.lowers.iter().enumerate() {
            out.write_str(if at == 0 { ",lowerdir=" } else { ":" })?;
            show_path(out, path)?;
        }
        for (name, path) in [("upperdir", &self.upper), ("workdir", &self.work)] {
            if let Some(path) = path {
                write!(out, ",{name}=")?;
                show_path(out, path)?;
            }
        }
        match self.redirect {
            Redirect::On => out.write_str(",redirect_dir=on")?,
            Redirect::NoFollow => out.write_str(",redirect_dir=nofollow")?,
            Redirect::Follow => (),
        }
        for (set, name) in [(self.userxattr, ",userxattr"), (self.volatile, ",volatile")] {
            if set {
                out.write_str(name)?;
            }
        }
        Ok(())
    }
}

/// With the characters that separate options, paths and fields escaped.
fn show_path(out: &mut dyn fmt::Write, path: &[u8]) -> fmt::Result {
    for c in String::from_utf8_lossy(path).chars() {
        match c {
            ',' | ':' | '\\' => write!(out, "\\{c}")?,
            ' ' | '\t' | '\n' => write!(out, "\\{:03o}", u32::from(c))?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

/// The parts of a list between separators that have no backslash before them.
fn split_escaped(list: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut escaped = false;
    list.split(move |b| {
        let splits = *b == separator && !escaped;
        escaped = *b == b'\\' && !escaped;
        splits
    })
}

/// Without the backslashes.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => out.extend(bytes.next()),
            byte => out.push(*byte),
        }
    }
    out
}
