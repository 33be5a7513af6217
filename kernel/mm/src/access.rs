//! Reading and writing the memory of the program that is running now.
//!
//! The copies work on the address space that the processor has active, which is that of the task that
//! a handler acts for. Taking it as `self` keeps a wrong pairing visible. No lock is held while
//! copying: a copy may fault, and a fault takes the address space's own lock.

use abi::Errno;
use hal::uaccess;
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{AddressSpace, UserCStr, UserPtr, UserSlice};

impl AddressSpace {
    /// Reads a `T`. EFAULT if any byte of it can't be read.
    #[inline]
    pub fn read<T: FromBytes + IntoBytes>(&self, ptr: UserPtr<T>) -> Result<T, Errno> {
        let mut value = T::new_zeroed();
        let addr = ptr.addr();
        // One checked load for the sizes a processor knows; the match is resolved when compiling.
        match size_of::<T>() {
            4 => value
                .as_mut_bytes()
                .copy_from_slice(&uaccess::get_user::<u32>(addr).ok_or(Errno::EFAULT)?.to_ne_bytes()),
            8 => value
                .as_mut_bytes()
                .copy_from_slice(&uaccess::get_user::<u64>(addr).ok_or(Errno::EFAULT)?.to_ne_bytes()),
            _ => uaccess::copy_from_user(value.as_mut_bytes(), addr).map_err(|_| Errno::EFAULT)?,
        }
        Ok(value)
    }

    /// Writes a `T`. EFAULT if any byte of it can't be written; the bytes before that one may have been.
    #[inline]
    pub fn write<T: IntoBytes + Immutable>(&self, ptr: UserPtr<T>, value: &T) -> Result<(), Errno> {
        let addr = ptr.addr();
        let bytes = value.as_bytes();
        match size_of::<T>() {
            2 => {
                let word = bytes.try_into().map(u16::from_ne_bytes).map_err(|_| Errno::EFAULT)?;
                uaccess::put_user::<u16>(addr, word).ok_or(Errno::EFAULT)
            }
            4 => {
                let word = bytes.try_into().map(u32::from_ne_bytes).map_err(|_| Errno::EFAULT)?;
                uaccess::put_user::<u32>(addr, word).ok_or(Errno::EFAULT)
            }
            8 => {
                let word = bytes.try_into().map(u64::from_ne_bytes).map_err(|_| Errno::EFAULT)?;
                uaccess::put_user::<u64>(addr, word).ok_or(Errno::EFAULT)
            }
            _ => uaccess::copy_to_user(addr, bytes).map_err(|_| Errno::EFAULT),
        }
    }

    /// Fills `buf` from `addr` on. EFAULT if any byte can't be read.
    #[inline]
    pub fn read_bytes(&self, addr: u64, buf: &mut [u8]) -> Result<(), Errno> {
        uaccess::copy_from_user(buf, addr).map_err(|_| Errno::EFAULT)
    }

    /// Writes `buf` at `addr`. EFAULT if any byte can't be written.
    #[inline]
    pub fn write_bytes(&self, addr: u64, buf: &[u8]) -> Result<(), Errno> {
        uaccess::copy_to_user(addr, buf).map_err(|_| Errno::EFAULT)
    }

    /// Reads elements into `out`, as many as fit both; EINVAL if `out` is longer than the slice.
    #[inline]
    pub fn read_slice<T: FromBytes + IntoBytes>(
        &self,
        slice: UserSlice<T>,
        out: &mut [T],
    ) -> Result<(), Errno> {
        if out.len() > slice.len() {
            return Err(Errno::EINVAL);
        }
        self.read_bytes(slice.ptr().addr(), out.as_mut_bytes())
    }

    /// Writes elements; EINVAL if `values` is longer than the slice.
    #[inline]
    pub fn write_slice<T: IntoBytes + Immutable>(
        &self,
        slice: UserSlice<T>,
        values: &[T],
    ) -> Result<(), Errno> {
        if values.len() > slice.len() {
            return Err(Errno::EINVAL);
        }
        self.write_bytes(slice.ptr().addr(), values.as_bytes())
    }

    /// Writes `len` zero bytes. EFAULT if any can't be written.
    #[inline]
    pub fn clear(&self, addr: u64, len: usize) -> Result<(), Errno> {
        uaccess::clear_user(addr, len).map_err(|_| Errno::EFAULT)
    }

    /// Reads a string into `buf` and returns it without its NUL. A result as long as `buf` means that
    /// no NUL was seen: what that is called (ENAMETOOLONG, E2BIG, EINVAL) only the caller knows.
    #[inline]
    pub fn read_cstr<'b>(&self, text: UserCStr, buf: &'b mut [u8]) -> Result<&'b [u8], Errno> {
        let len = uaccess::strncpy_from_user(buf, text.addr()).map_err(|()| Errno::EFAULT)?;
        buf.get(..len).ok_or(Errno::EFAULT)
    }

    /// As [`Self::read_cstr`], into memory that holds nothing yet.
    #[inline]
    pub fn read_cstr_uninit<'b>(
        &self,
        text: UserCStr,
        buf: &'b mut [core::mem::MaybeUninit<u8>],
    ) -> Result<&'b [u8], Errno> {
        uaccess::strncpy_from_user_uninit(buf, text.addr()).map_err(|()| Errno::EFAULT)
    }

    /// Compares and swaps a 32-bit word in user memory; returns the value seen.
    #[inline]
    pub fn cmpxchg_u32(&self, ptr: UserPtr<u32>, old: u32, new: u32) -> Result<u32, Errno> {
        uaccess::cmpxchg_user_u32(ptr.addr(), old, new).ok_or(Errno::EFAULT)
    }

    /// Reads a word without waiting: none if the page isn't there just now. With a spin lock held.
    #[inline]
    pub fn peek_u32(&self, ptr: UserPtr<u32>) -> Option<u32> {
        uaccess::without_faults(|| uaccess::get_user::<u32>(ptr.addr()))
    }

    /// As [`Self::cmpxchg_u32`], without waiting: none if the page can't be written just now.
    #[inline]
    pub fn try_cmpxchg_u32(&self, ptr: UserPtr<u32>, old: u32, new: u32) -> Option<u32> {
        uaccess::without_faults(|| uaccess::cmpxchg_user_u32(ptr.addr(), old, new))
    }

    /// Makes a word's page present and writable, for [`Self::try_cmpxchg_u32`]. EFAULT if that can't be.
    pub fn fault_in_writable(&self, ptr: UserPtr<u32>) -> Result<(), Errno> {
        let value = self.read(ptr)?;
        self.cmpxchg_u32(ptr, value, value).map(drop)
    }
}
