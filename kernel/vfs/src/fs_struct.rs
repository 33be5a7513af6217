//! Root, working directory and umask: shared by tasks that were cloned with CLONE_FS.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use sync::{RcuArc, RcuGuard};

use crate::Path;

/// Where path walks of a task begin.
pub struct FsStruct {
    root: RcuArc<Path>,
    pwd: RcuArc<Path>,
    umask: AtomicU32,
}

impl FsStruct {
    /// With that root and working directory.
    pub fn new(root: Path, pwd: Path, umask: u32) -> Arc<Self> {
        Arc::new(FsStruct {
            root: RcuArc::new(Some(Arc::new(root))),
            pwd: RcuArc::new(Some(Arc::new(pwd))),
            umask: AtomicU32::new(umask & 0o777),
        })
    }

    /// A copy for a child that doesn't share (fork).
    pub fn copy(&self) -> Arc<Self> {
        Arc::new(FsStruct {
            root: RcuArc::new(self.root.get()),
            pwd: RcuArc::new(self.pwd.get()),
            umask: AtomicU32::new(self.umask()),
        })
    }

    /// The root directory, uncounted.
    #[inline]
    pub(crate) fn root_rcu<'g>(&'g self, guard: &'g RcuGuard) -> Option<&'g Path> {
        self.root.load(guard)
    }

    /// The working directory, uncounted.
    #[inline]
    pub(crate) fn pwd_rcu<'g>(&'g self, guard: &'g RcuGuard) -> Option<&'g Path> {
        self.pwd.load(guard)
    }

    /// The root directory.
    pub fn root(&self) -> Arc<Path> {
        self.root.get().expect("a task's root directory is never taken away")
    }

    /// The working directory.
    pub fn pwd(&self) -> Arc<Path> {
        self.pwd.get().expect("a task's working directory is never taken away")
    }

    /// chroot(2).
    pub fn set_root(&self, path: Path) {
        self.root.set(Some(Arc::new(path)));
    }

    /// chdir(2).
    pub fn set_pwd(&self, path: Path) {
        self.pwd.set(Some(Arc::new(path)));
    }

    /// The umask.
    #[inline]
    pub fn umask(&self) -> u32 {
        self.umask.load(Ordering::Relaxed)
    }

    /// Sets the umask and returns the old one.
    pub fn set_umask(&self, mask: u32) -> u32 {
        self.umask.swap(mask & 0o777, Ordering::Relaxed)
    }
}
