//! mount(2)'s options of a tmpfs.

use abi::Errno;

use crate::PAGE_SIZE;

/// The options (tmpfs(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// `size=` or `nr_blocks=`, in pages; 0 for no limit.
    pub max_pages: u64,
    /// `nr_inodes=`; 0 for no limit.
    pub max_inodes: u64,
    /// `mode=` of the root directory.
    pub mode: u32,
    /// `uid=` of the root directory.
    pub uid: u32,
    /// `gid=` of the root directory.
    pub gid: u32,
    /// What `size=` is without the option: not shown in `/proc/mounts`.
    pub default_pages: u64,
}

impl Options {
    /// The defaults with that many pages.
    pub fn new(pages: u64) -> Self {
        Options { max_pages: pages, max_inodes: pages, mode: 0o1777, uid: 0, gid: 0, default_pages: pages }
    }

    /// Applies a comma-separated list; EINVAL for what isn't known or well-formed.
    pub fn parse(data: &[u8], mut options: Options) -> Result<Options, Errno> {
        for option in data.split(|b| *b == b',').filter(|option| !option.is_empty()) {
            let equals = option.iter().position(|b| *b == b'=').ok_or(Errno::EINVAL)?;
            let (key, value) = (option.get(..equals), option.get(equals + 1..));
            let (Some(key), Some(value)) = (key, value) else { return Err(Errno::EINVAL) };
            match key {
                b"size" => options.max_pages = size_in_pages(value, options.default_pages)?,
                b"nr_blocks" => options.max_pages = with_suffix(value)?,
                b"nr_inodes" => options.max_inodes = with_suffix(value)?,
                b"mode" => options.mode = number(value, 8)? as u32 & 0o7777,
                b"uid" => options.uid = u32::try_from(number(value, 10)?).map_err(|_| Errno::EINVAL)?,
                b"gid" => options.gid = u32::try_from(number(value, 10)?).map_err(|_| Errno::EINVAL)?,
                // Only policies that this kernel has: the default one.
                b"mpol" if value == b"default" => (),
                b"huge" if value == b"never" => (),
                _ => return Err(Errno::EINVAL),
            }
        }
        Ok(options)
    }
}

fn number(text: &[u8], radix: u32) -> Result<u64, Errno> {
    let text = core::str::from_utf8(text).map_err(|_| Errno::EINVAL)?;
    u64::from_str_radix(text, radix).map_err(|_| Errno::EINVAL)
}

/// A number with k, m or g behind it.
fn with_suffix(text: &[u8]) -> Result<u64, Errno> {
    let (digits, shift) = match text.split_last() {
        Some((b'k' | b'K', digits)) => (digits, 10),
        Some((b'm' | b'M', digits)) => (digits, 20),
        Some((b'g' | b'G', digits)) => (digits, 30),
        _ => (text, 0),
    };
    number(digits, 10)?.checked_mul(1 << shift).ok_or(Errno::EINVAL)
}

/// Bytes, or a share of memory in percent; the default is half of memory.
fn size_in_pages(text: &[u8], half: u64) -> Result<u64, Errno> {
    if let Some((b'%', digits)) = text.split_last() {
        let percent = number(digits, 10)?;
        return Ok((half * 2).checked_mul(percent).ok_or(Errno::EINVAL)? / 100);
    }
    Ok(with_suffix(text)?.div_ceil(PAGE_SIZE))
}
