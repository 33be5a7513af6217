//! Addresses: paths, abstract names, and the binding of sockets to them.

use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use core::any::Any;
use core::sync::atomic::{AtomicU32, Ordering};

use abi::Errno;
use abi::socket::AF_UNIX;
use sync::{SpinLock, rank};
use vfs::consts::S_IFSOCK;
use vfs::namei::{Base, LookupFlags, do_unlinkat, make_node, path_lookup_inode};
use vfs::permission::{MAY_WRITE, path_permission};
use vfs::{DevT, File, Inode};

use super::UnixSock;
use crate::caller::Caller;
use crate::socket::SockAddr;

/// Bytes of the family, before sun_path.
const PATH_OFFSET: usize = 2;
/// sizeof(struct sockaddr_un).
const ADDRESS_SIZE: usize = 110;

type Names = BTreeMap<(u32, Arc<[u8]>), Weak<UnixSock>>;

/// Abstract names, by type of the sockets.
static NAMES: SpinLock<Names> = SpinLock::new(rank::SOCKET_NAMES, BTreeMap::new());

fn family_of(address: &[u8]) -> Option<u32> {
    address.first_chunk::<2>().map(|family| u32::from(u16::from_ne_bytes(*family)))
}

/// The sun_path of an address that somebody can be bound to: EINVAL for another family, too much or too little.
pub(super) fn check(address: &[u8]) -> Result<&[u8], Errno> {
    if address.len() <= PATH_OFFSET || address.len() > ADDRESS_SIZE || family_of(address) != Some(AF_UNIX) {
        return Err(Errno::EINVAL);
    }
    address.get(PATH_OFFSET..).ok_or(Errno::EINVAL)
}

/// The path in a sun_path that doesn't begin with NUL.
fn path_of(name: &[u8]) -> &[u8] {
    name.split(|byte| *byte == 0).next().unwrap_or(&[])
}

fn is_abstract(name: &[u8]) -> bool {
    name.first() == Some(&0)
}

/// An address as programs see it; without a name it is the family alone.
pub(super) fn to_sockaddr(name: Option<&[u8]>) -> SockAddr {
    let mut bytes = [0; ADDRESS_SIZE + 1];
    let name = name.unwrap_or(&[]);
    for (to, from) in bytes.iter_mut().zip((AF_UNIX as u16).to_ne_bytes().iter().chain(name)) {
        *to = *from;
    }
    SockAddr::new(bytes.get(..PATH_OFFSET + name.len()).unwrap_or(&bytes))
}

/// The socket that is bound to a name: ECONNREFUSED, EPROTOTYPE, and what the walk of the path finds.
pub(super) fn find(caller: &Caller<'_>, name: &[u8], kind: u32) -> Result<Arc<UnixSock>, Errno> {
    if is_abstract(name) {
        let found = NAMES.lock().get(&(kind, Arc::from(name))).and_then(Weak::upgrade);
        return found.ok_or(Errno::ECONNREFUSED);
    }
    let lookup = &caller.lookup;
    let (path, inode) = path_lookup_inode(lookup, &Base::Cwd, path_of(name), LookupFlags::FOLLOW)?;
    path_permission(&path.mnt, &inode, lookup.cred, MAY_WRITE)?;
    if inode.kind() != S_IFSOCK {
        return Err(Errno::ECONNREFUSED);
    }
    let special = inode.special.lock().as_ref().and_then(Weak::upgrade);
    let sock = special.and_then(|any| any.downcast::<UnixSock>().ok()).ok_or(Errno::ECONNREFUSED)?;
    if sock.kind != kind {
        return Err(Errno::EPROTOTYPE);
    }
    vfs::read_write::touch_atime(&path.mnt, &inode);
    Ok(sock)
}

/// bind(2).
pub(super) fn bind(sock: &UnixSock, caller: &Caller<'_>, file: &File, address: &[u8]) -> Result<(), Errno> {
    if address.len() == PATH_OFFSET && family_of(address) == Some(AF_UNIX) {
        return autobind(sock);
    }
    let name = check(address)?;
    let _binding = sock.bindlock.lock_interruptible().ok_or(Errno::ERESTARTSYS)?;
    if is_abstract(name) {
        if sock.state.lock().address.is_some() {
            return Err(Errno::EINVAL);
        }
        return take_name(sock, Arc::from(name));
    }
    bind_path(sock, caller, file, path_of(name))
}

