//! Unpacks the initramfs image, one or several cpio archives, plain or compressed with gzip, into the
//! root file system.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod cpio;
mod gzip;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use abi::Errno;
use abi::fcntl::{O_CREAT, O_LARGEFILE, O_TRUNC, O_WRONLY};
use abi::stat::{S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK};
use mm::IterSrc;
use vfs::namei::{
    Base, LookupCtx, LookupFlags, do_linkat, do_mkdirat, do_mknodat, do_symlinkat, do_unlinkat,
};
use vfs::open::{OpenHow, open_path};
use vfs::time::FileTime;
use vfs::{Cred, DevT, FsStruct, path_lookup, vfs_write};

use cpio::{CpioError, Entries, Entry};

/// Why an image could not be unpacked to its end. What came before stays.
#[derive(Debug)]
pub enum UnpackError {
    /// The archive is damaged.
    Cpio(CpioError),
    /// The compressed data is damaged.
    Gzip(&'static str),
    /// A file could not be made.
    File(String, Errno),
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpio(error) => error.fmt(f),
            Self::Gzip(what) => write!(f, "damaged gzip data: {what}"),
            Self::File(name, errno) => write!(f, "{name}: {errno}"),
        }
    }
}

/// Unpacks `image` below the root of `fs`.
pub fn unpack(fs: &FsStruct, image: &[u8]) -> Result<(), UnpackError> {
    let root = fs.root();
    // Modes are taken as they stand in the archive.
    let fs = FsStruct::new((*root).clone(), (*root).clone(), 0);
    let cred = Cred::root();
    let mut unpacker = Unpacker { ctx: LookupCtx::new(&fs, &cred), links: BTreeMap::new() };
    let mut rest = image;
    while !rest.is_empty() {
        if rest.starts_with(&gzip::MAGIC) {
            let (archive, used) = gzip::unpack(rest).map_err(UnpackError::Gzip)?;
            unpacker.archive(&archive)?;
            rest = rest.get(used..).unwrap_or(&[]);
        } else {
            let plain = plain_length(rest);
            unpacker.archive(rest.get(..plain).unwrap_or(rest))?;
            rest = rest.get(plain..).unwrap_or(&[]);
        }
        let padding = rest.iter().take_while(|byte| **byte == 0).count();
        rest = rest.get(padding..).unwrap_or(&[]);
    }
    Ok(())
}

/// Length of the plain archives at the start: up to a compressed one, which begins after an entry.
fn plain_length(image: &[u8]) -> usize {
    let mut entries = Entries::new(image);
    let mut end = 0;
    loop {
        match entries.next() {
            Some(Ok(_)) => end = entries.position(),
            Some(Err(CpioError::BadMagic(at)))
                if image.get(at..).is_some_and(|rest| rest.starts_with(&gzip::MAGIC)) =>
            {
                return at;
            }
            Some(Err(_)) => return image.len(),
            None => return image.len().max(end),
        }
    }
}

/// Device and inode number in the archive.
type FileId = ((u32, u32), u32);

struct Unpacker<'a> {
    ctx: LookupCtx<'a>,
    /// First names of files with several, by device and inode number.
    links: BTreeMap<FileId, Arc<[u8]>>,
}

impl Unpacker<'_> {
    fn archive(&mut self, image: &[u8]) -> Result<(), UnpackError> {
        for entry in Entries::new(image) {
            let entry = entry.map_err(UnpackError::Cpio)?;
            self.entry(&entry).map_err(|errno| {
                UnpackError::File(String::from_utf8_lossy(entry.name).into_owned(), errno)
            })?;
            sched::cond_resched();
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), Errno> {
        let kind = entry.mode & S_IFMT;
        let several = entry.nlink > 1 && kind != S_IFDIR;
        let key = (entry.dev, entry.ino);
        if several && let Some(first) = self.links.get(&key).cloned() {
            self.clear_way(entry, kind);
            do_linkat(&self.ctx, (Base::Cwd, &first), Ok((Base::Cwd, entry.name)), LookupFlags::empty())?;
            // cpio stores the contents with one of the names only.
            return if entry.data.is_empty() { Ok(()) } else { self.write(entry) };
        }
        if several {
            self.links.insert(key, Arc::from(entry.name));
        }
        self.clear_way(entry, kind);
        let (name, mode) = (entry.name, entry.mode & 0o7777);
        match kind {
            S_IFREG => self.write(entry)?,
            S_IFDIR => match do_mkdirat(&self.ctx, &Base::Cwd, name, mode) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(errno) => return Err(errno),
            },
            S_IFLNK => do_symlinkat(&self.ctx, entry.data, &Base::Cwd, name)?,
            S_IFCHR | S_IFBLK | S_IFIFO | S_IFSOCK => {
                let dev = DevT::new(entry.rdev.0, entry.rdev.1);
                do_mknodat(&self.ctx, &Base::Cwd, name, entry.mode, dev)?;
            }
            _ => return Err(Errno::EINVAL),
        }
        self.set_attributes(entry)
    }

    /// Takes away what is at the entry's name, if it is something else.
    fn clear_way(&self, entry: &Entry<'_>, kind: u32) {
        if kind != S_IFDIR && kind != S_IFREG {
            let _ = do_unlinkat(&self.ctx, &Base::Cwd, entry.name);
        }
    }

    fn write(&self, entry: &Entry<'_>) -> Result<(), Errno> {
        let how =
            OpenHow::from_open((O_WRONLY | O_CREAT | O_TRUNC | O_LARGEFILE) as i32, entry.mode & 0o7777)?;
        let file = open_path(&self.ctx, &Base::Cwd, entry.name, &how)?;
        let mut src = IterSrc::kernel(entry.data);
        while src.remaining() > 0 {
            if vfs_write(&file, &mut src)? == 0 {
                return Err(Errno::ENOSPC);
            }
        }
        Ok(())
    }

    fn set_attributes(&self, entry: &Entry<'_>) -> Result<(), Errno> {
        let path = path_lookup(&self.ctx, &Base::Cwd, entry.name, LookupFlags::empty())?;
        let inode = path.dentry.inode().ok_or(Errno::ENOENT)?;
        inode.set_uid(entry.uid);
        inode.set_gid(entry.gid);
        if entry.mode & S_IFMT != S_IFLNK {
            inode.set_mode(entry.mode);
        }
        inode.set_mtime(FileTime::new(i64::from(entry.mtime), 0));
        Ok(())
    }
}
