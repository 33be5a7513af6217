//! A server for tests, in memory, that behaves as QEMU's does where that matters: a fid is a path, renames correct
//! the paths of fids, and a name that is gone takes the file away from fids that aren't open.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use abi::Errno;

use crate::proto::kind;
use crate::wire::Reader;
use crate::{Abandoned, CallError, Channel, register_channel};

/// A file of the server.
#[derive(Clone, Default)]
pub struct File {
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub nlink: u32,
    pub data: Vec<u8>,
    pub entries: BTreeMap<String, u64>,
    pub mtime: u64,
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

enum Opened {
    No,
    File(u64),
    XattrRead(Vec<u8>),
    XattrWrite(String, usize, Vec<u8>),
}

struct FidState {
    path: Vec<String>,
    opened: Opened,
}

#[derive(Default)]
pub struct State {
    pub files: BTreeMap<u64, File>,
    fids: BTreeMap<u32, FidState>,
    next: u64,
    clock: u64,
    /// How many requests of each type came.
    pub counts: BTreeMap<u8, usize>,
    /// Every request is answered with this error.
    pub fail: Option<Errno>,
    /// The channel is gone.
    pub dead: bool,
    /// Replies that make no sense: changed by this before they leave.
    pub mangle: Option<fn(&mut Vec<u8>)>,
    /// Requests of this type are kept without an answer, and their callers don't wait.
    pub hang: Option<u8>,
    /// There is no memory for requests of this type: they never leave.
    pub no_memory: Option<u8>,
    /// The requests that were kept.
    kept: Vec<(Vec<u8>, Arc<Late>)>,
    /// The most that one read or write moves.
    pub io_limit: usize,
}

/// The server.
#[derive(Default)]
pub struct Server(pub Mutex<State>);

pub const S_IFDIR: u32 = 0o040_000;
const ROOT: u64 = 1;

type Answer = Result<Vec<u8>, Errno>;

impl Server {
    /// A server with an empty root, registered as `tag`.
    pub fn start(tag: &str) -> Arc<Self> {
        let server = Arc::new(Server::default());
        {
            let mut state = server.0.lock().unwrap();
            state.next = ROOT;
            state.clock = 1_000_000_000;
            state.io_limit = usize::MAX;
            state.new_file(S_IFDIR | 0o755);
        }
        register_channel(tag.as_bytes(), server.clone()).unwrap();
        server
    }

    /// Changes the files as somebody else would.
    pub fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.0.lock().unwrap())
    }

    /// Answers what was kept, as a server that hung and lives again.
    pub fn recover(&self) {
        self.with(|state| {
            state.hang = None;
            for (request, late) in std::mem::take(&mut state.kept) {
                state.answer(&request);
                late.0.store(true, Ordering::Relaxed);
            }
        });
    }

    /// The tags of the requests that are kept.
    pub fn kept_tags(&self) -> Vec<u16> {
        self.with(|state| state.kept.iter().map(|(r, _)| u16::from_le_bytes([r[5], r[6]])).collect())
    }

    /// How many requests came since the last time.
    pub fn requests(&self) -> usize {
        self.with(|state| std::mem::take(&mut state.counts).values().sum())
    }
}

#[derive(Default)]
struct Late(AtomicBool);

