//! Structures that grow from version to version (openat2(2), "Extensibility").

use abi::Errno;
use mm::UserPtr;
use process::Cx;
use zerocopy::{FromBytes, IntoBytes};

/// Reads a `T` of which the caller knows `size` bytes: a smaller one is filled with zeros, a larger one
/// must have zeros in what this kernel does not know (E2BIG). EINVAL below `smallest` or beyond a page.
pub(crate) fn read<T: FromBytes + IntoBytes>(
    cx: &Cx<'_>,
    ptr: UserPtr<T>,
    size: usize,
    smallest: usize,
) -> Result<T, Errno> {
    if size < smallest {
        return Err(Errno::EINVAL);
    }
    if size > hal::mem::PAGE_SIZE {
        return Err(Errno::E2BIG);
    }
    let mut value = T::new_zeroed();
    let known = size.min(size_of::<T>());
    let bytes = value.as_mut_bytes().get_mut(..known).ok_or(Errno::EINVAL)?;
    cx.mm().read_bytes(ptr.addr(), bytes)?;
    for at in known..size {
        let byte: u8 = cx.mm().read(UserPtr::new(ptr.addr() + at as u64))?;
        if byte != 0 {
            return Err(Errno::E2BIG);
        }
    }
    Ok(value)
}
