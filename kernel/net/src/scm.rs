//! Control messages: files and credentials that go along with data (cmsg(3), unix(7)).

use alloc::sync::Arc;
use alloc::vec::Vec;

use abi::layout::Longs;
use abi::socket::*;
use abi::{Cmsghdr, Errno, Ucred};
use mm::UserPtr;
use sched::NSEC_PER_SEC;
use vfs::File;
use vfs::consts::{CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::caller::{Caller, ProcessRef, hooks};
use crate::options::Options;
use crate::socket::RecvMsg;

/// The user and group of whoever is not known (fs.overflowuid).
const NOBODY: u32 = 65_534;

/// Who sent a message.
#[derive(Clone)]
pub struct Credentials {
    /// Process, user and group.
    pub ucred: Ucred,
    /// The process, for SCM_PIDFD.
    pub process: Option<ProcessRef>,
}

impl Credentials {
    /// Those of the running process: its real user and group.
    pub fn current() -> Result<Self, Errno> {
        let me = (hooks()?.current)();
        let ucred = Ucred { pid: me.tgid, uid: me.cred.uid, gid: me.cred.gid };
        Ok(Credentials { ucred, process: Some(me.process) })
    }

    /// Of nobody that is known.
    pub fn unknown() -> Self {
        Credentials { ucred: Ucred { pid: 0, uid: NOBODY, gid: NOBODY }, process: None }
    }
}

/// What control data asked for.
#[derive(Default)]
pub struct Control {
    /// SCM_RIGHTS.
    pub files: Vec<Arc<File>>,
    /// SCM_CREDENTIALS.
    pub credentials: Option<Credentials>,
}

/// How a program lays out `struct cmsghdr`: by the width of its `size_t`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Headers {
    /// With a length of 64 bits.
    Native,
    /// With a length of 32 bits, and times of 32 bits.
    Compat,
}

impl Headers {
    fn size(self) -> usize {
        if self == Headers::Native { size_of::<Cmsghdr>() } else { 12 }
    }

    fn align(self, len: usize) -> usize {
        let word = if self == Headers::Native { 8 } else { 4 };
        len.next_multiple_of(word)
    }

    fn parse(self, head: &[u8]) -> Result<Cmsghdr, Errno> {
        if self == Headers::Native {
            return Cmsghdr::read_from_bytes(head).map_err(|_| Errno::EINVAL);
        }
        let [len, level, kind] = <[u32; 3]>::read_from_bytes(head).map_err(|_| Errno::EINVAL)?;
        Ok(Cmsghdr { cmsg_len: u64::from(len), cmsg_level: level as i32, cmsg_type: kind as i32 })
    }

    fn write(self, caller: &Caller<'_>, at: u64, len: usize, kind: u32) -> Result<(), Errno> {
        if self == Headers::Native {
            let header =
                Cmsghdr { cmsg_len: len as u64, cmsg_level: SOL_SOCKET as i32, cmsg_type: kind as i32 };
            return caller.mm.write(UserPtr::new(at), &header);
        }
        caller.mm.write(UserPtr::new(at), &[len as u32, SOL_SOCKET, kind])
    }
}

/// Reads control data: EINVAL for what is malformed or not known, EBADF, EPERM for another's credentials.
pub fn parse(caller: &Caller<'_>, bytes: &[u8], headers: Headers) -> Result<Control, Errno> {
    let mut control = Control::default();
    let mut rest = bytes;
    // Where 32-bit messages are made 64-bit ones, none at all is an error.
    if headers == Headers::Compat && !bytes.is_empty() && bytes.len() < headers.size() {
        return Err(Errno::EINVAL);
    }
    while let Some((head, tail)) = rest.split_at_checked(headers.size()) {
        let header = headers.parse(head)?;
        let len = usize::try_from(header.cmsg_len).map_err(|_| Errno::EINVAL)?;
        let data = len.checked_sub(headers.size()).and_then(|len| tail.get(..len)).ok_or(Errno::EINVAL)?;
        if header.cmsg_level == SOL_SOCKET as i32 {
            match header.cmsg_type as u32 {
                SCM_RIGHTS => take_files(caller, data, &mut control.files)?,
                SCM_CREDENTIALS => {
                    let ucred = Ucred::read_from_bytes(data).map_err(|_| Errno::EINVAL)?;
                    control.credentials = Some(check_credentials(caller, ucred)?);
                }
                _ => return Err(Errno::EINVAL),
            }
        }
        rest = rest.get(headers.align(len)..).unwrap_or(&[]);
    }
    Ok(control)
}