impl Abandoned for Late {
    fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Channel for Server {
    fn call(&self, request: &[&[u8]], reply: &mut [&mut [u8]]) -> Result<usize, CallError> {
        let mut state = self.0.lock().unwrap();
        if state.dead {
            return Err(Errno::EIO.into());
        }
        let request = request.concat();
        if state.no_memory == Some(request[4]) {
            return Err(Errno::ENOMEM.into());
        }
        if state.hang == Some(request[4]) {
            let late = Arc::new(Late::default());
            state.kept.push((request, late.clone()));
            return Err(CallError::Abandoned(late));
        }
        let mut bytes = state.answer(&request);
        if let Some(mangle) = state.mangle {
            mangle(&mut bytes);
        }
        let mut rest = &bytes[..];
        for piece in reply {
            let len = piece.len().min(rest.len());
            piece[..len].copy_from_slice(&rest[..len]);
            rest = &rest[len..];
        }
        if rest.is_empty() { Ok(bytes.len()) } else { Err(Errno::EIO.into()) }
    }

    fn max_message(&self) -> usize {
        1 << 20
    }
}

fn text(reader: &mut Reader<'_>) -> String {
    String::from_utf8(reader.string().unwrap().to_vec()).unwrap()
}

impl State {
    pub fn new_file(&mut self, mode: u32) -> u64 {
        let number = self.next;
        self.next += 1;
        self.clock += 1;
        let nlink = if mode & 0o170_000 == S_IFDIR { 2 } else { 1 };
        self.files.insert(number, File { mode, nlink, mtime: self.clock, ..File::default() });
        number
    }

    /// Makes a file at a path whose directory is there, as somebody on the host would.
    pub fn make(&mut self, path: &str, mode: u32, data: &[u8]) -> u64 {
        let names: Vec<String> = path.split('/').map(String::from).collect();
        let (name, dir) = names.split_last().unwrap();
        let dir = self.find(dir).unwrap();
        let number = self.new_file(mode);
        self.files.get_mut(&number).unwrap().data = data.to_vec();
        self.enter(dir, name, number);
        number
    }

    /// Writes a file anew, as somebody on the host would.
    pub fn rewrite(&mut self, number: u64, data: &[u8]) {
        self.clock += 1;
        let file = self.files.get_mut(&number).unwrap();
        (file.data, file.mtime) = (data.to_vec(), self.clock);
    }

    fn touch(&mut self, number: u64) {
        self.clock += 1;
        self.files.get_mut(&number).unwrap().mtime = self.clock;
    }

    fn enter(&mut self, dir: u64, name: &str, number: u64) {
        self.files.get_mut(&dir).unwrap().entries.insert(name.into(), number);
        self.touch(dir);
    }

    /// Takes a name away, as somebody on the host would.
    pub fn remove(&mut self, dir: u64, name: &str) -> Option<u64> {
        let number = self.files.get_mut(&dir)?.entries.remove(name)?;
        self.files.get_mut(&number)?.nlink -= 1;
        self.touch(dir);
        Some(number)
    }

    pub fn find(&self, path: &[String]) -> Result<u64, Errno> {
        path.iter().try_fold(ROOT, |at, name| {
            let dir = &self.files[&at];
            if dir.mode & 0o170_000 != S_IFDIR {
                return Err(Errno::ENOTDIR);
            }
            dir.entries.get(name).copied().ok_or(Errno::ENOENT)
        })
    }

    /// The fids that the client holds.
    pub fn fids(&self) -> usize {
        self.fids.len()
    }

    fn qid(&self, number: u64) -> Vec<u8> {
        let kind = match self.files[&number].mode & 0o170_000 {
            S_IFDIR => 0x80,
            0o120_000 => 2,
            _ => 0,
        };
        let mut bytes = vec![kind, 0, 0, 0, 0];
        bytes.extend(number.to_le_bytes());
        bytes
    }

    fn at(&self, fid: u32) -> Result<u64, Errno> {
        self.find(&self.fids.get(&fid).ok_or(Errno::EBADF)?.path)
    }

    fn open(&self, fid: u32) -> Result<u64, Errno> {
        match self.fids.get(&fid).map(|state| &state.opened) {
            Some(Opened::File(number)) => Ok(*number),
            _ => Err(Errno::EBADF),
        }
    }

    fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let mut reader = Reader::new(request);
        assert_eq!(reader.u32().unwrap() as usize, request.len());
        let [kind, tag0, tag1] = [request[4], request[5], request[6]];
        *self.counts.entry(kind).or_default() += 1;
        let answer = match self.fail {
            Some(errno) if kind != kind::CLUNK => Err(errno),
            _ => self.handle(kind, &mut Reader::new(&request[7..])),
        };
        let (kind, body) = match answer {
            Ok(body) => (kind + 1, body),
            Err(errno) => (kind::RLERROR, (errno.code() as u32).to_le_bytes().to_vec()),
        };
        let mut bytes = (body.len() as u32 + 7).to_le_bytes().to_vec();
        bytes.extend([kind, tag0, tag1]);
        bytes.extend(body);
        bytes
    }

