//! The requests that find and read files.

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::Errno;

use crate::client::Client;
use crate::fid::{Fid, NewFid};
use crate::proto::{Attr, GETATTR_ALL, MAX_WALK, QID_LEN, Qid, Statfs, kind};
use crate::wire::{HEADER, Reader, Request};

/// Longest text of a symbolic link (PATH_MAX without its NUL).
const MAX_LINK: usize = 4095;

impl Client {
    /// Another fid for the file that `names` lead to from `from` (itself if there are none), and its qid if there
    /// are. ENOENT if one of them doesn't exist.
    pub fn walk(self: &Arc<Self>, from: &Fid, names: &[&[u8]]) -> Result<(Fid, Option<Qid>), Errno> {
        self.reap_some();
        if names.len() > MAX_WALK {
            return Err(Errno::EINVAL);
        }
        let fid = self.new_fid()?;
        let text: usize = names.iter().map(|name| name.len() + 2).sum();
        let mut request =
            Request::new(kind::WALK, 10 + text)?.u32(from.number()).u32(fid.number()).u16(names.len() as u16);
        for name in names {
            request = request.string(name);
        }
        let mut head = [0; HEADER + 2 + MAX_WALK * QID_LEN];
        let (fid, body) = settle(fid, |number| self.call_making(number, request, &mut head))?;
        let mut reply = Reader::new(body);
        let Ok(count) = reply.u16().map(usize::from) else {
            fid.uncertain();
            return Err(Errno::EIO);
        };
        // Fewer mean that the walk ended early and the server didn't make the fid.
        if count < names.len() {
            return Err(Errno::ENOENT);
        }
        let fid = fid.known();
        if count != names.len() {
            return Err(Errno::EIO);
        }
        let mut qid = None;
        for _ in 0..count {
            qid = Some(Qid::read(&mut reply)?);
        }
        Ok((fid, qid))
    }

    /// All attributes.
    pub fn getattr(&self, fid: &Fid) -> Result<Attr, Errno> {
        let request = Request::new(kind::GETATTR, 12)?.u32(fid.number()).u64(GETATTR_ALL);
        let mut head = [0; 192];
        Attr::read(&mut Reader::new(self.call(request, &mut head)?))
    }

    /// Opens a fid; the file's qid.
    pub fn lopen(&self, fid: &Fid, flags: u32) -> Result<Qid, Errno> {
        let request = Request::new(kind::LOPEN, 8)?.u32(fid.number()).u32(flags);
        let mut head = [0; 32];
        Qid::read(&mut Reader::new(self.call(request, &mut head)?))
    }

    /// Reads at `offset` into `data`; fewer bytes than fit mean that the server had no more at the moment.
    pub fn read(&self, fid: &Fid, offset: u64, data: &mut [u8]) -> Result<usize, Errno> {
        let request = Request::new(kind::READ, 16)?.u32(fid.number()).u64(offset).u32(data.len() as u32);
        self.call_for_data(request, data)
    }

    /// Reads directory entries from the position `offset` on; none are left if nothing comes.
    pub fn readdir(&self, fid: &Fid, offset: u64, data: &mut [u8]) -> Result<usize, Errno> {
        let request = Request::new(kind::READDIR, 16)?.u32(fid.number()).u64(offset).u32(data.len() as u32);
        self.call_for_data(request, data)
    }

    /// The text of a symbolic link.
    pub fn readlink(&self, fid: &Fid) -> Result<Arc<[u8]>, Errno> {
        let request = Request::new(kind::READLINK, 4)?.u32(fid.number());
        let len = HEADER + 2 + MAX_LINK + 1;
        let mut head = Vec::new();
        head.try_reserve_exact(len).map_err(|_| Errno::ENOMEM)?;
        head.resize(len, 0);
        let text = Reader::new(self.call(request, &mut head)?).string()?;
        if text.len() > MAX_LINK || text.contains(&0) {
            return Err(Errno::EIO);
        }
        Ok(Arc::from(text))
    }

    /// The state of the server's file system.
    pub fn statfs(&self, fid: &Fid) -> Result<Statfs, Errno> {
        let request = Request::new(kind::STATFS, 4)?.u32(fid.number());
        let mut head = [0; 96];
        let mut reply = Reader::new(self.call(request, &mut head)?);
        let (_type, bsize) = (reply.u32()?, reply.u32()?);
        let (blocks, bfree, bavail) = (reply.u64()?, reply.u64()?, reply.u64()?);
        let (files, ffree, _fsid) = (reply.u64()?, reply.u64()?, reply.u64()?);
        Ok(Statfs { bsize, blocks, bfree, bavail, files, ffree, namelen: reply.u32()? })
    }

    /// A fid to read the extended attribute `name` of a file from (the list of names if it is empty), and the
    /// size in bytes.
    pub fn xattrwalk(self: &Arc<Self>, of: &Fid, name: &[u8]) -> Result<(Fid, u64), Errno> {
        self.reap_some();
        let fid = self.new_fid()?;
        let request =
            Request::new(kind::XATTRWALK, 10 + name.len())?.u32(of.number()).u32(fid.number()).string(name);
        let mut head = [0; 32];
        let (fid, body) = settle(fid, |number| self.call_making(number, request, &mut head))?;
        let fid = fid.known();
        Ok((fid, Reader::new(body).u64()?))
    }
}

/// Has `call` make a fid, and says what came. After an answer that made no sense nobody knows whether it was made; if
/// the answer wasn't waited for, the number comes back with it.
pub(crate) fn settle<'a, 'h>(
    fid: NewFid<'a>,
    call: impl FnOnce(u32) -> Result<&'h [u8], Errno>,
) -> Result<(NewFid<'a>, &'h [u8]), Errno> {
    match call(fid.number()) {
        Ok(body) => Ok((fid, body)),
        Err(Errno::EIO) => {
            fid.uncertain();
            Err(Errno::EIO)
        }
        Err(Errno::EINTR) => {
            core::mem::forget(fid);
            Err(Errno::EINTR)
        }
        Err(errno) => Err(errno),
    }
}