fn take_files(caller: &Caller<'_>, data: &[u8], files: &mut Vec<Arc<File>>) -> Result<(), Errno> {
    let count = data.len() / size_of::<i32>();
    if count == 0 {
        return Ok(());
    }
    if files.len() + count > SCM_MAX_FD as usize {
        return Err(Errno::EINVAL);
    }
    files.try_reserve(count).map_err(|_| Errno::ENOMEM)?;
    for bytes in data.chunks_exact(size_of::<i32>()) {
        let fd = i32::read_from_bytes(bytes).map_err(|_| Errno::EINVAL)?;
        files.push(caller.files.get_raw(fd)?.into_arc());
    }
    Ok(())
}

fn check_credentials(caller: &Caller<'_>, ucred: Ucred) -> Result<Credentials, Errno> {
    let cred = caller.cred();
    let pid = ucred.pid == caller.tgid || cred.capable(CAP_SYS_ADMIN);
    let uid = [cred.uid, cred.euid, cred.suid].contains(&ucred.uid) || cred.capable(CAP_SETUID);
    let gid = [cred.gid, cred.egid, cred.sgid].contains(&ucred.gid) || cred.capable(CAP_SETGID);
    if !(pid && uid && gid) {
        return Err(Errno::EPERM);
    }
    let process = (hooks()?.find)(ucred.pid).ok_or(Errno::ESRCH)?;
    if ucred.uid == u32::MAX || ucred.gid == u32::MAX {
        return Err(Errno::EINVAL);
    }
    Ok(Credentials { ucred, process: Some(process) })
}

/// Where control data is written to.
pub struct ControlOut {
    at: u64,
    left: usize,
    present: bool,
    headers: Headers,
}

impl ControlOut {
    /// `len` bytes at `addr`; there is none if that is null.
    pub fn new(addr: u64, len: usize, headers: Headers) -> Self {
        ControlOut { at: addr, left: len, present: addr != 0, headers }
    }

    /// How many bytes of room are left.
    pub fn left(&self) -> usize {
        self.left
    }

    fn advance(&mut self, space: usize) {
        let space = space.min(self.left);
        self.at = self.at.wrapping_add(space as u64);
        self.left -= space;
    }

    /// Writes one message, as much of it as there is room for; false if that was not all.
    fn put<T: IntoBytes + Immutable>(&mut self, caller: &Caller<'_>, kind: u32, value: &T) -> bool {
        let header = self.headers.size();
        if self.left < header {
            return false;
        }
        let bytes = value.as_bytes();
        let whole = header + bytes.len();
        let len = whole.min(self.left);
        let data = bytes.get(..len - header).unwrap_or(&[]);
        // A bad address is passed over in silence, and so is its room.
        if self.headers.write(caller, self.at, len, kind).is_ok() {
            let _ = caller.mm.write_bytes(self.at.wrapping_add(header as u64), data);
            self.advance(self.headers.align(whole));
        }
        len == whole
    }

