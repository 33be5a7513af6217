//! User pointers: addresses that a program handed over, and nothing more.
//!
//! None of these types can be dereferenced. Only an [`crate::AddressSpace`] reads or writes what they
//! point at, and a wrong one is found out there, at the moment of use.

use core::fmt;
use core::marker::PhantomData;

/// A pointer-like argument of a system call, made from the register's value.
pub trait UserArg: Copy {
    /// Takes the raw address; every value is accepted.
    fn from_addr(addr: u64) -> Self;
}

/// The address of a `T` in user memory.
pub struct UserPtr<T> {
    addr: u64,
    pointee: PhantomData<fn() -> T>,
}

impl<T> UserPtr<T> {
    /// A pointer with that address.
    #[inline(always)]
    pub const fn new(addr: u64) -> Self {
        Self { addr, pointee: PhantomData }
    }

    /// The null pointer.
    #[inline(always)]
    pub const fn null() -> Self {
        Self::new(0)
    }

    /// Whether it is the null pointer.
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.addr == 0
    }

    /// The address.
    #[inline(always)]
    pub const fn addr(self) -> u64 {
        self.addr
    }

    /// None for the null pointer.
    #[inline(always)]
    pub fn non_null(self) -> Option<Self> {
        if self.is_null() { None } else { Some(self) }
    }

    /// The same address with another type behind it.
    #[inline(always)]
    pub const fn cast<U>(self) -> UserPtr<U> {
        UserPtr::new(self.addr)
    }

    /// The pointer `count` elements further; none if that leaves the 64-bit range.
    #[inline]
    pub fn offset(self, count: u64) -> Option<Self> {
        count.checked_mul(size_of::<T>() as u64).and_then(|bytes| self.byte_add(bytes))
    }

    /// The pointer `bytes` further; none if that leaves the 64-bit range.
    #[inline]
    pub fn byte_add(self, bytes: u64) -> Option<Self> {
        self.addr.checked_add(bytes).map(Self::new)
    }
}

impl<T> Clone for UserPtr<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UserPtr<T> {}

impl<T> PartialEq for UserPtr<T> {
    fn eq(&self, other: &Self) -> bool {
        self.addr == other.addr
    }
}

impl<T> Eq for UserPtr<T> {}

impl<T> fmt::Debug for UserPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.addr)
    }
}

impl<T> UserArg for UserPtr<T> {
    #[inline(always)]
    fn from_addr(addr: u64) -> Self {
        Self::new(addr)
    }
}

/// `len` elements of type `T` in user memory, as a handler puts together from two arguments.
pub struct UserSlice<T> {
    ptr: UserPtr<T>,
    len: usize,
}

impl<T> UserSlice<T> {
    /// `len` elements from `ptr` on.
    #[inline(always)]
    pub const fn new(ptr: UserPtr<T>, len: usize) -> Self {
        Self { ptr, len }
    }

    /// Where it begins.
    #[inline(always)]
    pub const fn ptr(self) -> UserPtr<T> {
        self.ptr
    }

    /// The number of elements.
    #[inline(always)]
    pub const fn len(self) -> usize {
        self.len
    }

    /// Whether it has no element.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The address of element `index`; none past the end.
    #[inline]
    pub fn get(self, index: usize) -> Option<UserPtr<T>> {
        if index < self.len { self.ptr.offset(index as u64) } else { None }
    }

    /// Length in bytes; none if it overflows.
    #[inline]
    pub fn byte_len(self) -> Option<usize> {
        self.len.checked_mul(size_of::<T>())
    }
}

impl<T> Clone for UserSlice<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UserSlice<T> {}

impl<T> fmt::Debug for UserSlice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}[{}]", self.ptr, self.len)
    }
}

/// The address of a NUL-terminated string in user memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UserCStr(u64);

impl UserCStr {
    /// A string at that address.
    #[inline(always)]
    pub const fn new(addr: u64) -> Self {
        Self(addr)
    }

    /// Whether it is the null pointer.
    #[inline(always)]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The address.
    #[inline(always)]
    pub const fn addr(self) -> u64 {
        self.0
    }
}

impl fmt::Debug for UserCStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl UserArg for UserCStr {
    #[inline(always)]
    fn from_addr(addr: u64) -> Self {
        Self(addr)
    }
}
