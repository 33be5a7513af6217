//! Extended attributes: a small table at each inode that has any.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use abi::Errno;
use sync::{SpinLock, rank};
use vfs::Inode;

/// What one inode's attributes may take in all, names included. Linux's tmpfs counts them against `nr_inodes`.
const MAX_TOTAL: usize = 1 << 20;
const XATTR_CREATE: u32 = 1;
const XATTR_REPLACE: u32 = 2;
/// The namespaces that are kept (xattr(7)); access lists are not supported.
const NAMESPACES: [&[u8]; 3] = [b"trusted.", b"security.", b"user."];

#[derive(Default)]
struct Table {
    by_name: BTreeMap<Arc<[u8]>, Arc<[u8]>>,
    total: usize,
}

/// The attributes of one inode.
pub(crate) struct Xattrs(SpinLock<Option<Box<Table>>>);

fn check_name(name: &[u8]) -> Result<(), Errno> {
    let known = NAMESPACES.iter().any(|prefix| name.len() > prefix.len() && name.starts_with(prefix));
    if known { Ok(()) } else { Err(Errno::EOPNOTSUPP) }
}

impl Xattrs {
    pub const fn new() -> Self {
        Xattrs(SpinLock::new(rank::FS_PRIVATE, None))
    }

    pub fn get(&self, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
        check_name(name)?;
        let table = self.0.lock();
        table.as_ref().and_then(|table| table.by_name.get(name).cloned()).ok_or(Errno::ENODATA)
    }

    pub fn set(&self, inode: &Inode, name: &[u8], value: &[u8], flags: u32) -> Result<(), Errno> {
        check_name(name)?;
        let value: Arc<[u8]> = Arc::from(value);
        let key: Arc<[u8]> = Arc::from(name);
        let old = {
            let mut table = self.0.lock();
            let table = table.get_or_insert_default();
            let old = table.by_name.get(name).map(|old| name.len() + old.len());
            match old {
                Some(_) if flags & XATTR_CREATE != 0 => return Err(Errno::EEXIST),
                None if flags & XATTR_REPLACE != 0 => return Err(Errno::ENODATA),
                _ => (),
            }
            let total = table.total - old.unwrap_or(0) + name.len() + value.len();
            if total > MAX_TOTAL {
                return Err(Errno::ENOSPC);
            }
            table.total = total;
            table.by_name.insert(key, value)
        };
        drop(old);
        inode.touch_ctime();
        Ok(())
    }

    pub fn remove(&self, inode: &Inode, name: &[u8]) -> Result<(), Errno> {
        check_name(name)?;
        let old = {
            let mut table = self.0.lock();
            let table = table.as_mut().ok_or(Errno::ENODATA)?;
            let old = table.by_name.remove(name).ok_or(Errno::ENODATA)?;
            table.total -= name.len() + old.len();
            old
        };
        drop(old);
        inode.touch_ctime();
        Ok(())
    }

    pub fn list(&self, each: &mut dyn FnMut(&[u8])) {
        let mut names = alloc::vec::Vec::new();
        if let Some(table) = self.0.lock().as_ref() {
            names.extend(table.by_name.keys().cloned());
        }
        // The caller may do what it likes with a name: no lock is held.
        names.iter().for_each(|name| each(name));
    }
}

/// The four operations of an inode whose node has a field `xattrs`.
macro_rules! xattr_ops {
    () => {
        fn getxattr(&self, _inode: &Inode, name: &[u8]) -> Result<Arc<[u8]>, Errno> {
            self.xattrs.get(name)
        }

        fn setxattr(&self, inode: &Inode, name: &[u8], value: &[u8], flags: u32) -> Result<(), Errno> {
            self.xattrs.set(inode, name, value, flags)
        }

        fn listxattr(&self, _inode: &Inode, each: &mut dyn FnMut(&[u8])) -> Result<(), Errno> {
            self.xattrs.list(each);
            Ok(())
        }

        fn removexattr(&self, inode: &Inode, name: &[u8]) -> Result<(), Errno> {
            self.xattrs.remove(inode, name)
        }
    };
}
pub(crate) use xattr_ops;
