//! Reading "new ASCII" cpio archives (cpio(5), "New ASCII Format").

use core::fmt;

const HEADER: usize = 110;
/// Longest path in an archive, with its NUL.
const PATH_MAX: usize = 4096;

/// What is wrong with an image, and where: bytes from the start of the (unpacked) archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CpioError {
    /// No cpio header begins here.
    BadMagic(usize),
    /// A field of the header is no hexadecimal number.
    BadField(usize),
    /// The name is empty, too long, or does not end with a NUL.
    BadName(usize),
    /// The archive ends within an entry.
    Truncated(usize),
}

impl fmt::Display for CpioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadMagic(at) => write!(f, "no cpio header at byte {at} (wanted the \"newc\" format)"),
            Self::BadField(at) => write!(f, "damaged cpio header at byte {at}"),
            Self::BadName(at) => write!(f, "bad file name in the cpio entry at byte {at}"),
            Self::Truncated(at) => write!(f, "the archive ends within the entry at byte {at}"),
        }
    }
}

/// One file of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Where its header begins.
    pub at: usize,
    /// Inode number in the archive.
    pub ino: u32,
    /// Type and permissions.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Number of names.
    pub nlink: u32,
    /// Modification time, seconds since 1970.
    pub mtime: u32,
    /// Device that it was on.
    pub dev: (u32, u32),
    /// Device that it is.
    pub rdev: (u32, u32),
    /// Path.
    pub name: &'a [u8],
    /// Contents, or where a symbolic link leads.
    pub data: &'a [u8],
}

/// Walks over the entries of a sequence of archives. Stops after the first error.
pub struct Entries<'a> {
    image: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    /// All entries of `image`.
    pub fn new(image: &'a [u8]) -> Self {
        Self { image, at: 0 }
    }

    /// Where the next entry begins.
    pub fn position(&self) -> usize {
        self.at
    }

    fn read(&mut self) -> Result<Option<Entry<'a>>, CpioError> {
        loop {
            // Archives may be padded with zeros before the next one.
            let rest = self.image.get(self.at..).unwrap_or(&[]);
            let padding = rest.iter().take_while(|byte| **byte == 0).count();
            self.at += padding;
            let at = self.at;
            let Some(rest) = self.image.get(at..).filter(|rest| !rest.is_empty()) else { return Ok(None) };
            let entry = parse(rest, at)?;
            self.at = at + entry.1;
            if entry.0.name != b"TRAILER!!!" {
                return Ok(Some(entry.0));
            }
        }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, CpioError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if read.is_err() {
            self.at = self.image.len();
        }
        read.transpose()
    }
}

/// The entry at the start of `rest`, and how many bytes it takes. `at` is its place, for messages and
/// because padding counts from the start of the image.
fn parse(rest: &[u8], at: usize) -> Result<(Entry<'_>, usize), CpioError> {
    if !rest.starts_with(b"070701") && !rest.starts_with(b"070702") {
        return Err(CpioError::BadMagic(at));
    }
    let header = rest.get(..HEADER).ok_or(CpioError::Truncated(at))?;
    let mut fields = [0u32; 13];
    for (field, digits) in fields.iter_mut().zip(header[6..].chunks_exact(8)) {
        let text = core::str::from_utf8(digits).map_err(|_| CpioError::BadField(at))?;
        *field = u32::from_str_radix(text, 16).map_err(|_| CpioError::BadField(at))?;
    }
    let [
        ino,
        mode,
        uid,
        gid,
        nlink,
        mtime,
        size,
        dev_major,
        dev_minor,
        rdev_major,
        rdev_minor,
        name_size,
        _sum,
    ] = fields;
    let name_size = name_size as usize;
    if !(2..=PATH_MAX).contains(&name_size) {
        return Err(CpioError::BadName(at));
    }
    let name = rest.get(HEADER..HEADER + name_size).ok_or(CpioError::Truncated(at))?;
    let name = name.strip_suffix(b"\0").filter(|name| !name.contains(&0)).ok_or(CpioError::BadName(at))?;
    let start = (HEADER + name_size).next_multiple_of(4);
    let data =
        rest.get(start..).and_then(|data| data.get(..size as usize)).ok_or(CpioError::Truncated(at))?;
    let len = (start + size as usize).next_multiple_of(4);
    let (dev, rdev) = ((dev_major, dev_minor), (rdev_major, rdev_minor));
    Ok((Entry { at, ino, mode, uid, gid, nlink, mtime, dev, rdev, name, data }, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn entry(name: &str, mode: u32, data: &[u8]) -> Vec<u8> {
        let mut out = format!(
            "070701{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}{:08X}",
            7,
            mode,
            0,
            0,
            1,
            5,
            data.len(),
            0,
            0,
            1,
            3,
            name.len() + 1,
            0
        )
        .into_bytes();
        out.extend(name.as_bytes());
        out.push(0);
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend(data);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    #[test]
    fn archives_one_after_the_other() {
        let mut image = entry("a", 0o100644, b"hello");
        image.extend(entry("TRAILER!!!", 0, b""));
        image.resize(image.len() + 512, 0);
        image.extend(entry("dir/b", 0o40755, b""));
        let all: Vec<_> = Entries::new(&image).map(Result::unwrap).collect();
        assert_eq!((all[0].name, all[0].data, all[0].mode), (&b"a"[..], &b"hello"[..], 0o100644));
        assert_eq!((all.len(), all[1].name, all[1].rdev), (2, &b"dir/b"[..], (1, 3)));
    }

    #[test]
    fn damage_is_named_with_its_place() {
        let good = entry("a", 0o100644, b"hello");
        fn first(image: &[u8]) -> Result<Entry<'_>, CpioError> {
            Entries::new(image).next().unwrap()
        }
        assert_eq!(first(b"garbage!"), Err(CpioError::BadMagic(0)));
        assert_eq!(first(&good[..50]), Err(CpioError::Truncated(0)));
        assert_eq!(first(&good[..good.len() - 8]), Err(CpioError::Truncated(0)));
        let mut bad = good.clone();
        bad[20] = b'x';
        assert_eq!(first(&bad), Err(CpioError::BadField(0)));
        let mut second = good.clone();
        second.extend(b"rubbish");
        let mut entries = Entries::new(&second);
        assert!(entries.next().unwrap().is_ok());
        assert_eq!(entries.next().unwrap(), Err(CpioError::BadMagic(good.len())));
        assert!(entries.next().is_none());
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_is_survived() {
        let mut image = entry("file", 0o100644, b"some data");
        image.extend(entry("TRAILER!!!", 0, b""));
        for len in 0..image.len() {
            Entries::new(&image[..len]).for_each(drop);
        }
        for at in 0..image.len() {
            let mut bad = image.clone();
            bad[at] ^= 0x55;
            Entries::new(&bad).for_each(drop);
        }
    }
}
