//! Lists of buffers (readv(2), writev(2) and their kin): import and checks.

use alloc::vec::Vec;

use abi::Errno;
use abi::layout::IovecLayout;
use zerocopy::IntoBytes;

use crate::uio::{IterDst, IterSrc, MAX_RW_COUNT};
use crate::{AddressSpace, UserPtr, task_size_max};

/// The most buffers in one list (UIO_MAXIOV, `IOV_MAX` in limits.h).
pub const IOV_MAX: u64 = 1024;
/// How many fit without an allocation.
const INLINE: usize = 8;

/// `struct iovec` of 64-bit programs.
pub type IoVec = abi::Iovec;

/// A checked buffer of a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct IoSegment {
    pub(crate) base: u64,
    pub(crate) len: usize,
}

enum Store {
    Inline([IoSegment; INLINE], usize),
    Heap(Vec<IoSegment>),
}

/// An imported list of buffers.
pub struct IoVecs {
    store: Store,
    total: usize,
}

impl IoVecs {
    /// Reads and checks `count` entries at `list`, in Linux's order: too many entries (EINVAL), the
    /// list itself (EFAULT), a length that is negative as a `ssize_t` (EINVAL), a buffer outside of user space
    /// (EFAULT). The total is cut to [`MAX_RW_COUNT`].
    pub fn import<V: IovecLayout>(mm: &AddressSpace, list: UserPtr<V>, count: u64) -> Result<Self, Errno> {
        if count > IOV_MAX {
            return Err(Errno::EINVAL);
        }
        let count = count as usize;
        let mut raw = [V::new_zeroed(); INLINE];
        if let Some(raw) = raw.get_mut(..count) {
            mm.read_bytes(list.addr(), raw.as_mut_bytes())?;
            let mut segments = [IoSegment::default(); INLINE];
            let total = check(raw, |i, segment| {
                if let Some(slot) = segments.get_mut(i) {
                    *slot = segment;
                }
            })?;
            return Ok(Self { store: Store::Inline(segments, count), total });
        }
        let mut raw = Vec::new();
        raw.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
        raw.resize(count, V::new_zeroed());
        mm.read_bytes(list.addr(), raw.as_mut_slice().as_mut_bytes())?;
        Self::from_raw(&raw)
    }

    /// Checks a list that is in kernel memory already.
    pub fn from_raw<V: IovecLayout>(raw: &[V]) -> Result<Self, Errno> {
        if raw.len() as u64 > IOV_MAX {
            return Err(Errno::EINVAL);
        }
        let mut segments = Vec::new();
        segments.try_reserve_exact(raw.len()).map_err(|_| Errno::ENOMEM)?;
        let total = check(raw, |_, segment| segments.push(segment))?;
        Ok(Self { store: Store::Heap(segments), total })
    }

    fn list(&self) -> &[IoSegment] {
        match &self.store {
            Store::Inline(list, count) => list.get(..*count).unwrap_or(&[]),
            Store::Heap(list) => list,
        }
    }

    /// All bytes of the list, at most [`MAX_RW_COUNT`].
    pub fn total(&self) -> usize {
        self.total
    }

    /// The list as the target of a read.
    pub fn dst(&self) -> IterDst<'_> {
        IterDst::segments(self.list(), self.total)
    }

    /// The list as the source of a write.
    pub fn src(&self) -> IterSrc<'_> {
        IterSrc::segments(self.list(), self.total)
    }
}

fn check<V: IovecLayout>(raw: &[V], mut keep: impl FnMut(usize, IoSegment)) -> Result<usize, Errno> {
    let mut total = 0usize;
    for vec in raw.iter().map(|vec| vec.widen()) {
        if vec.iov_len > isize::MAX as u64 {
            return Err(Errno::EINVAL);
        }
    }
    for (i, vec) in raw.iter().map(|vec| vec.widen()).enumerate() {
        let end = vec.iov_base.checked_add(vec.iov_len).ok_or(Errno::EFAULT)?;
        if end > task_size_max() {
            return Err(Errno::EFAULT);
        }
        let len = (vec.iov_len as usize).min(MAX_RW_COUNT - total);
        total += len;
        keep(i, IoSegment { base: vec.iov_base, len });
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vec(base: u64, len: u64) -> IoVec {
        IoVec { iov_base: base, iov_len: len }
    }

    #[test]
    fn limits_as_linux() {
        assert_eq!(IoVecs::from_raw(&[vec(0, 0); 1025]).err(), Some(Errno::EINVAL));
        assert_eq!(IoVecs::from_raw(&[vec(0, u64::MAX)]).err(), Some(Errno::EINVAL));
        assert_eq!(IoVecs::from_raw(&[vec(0x7fff_ffff_0000, 0x10000)]).err(), Some(Errno::EFAULT));
        assert_eq!(IoVecs::from_raw(&[vec(0xffff_ffff_ffff_f000, 8)]).err(), Some(Errno::EFAULT));
        let list =
            IoVecs::from_raw(&[vec(4096, 0x7000_0000), vec(4096, 0x7000_0000), vec(1, 5)]).ok().unwrap();
        assert_eq!(list.total(), MAX_RW_COUNT);
        assert_eq!(list.dst().remaining(), MAX_RW_COUNT);
    }

    #[test]
    fn the_list_is_cut_where_the_total_is() {
        let list = IoVecs::from_raw(&[vec(4096, 0x7fff_f000), vec(4096, 10)]).ok().unwrap();
        assert_eq!(list.total(), MAX_RW_COUNT);
        assert_eq!(list.list()[1].len, 0);
    }
}