fn bind_path(sock: &UnixSock, caller: &Caller<'_>, file: &File, path: &[u8]) -> Result<(), Errno> {
    let lookup = &caller.lookup;
    let mode = S_IFSOCK | (file.inode.mode() & 0o7777);
    let place = make_node(lookup, &Base::Cwd, path, mode, DevT(0)).map_err(|errno| match errno {
        Errno::EEXIST => Errno::EADDRINUSE,
        other => other,
    })?;
    let inode = place.dentry.inode().ok_or(Errno::ENOENT)?;
    if sock.state.lock().address.is_some() {
        let _ = do_unlinkat(lookup, &Base::Cwd, path);
        return Err(Errno::EINVAL);
    }
    let me: Weak<dyn Any + Send + Sync> = sock.me.clone();
    *inode.special.lock() = Some(me);
    let mut name = alloc::vec::Vec::with_capacity(path.len() + 1);
    name.extend_from_slice(path);
    name.push(0);
    let mut state = sock.state.lock();
    state.address = Some(Arc::from(name));
    state.bound = Some((place, inode));
    Ok(())
}

/// Takes an abstract name: EADDRINUSE. The caller has the socket's `bindlock`.
fn take_name(sock: &UnixSock, name: Arc<[u8]>) -> Result<(), Errno> {
    {
        let mut names = NAMES.lock();
        let key = (sock.kind, name.clone());
        if names.get(&key).is_some_and(|holder| holder.strong_count() != 0) {
            return Err(Errno::EADDRINUSE);
        }
        names.insert(key, sock.me.clone());
    }
    sock.state.lock().address = Some(name);
    Ok(())
}

/// Gives a socket without a name one that is free: a NUL and five hexadecimal digits.
pub(super) fn autobind(sock: &UnixSock) -> Result<(), Errno> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let _binding = sock.bindlock.lock_interruptible().ok_or(Errno::ERESTARTSYS)?;
    if sock.state.lock().address.is_some() {
        return Ok(());
    }
    for _ in 0..=0xf_ffff {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut name = [0; 6];
        for (nth, digit) in name.iter_mut().skip(1).enumerate() {
            let nibble = number >> (16 - 4 * nth) & 0xf;
            *digit = DIGITS.get(nibble as usize).copied().unwrap_or(b'0');
        }
        match take_name(sock, Arc::from(name)) {
            Err(Errno::EADDRINUSE) => sched::cond_resched(),
            other => return other,
        }
    }
    Err(Errno::ENOSPC)
}

/// Gives an abstract name back.
pub(super) fn forget(sock: &UnixSock, name: &Arc<[u8]>) {
    let key = (sock.kind, name.clone());
    let mut names = NAMES.lock();
    if names.get(&key).is_some_and(|holder| core::ptr::eq(holder.as_ptr(), sock)) {
        names.remove(&key);
    }
}

/// The file stays, but nobody is behind it any more.
pub(super) fn forget_inode(sock: &UnixSock, inode: &Inode) {
    let mut special = inode.special.lock();
    if special.as_ref().is_some_and(|holder| core::ptr::addr_eq(holder.as_ptr(), sock)) {
        *special = None;
    }
}

impl UnixSock {
    /// The address that goes with what this socket sent: nothing at all if it has none.
    pub(super) fn sender_name(&self) -> SockAddr {
        match self.state.lock().address.clone() {
            Some(name) => to_sockaddr(Some(&name)),
            None => SockAddr::new(&[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address() {
        assert_eq!(check(b"\x01\0"), Err(Errno::EINVAL));
        assert_eq!(check(b"\x02\0/x"), Err(Errno::EINVAL));
        assert_eq!(check(b"\x01\0/x\0yz"), Ok(&b"/x\0yz"[..]));
        assert_eq!(path_of(b"/x\0yz"), b"/x");
        assert_eq!(check(&[1; 111]), Err(Errno::EINVAL));
        assert_eq!(to_sockaddr(None).as_bytes(), b"\x01\0");
        assert_eq!(to_sockaddr(Some(b"\0ab")).as_bytes(), b"\x01\0\0ab");
    }
}
