//! Paths as arguments: the text, and where it starts from.

use alloc::boxed::Box;
use core::mem::MaybeUninit;

use abi::Errno;
use abi::fcntl::AT_FDCWD;
use abi::limits::PATH_MAX;
use mm::UserCStr;
use process::Cx;
use vfs::namei::{Base, LookupFlags};

/// Room for a path (`getname`), not cleared beforehand.
pub(crate) struct PathBuf([MaybeUninit<u8>; PATH_MAX]);

impl PathBuf {
    /// An empty one.
    #[inline(always)]
    pub fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; PATH_MAX])
    }

    /// Reads the path at `text`: EFAULT, ENAMETOOLONG from 4096 bytes on.
    #[inline]
    pub fn read(&mut self, cx: &Cx<'_>, text: UserCStr) -> Result<&[u8], Errno> {
        let path = cx.mm().read_cstr_uninit(text, &mut self.0)?;
        if path.len() == PATH_MAX { Err(Errno::ENAMETOOLONG) } else { Ok(path) }
    }
}

/// The same on the heap, for calls with several paths: the kernel stack has 16 KiB.
pub(crate) struct BoxedPath(Box<[MaybeUninit<u8>]>);

impl BoxedPath {
    /// An empty one.
    pub fn new() -> Self {
        Self(Box::new_uninit_slice(PATH_MAX))
    }

    /// As [`PathBuf::read`].
    pub fn read(&mut self, cx: &Cx<'_>, text: UserCStr) -> Result<&[u8], Errno> {
        let path = cx.mm().read_cstr_uninit(text, &mut self.0)?;
        if path.len() == PATH_MAX { Err(Errno::ENAMETOOLONG) } else { Ok(path) }
    }
}

/// Where `path` starts: an absolute one does not look at `dfd`, an empty one is ENOENT before that is EBADF.
#[inline]
pub(crate) fn base<'a>(cx: &'a Cx<'_>, dfd: i32, path: &[u8]) -> Result<Base<'a>, Errno> {
    base_with(cx, dfd, path, LookupFlags::empty())
}

/// The same for calls where an empty path may mean the descriptor itself (`LookupFlags::EMPTY`).
#[inline]
pub(crate) fn base_with<'a>(
    cx: &'a Cx<'_>,
    dfd: i32,
    path: &[u8],
    flags: LookupFlags,
) -> Result<Base<'a>, Errno> {
    if path.is_empty() && !flags.contains(LookupFlags::EMPTY) {
        return Err(Errno::ENOENT);
    }
    if dfd == AT_FDCWD || path.first() == Some(&b'/') {
        return Ok(Base::Cwd);
    }
    cx.files().get_raw(dfd).map(Base::File)
}
