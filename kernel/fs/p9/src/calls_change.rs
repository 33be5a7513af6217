//! The requests that change something.

use alloc::sync::Arc;

use abi::Errno;
use vfs::chrdev::DevT;

use crate::client::Client;
use crate::fid::Fid;
use crate::proto::{Qid, SetAttr, kind, setattr};
use crate::wire::{Reader, Request};

impl Client {
    /// Changes attributes.
    pub fn setattr(&self, fid: &Fid, set: &SetAttr) -> Result<(), Errno> {
        let mut request = Request::new(kind::SETATTR, 60)?
            .u32(fid.number())
            .u32(set.valid)
            .u32(set.mode)
            .u32(set.uid)
            .u32(set.gid)
            .u64(set.size);
        let times = [(set.atime, setattr::ATIME_SET), (set.mtime, setattr::MTIME_SET)];
        for (time, given) in times {
            let given = set.valid & given != 0;
            let (sec, nsec) = if given { (time.sec() as u64, u64::from(time.nsec())) } else { (0, 0) };
            request = request.u64(sec).u64(nsec);
        }
        let mut head = [0; 16];
        self.call(request, &mut head).map(drop)
    }

    /// Makes a regular file in the directory that `fid` stands for; `fid` is the open file then.
    pub fn lcreate(&self, fid: &Fid, name: &[u8], flags: u32, mode: u32, gid: u32) -> Result<Qid, Errno> {
        let request = Request::new(kind::LCREATE, 18 + name.len())?
            .u32(fid.number())
            .string(name)
            .u32(flags)
            .u32(mode)
            .u32(gid);
        self.qid_of(request)
    }

    /// Makes a directory.
    pub fn mkdir(&self, dir: &Fid, name: &[u8], mode: u32, gid: u32) -> Result<Qid, Errno> {
        let request =
            Request::new(kind::MKDIR, 14 + name.len())?.u32(dir.number()).string(name).u32(mode).u32(gid);
        self.qid_of(request)
    }

    /// Makes a FIFO, socket or device node.
    pub fn mknod(&self, dir: &Fid, name: &[u8], mode: u32, rdev: DevT, gid: u32) -> Result<Qid, Errno> {
        let request = Request::new(kind::MKNOD, 22 + name.len())?
            .u32(dir.number())
            .string(name)
            .u32(mode)
            .u32(rdev.major())
            .u32(rdev.minor())
            .u32(gid);
        self.qid_of(request)
    }

    /// Makes a symbolic link.
    pub fn symlink(&self, dir: &Fid, name: &[u8], target: &[u8], gid: u32) -> Result<Qid, Errno> {
        let request = Request::new(kind::SYMLINK, 12 + name.len() + target.len())?
            .u32(dir.number())
            .string(name)
            .string(target)
            .u32(gid);
        self.qid_of(request)
    }

    fn qid_of(&self, request: Request) -> Result<Qid, Errno> {
        let mut head = [0; 32];
        Qid::read(&mut Reader::new(self.call(request, &mut head)?))
    }

    /// Gives a file a further name.
    pub fn link(&self, dir: &Fid, file: &Fid, name: &[u8]) -> Result<(), Errno> {
        let request =
            Request::new(kind::LINK, 10 + name.len())?.u32(dir.number()).u32(file.number()).string(name);
        self.done(request)
    }

    /// Moves a name, replacing what is at the new one.
    pub fn renameat(&self, from: &Fid, old: &[u8], to: &Fid, new: &[u8]) -> Result<(), Errno> {
        let request = Request::new(kind::RENAMEAT, 12 + old.len() + new.len())?
            .u32(from.number())
            .string(old)
            .u32(to.number())
            .string(new);
        self.done(request)
    }

    /// Takes a name away; `flags` may have AT_REMOVEDIR.
    pub fn unlinkat(&self, dir: &Fid, name: &[u8], flags: u32) -> Result<(), Errno> {
        let request =
            Request::new(kind::UNLINKAT, 10 + name.len())?.u32(dir.number()).string(name).u32(flags);
        self.done(request)
    }

    /// Makes the server write a file to its disk.
    pub fn fsync(&self, fid: &Fid, datasync: bool) -> Result<(), Errno> {
        self.done(Request::new(kind::FSYNC, 8)?.u32(fid.number()).u32(u32::from(datasync)))
    }

    /// Turns `fid` into one that the value of an extended attribute is written to; its clunk sets it.
    pub fn xattrcreate(&self, fid: &Fid, name: &[u8], size: u64, flags: u32) -> Result<(), Errno> {
        let request = Request::new(kind::XATTRCREATE, 18 + name.len())?
            .u32(fid.number())
            .string(name)
            .u64(size)
            .u32(flags);
        self.done(request)
    }

    fn done(&self, request: Request) -> Result<(), Errno> {
        let mut head = [0; 16];
        self.call(request, &mut head).map(drop)
    }

    /// Writes `data` at `offset`; how many bytes the server took, never none.
    pub fn write(self: &Arc<Self>, fid: &Fid, offset: u64, data: &[u8]) -> Result<usize, Errno> {
        let request = Request::new(kind::WRITE, 16)?.u32(fid.number()).u64(offset).u32(data.len() as u32);
        let mut head = [0; 16];
        let count = Reader::new(self.call_with(request, data, &mut head)?).u32()? as usize;
        if count > data.len() || (count == 0 && !data.is_empty()) {
            return Err(Errno::EIO);
        }
        Ok(count)
    }
}