    /// When the message came, in the form that was asked for.
    fn put_stamp(&mut self, caller: &Caller<'_>, options: &Options, ns: u64) -> bool {
        let (seconds, rest) = ((ns / NSEC_PER_SEC) as i64, (ns % NSEC_PER_SEC) as i64);
        if !self.present {
            return false;
        }
        let new = options.on(SO_TIMESTAMP_NEW);
        let kind = |old: u32, renewed: u32| if new { renewed } else { old };
        // The old ones have the caller's `long`.
        let narrow = !new && matches!(self.headers, Headers::Compat);
        let stamp = [seconds, rest];
        let (name, short) = match options.on(SO_TIMESTAMPNS) {
            true => (kind(SO_TIMESTAMPNS, SO_TIMESTAMPNS_NEW), stamp),
            false => (kind(SO_TIMESTAMP, SO_TIMESTAMP_NEW), [seconds, rest / 1000]),
        };
        let mut fits = match narrow {
            true => self.put(caller, name, &<[i32; 2]>::narrow(short)),
            false => self.put(caller, name, &short),
        };
        if crate::sockopt::wants_software_stamp(options) {
            // Behind it two that only hardware could fill in.
            let (name, none) = (kind(SO_TIMESTAMPING, SO_TIMESTAMPING_NEW), [0, 0]);
            fits &= match narrow {
                true => self.put(caller, name, &[stamp, none, none].map(<[i32; 2]>::narrow)),
                false => self.put(caller, name, &[stamp, none, none]),
            };
        }
        fits
    }

    /// Hands files to the caller, as many as there is room and descriptors for; false if that was not all.
    fn put_files(&mut self, caller: &Caller<'_>, files: Vec<Arc<File>>, cloexec: bool) -> bool {
        let header = self.headers.size();
        let room = self.left.saturating_sub(header) / size_of::<i32>();
        let all = files.len();
        let mut done = 0;
        for file in files.into_iter().take(room) {
            let Ok(fd) = caller.files.alloc_fd(0, cloexec, caller.nofile) else { break };
            let at = self.at.wrapping_add((header + done * size_of::<i32>()) as u64);
            if caller.mm.write(UserPtr::new(at), &fd).is_err() {
                caller.files.put_unused(fd);
                break;
            }
            caller.files.install(fd, file);
            done += 1;
        }
        if done > 0 {
            let len = header + done * size_of::<i32>();
            let _ = self.headers.write(caller, self.at, len, SCM_RIGHTS);
            self.advance(self.headers.align(len));
        }
        done == all
    }
}

/// Writes what came with a message, and notes in its flags what did not fit.
pub fn deliver(caller: &Caller<'_>, options: &Options, msg: &mut RecvMsg<'_, '_>, out: &mut ControlOut) {
    let files = core::mem::take(&mut msg.files);
    let credentials = msg.credentials.take();
    let (want_cred, want_pidfd) = (options.on(SO_PASSCRED), options.on(SO_PASSPIDFD));
    let mut fits = msg.stamp_ns.take().is_none_or(|ns| out.put_stamp(caller, options, ns));
    if !out.present {
        fits &= !want_cred && !want_pidfd && files.is_empty();
    } else {
        if want_cred {
            let ucred = credentials.as_ref().map_or_else(|| Credentials::unknown().ucred, |c| c.ucred);
            fits &= out.put(caller, SCM_CREDENTIALS, &ucred);
        }
        let cloexec = msg.flags & MSG_CMSG_CLOEXEC != 0;
        if !files.is_empty() {
            fits &= out.put_files(caller, files, cloexec);
        }
        if want_pidfd {
            fits &= put_pidfd(caller, credentials, out);
        }
    }
    if !fits {
        msg.out_flags |= MSG_CTRUNC;
    }
}

/// SCM_PIDFD: a descriptor of the sender's process, or the error's number in its place.
fn put_pidfd(caller: &Caller<'_>, credentials: Option<Credentials>, out: &mut ControlOut) -> bool {
    if out.left < out.headers.size() + size_of::<i32>() {
        return false;
    }
    let open = || {
        let process = credentials.and_then(|c| c.process).ok_or(Errno::ESRCH)?;
        let file = (hooks()?.pidfd)(&process)?;
        let fd = caller.files.alloc_fd(0, true, caller.nofile)?;
        Ok((fd, file))
    };
    match open() {
        Err(errno) => {
            let errno: Errno = errno;
            out.put(caller, SCM_PIDFD, &(-errno.as_raw()))
        }
        Ok((fd, file)) => {
            let fits = out.put(caller, SCM_PIDFD, &fd);
            caller.files.install(fd, file);
            fits
        }
    }
}