    fn handle(&mut self, kind: u8, r: &mut Reader<'_>) -> Answer {
        match kind {
            kind::VERSION => {
                let msize = r.u32()?;
                self.fids.clear();
                let mut body = msize.to_le_bytes().to_vec();
                body.extend([8, 0]);
                body.extend(b"9P2000.L");
                Ok(body)
            }
            kind::ATTACH => {
                let fid = r.u32()?;
                self.add_fid(fid, Vec::new(), Opened::No)?;
                Ok(self.qid(ROOT))
            }
            kind::WALK => self.walk(r),
            kind::GETATTR => self.getattr(r.u32()?),
            kind::SETATTR => self.setattr(r),
            kind::LOPEN => {
                let fid = r.u32()?;
                let number = self.at(fid)?;
                assert!(
                    matches!(self.files[&number].mode & 0o170_000, S_IFDIR | 0o100_000),
                    "special file opened"
                );
                self.fids.get_mut(&fid).unwrap().opened = Opened::File(number);
                let mut body = self.qid(number);
                body.extend([0; 4]);
                Ok(body)
            }
            kind::LCREATE | kind::MKDIR | kind::MKNOD | kind::SYMLINK => self.create(kind, r),
            kind::READ => self.read(r),
            kind::READDIR => self.readdir(r),
            kind::WRITE => self.write(r),
            kind::READLINK => {
                let number = self.at(r.u32()?)?;
                let data = &self.files[&number].data;
                let mut body = (data.len() as u16).to_le_bytes().to_vec();
                body.extend(data);
                Ok(body)
            }
            kind::CLUNK => self.clunk(r.u32()?),
            kind::FSYNC => self.open(r.u32()?).map(|_| Vec::new()),
            kind::STATFS => Ok([[0; 28], [1; 28], [0; 28]].concat()[..60].to_vec()),
            kind::LINK | kind::RENAMEAT | kind::UNLINKAT => self.change_names(kind, r),
            kind::XATTRWALK => {
                let (fid, new, name) = (r.u32()?, r.u32()?, text(r));
                let file = &self.files[&self.at(fid)?];
                let value = if name.is_empty() {
                    file.xattrs.keys().flat_map(|name| [name.as_bytes(), b"\0"].concat()).collect()
                } else {
                    file.xattrs.get(&name).cloned().ok_or(Errno::ENODATA)?
                };
                let len = value.len() as u64;
                let path = self.fids[&fid].path.clone();
                self.add_fid(new, path, Opened::XattrRead(value))?;
                Ok(len.to_le_bytes().to_vec())
            }
            kind::XATTRCREATE => {
                let (fid, name, size) = (r.u32()?, text(r), r.u64()?);
                self.fids.get_mut(&fid).unwrap().opened = Opened::XattrWrite(name, size as usize, Vec::new());
                Ok(Vec::new())
            }
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    fn add_fid(&mut self, fid: u32, path: Vec<String>, opened: Opened) -> Result<(), Errno> {
        assert!(!self.fids.contains_key(&fid), "fid {fid} is in use");
        self.fids.insert(fid, FidState { path, opened });
        Ok(())
    }

    fn walk(&mut self, r: &mut Reader<'_>) -> Answer {
        let (fid, new, count) = (r.u32()?, r.u32()?, r.u16()?);
        let mut path = self.fids.get(&fid).ok_or(Errno::EBADF)?.path.clone();
        let mut body = count.to_le_bytes().to_vec();
        for _ in 0..count {
            path.push(text(r));
            let number = self.find(&path)?;
            body.extend(self.qid(number));
        }
        self.add_fid(new, path, Opened::No)?;
        Ok(body)
    }

    fn getattr(&self, fid: u32) -> Answer {
        let number = self.at(fid)?;
        let file = &self.files[&number];
        let mut body = 0x7ffu64.to_le_bytes().to_vec();
        body.extend(self.qid(number));
        for word in [file.mode, file.uid, file.gid] {
            body.extend(word.to_le_bytes());
        }
        let size = if file.mode & 0o170_000 == S_IFDIR { 4096 } else { file.data.len() as u64 };
        for word in
            [u64::from(file.nlink), 0x103, size, 4096, size.div_ceil(512), 1, 0, file.mtime, 0, file.mtime, 0]
        {
            body.extend(word.to_le_bytes());
        }
        body.extend([0; 32]);
        Ok(body)
    }

    fn setattr(&mut self, r: &mut Reader<'_>) -> Answer {
        let (fid, valid, mode, uid, gid, size) = (r.u32()?, r.u32()?, r.u32()?, r.u32()?, r.u32()?, r.u64()?);
        let (_, _, mtime) = (r.u64()?, r.u64()?, r.u64()?);
        let number = self.at(fid)?;
        self.clock += 1;
        let clock = self.clock;
        let file = self.files.get_mut(&number).unwrap();
        if valid & 1 != 0 {
            file.mode = file.mode & !0o7777 | mode & 0o7777;
        }
        if valid & 2 != 0 {
            file.uid = uid;
        }
        if valid & 4 != 0 {
            file.gid = gid;
        }
        if valid & 8 != 0 {
            file.data.resize(size as usize, 0);
            file.mtime = clock;
        }
        if valid & 0x20 != 0 {
            file.mtime = if valid & 0x100 != 0 { mtime } else { clock };
        }
        Ok(Vec::new())
    }

    fn create(&mut self, kind: u8, r: &mut Reader<'_>) -> Answer {
        let (fid, name) = (r.u32()?, text(r));
        let dir = self.at(fid)?;
        if self.files[&dir].entries.contains_key(&name) {
            return Err(Errno::EEXIST);
        }
        let mut data = Vec::new();
        let mode = match kind {
            kind::LCREATE => {
                r.u32()?;
                0o100_000 | r.u32()?
            }
            kind::MKDIR => S_IFDIR | r.u32()?,
            kind::SYMLINK => {
                data = text(r).into_bytes();
                0o120_777
            }
            _ => r.u32()?,
        };
        let number = self.new_file(mode);
        self.files.get_mut(&number).unwrap().data = data;
        self.enter(dir, &name, number);
        if kind == kind::MKDIR {
            self.files.get_mut(&dir).unwrap().nlink += 1;
        }
        let mut body = self.qid(number);
        if kind == kind::LCREATE {
            let state = self.fids.get_mut(&fid).unwrap();
            state.path.push(name);
            state.opened = Opened::File(number);
            body.extend([0; 4]);
        }
        Ok(body)
    }

    fn read(&mut self, r: &mut Reader<'_>) -> Answer {
        let (fid, offset, count) = (r.u32()?, r.u64()? as usize, r.u32()? as usize);
        let data = match &self.fids.get(&fid).ok_or(Errno::EBADF)?.opened {
            Opened::File(number) => &self.files[number].data,
            Opened::XattrRead(value) => value,
            _ => return Err(Errno::EBADF),
        };
        let from = offset.min(data.len());
        let part = &data[from..data.len().min(from + count.min(self.io_limit))];
        let mut body = (part.len() as u32).to_le_bytes().to_vec();
        body.extend(part);
        Ok(body)
    }

    fn write(&mut self, r: &mut Reader<'_>) -> Answer {
        let (fid, offset, count) = (r.u32()?, r.u64()? as usize, r.u32()? as usize);
        let bytes = r.rest();
        assert_eq!(bytes.len(), count);
        let bytes = &bytes[..count.min(self.io_limit)];
        self.clock += 1;
        match &mut self.fids.get_mut(&fid).ok_or(Errno::EBADF)?.opened {
            Opened::File(number) => {
                let file = self.files.get_mut(number).unwrap();
                let len = file.data.len().max(offset + bytes.len());
                file.data.resize(len, 0);
                file.data[offset..offset + bytes.len()].copy_from_slice(bytes);
                file.mtime = self.clock;
            }
            Opened::XattrWrite(_, _, value) => value.extend(bytes),
            _ => return Err(Errno::EBADF),
        }
        Ok((bytes.len() as u32).to_le_bytes().to_vec())
    }

    fn readdir(&mut self, r: &mut Reader<'_>) -> Answer {
        let (fid, offset, count) = (r.u32()?, r.u64()?, r.u32()? as usize);
        let dir = self.open(fid)?;
        let mut body = vec![0; 4];
        let dots = [(".", dir), ("..", ROOT)].map(|(name, number)| (name.to_string(), number));
        let entries = self.files[&dir].entries.iter().map(|(name, number)| (name.clone(), *number));
        // Positions are no numbers of entries: nobody shall count them.
        for ((name, number), at) in dots.into_iter().chain(entries).zip(1u64..).skip(offset as usize / 7) {
            if body.len() - 4 + 24 + name.len() > count {
                break;
            }
            body.extend(self.qid(number));
            body.extend((at * 7).to_le_bytes());
            body.push((self.files[&number].mode >> 12) as u8);
            body.extend((name.len() as u16).to_le_bytes());
            body.extend(name.as_bytes());
        }
        let len = body.len() as u32 - 4;
        body[..4].copy_from_slice(&len.to_le_bytes());
        Ok(body)
    }

    fn clunk(&mut self, fid: u32) -> Answer {
        let state = self.fids.remove(&fid).ok_or(Errno::EBADF)?;
        if let Opened::XattrWrite(name, size, value) = state.opened {
            if size != value.len() {
                return Err(Errno::EINVAL);
            }
            let number = self.find(&state.path)?;
            let xattrs = &mut self.files.get_mut(&number).unwrap().xattrs;
            if size == 0 {
                xattrs.remove(&name).ok_or(Errno::ENODATA)?;
            } else {
                xattrs.insert(name, value);
            }
        }
        Ok(Vec::new())
    }

    fn change_names(&mut self, kind: u8, r: &mut Reader<'_>) -> Answer {
        let dir_fid = r.u32()?;
        let dir = self.at(dir_fid)?;
        if kind == kind::LINK {
            let (number, name) = (self.at(r.u32()?)?, text(r));
            if self.files[&dir].entries.contains_key(&name) {
                return Err(Errno::EEXIST);
            }
            self.files.get_mut(&number).unwrap().nlink += 1;
            self.enter(dir, &name, number);
            return Ok(Vec::new());
        }
        let name = text(r);
        let number = *self.files[&dir].entries.get(&name).ok_or(Errno::ENOENT)?;
        let is_dir = self.files[&number].mode & 0o170_000 == S_IFDIR;
        if kind == kind::UNLINKAT {
            if (r.u32()? & 0x200 != 0) != is_dir {
                return Err(if is_dir { Errno::EISDIR } else { Errno::ENOTDIR });
            }
            if !self.files[&number].entries.is_empty() {
                return Err(Errno::ENOTEMPTY);
            }
            self.remove(dir, &name);
            return Ok(Vec::new());
        }
        let (to_fid, new) = (r.u32()?, text(r));
        let to = self.at(to_fid)?;
        if let Some(victim) = self.files[&to].entries.get(&new).copied() {
            if !self.files[&victim].entries.is_empty() {
                return Err(Errno::ENOTEMPTY);
            }
            self.remove(to, &new);
        }
        let mut old_path = self.fids[&dir_fid].path.clone();
        let mut new_path = self.fids[&to_fid].path.clone();
        self.files.get_mut(&dir).unwrap().entries.remove(&name);
        self.touch(dir);
        self.enter(to, &new, number);
        old_path.push(name);
        new_path.push(new);
        for fid in self.fids.values_mut() {
            if fid.path.starts_with(&old_path) {
                fid.path.splice(..old_path.len(), new_path.clone());
            }
        }
        Ok(Vec::new())
    }
}
