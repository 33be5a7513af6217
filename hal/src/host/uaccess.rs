//! A program's memory: an arena at addresses from 64 KiB on.

use std::sync::Mutex;

/// Lowest address of the arena.
pub const ARENA_START: u64 = 0x1_0000;
const ARENA_SIZE: usize = 1 << 20;
static ARENA: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn with_arena<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut arena = ARENA.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if arena.is_empty() {
        arena.resize(ARENA_SIZE, 0);
    }
    f(&mut arena)
}

/// The part of `addr..addr + len` that the arena has, as offsets.
fn part(addr: u64, len: usize) -> std::ops::Range<usize> {
    let Some(start) = addr.checked_sub(ARENA_START).map(|at| at as usize).filter(|at| *at <= ARENA_SIZE)
    else {
        return 0..0;
    };
    start..start.saturating_add(len).min(ARENA_SIZE)
}

/// # Safety
/// `from` must be readable for `len` bytes.
pub(crate) unsafe fn raw_copy_to_user(addr: u64, from: *const u8, len: usize) -> usize {
    // SAFETY: the caller's promise.
    copy_to_user(addr, unsafe { core::slice::from_raw_parts(from, len) }).err().unwrap_or(0)
}

/// # Safety
/// `to` must be writable for `len` bytes.
pub(crate) unsafe fn raw_copy_from_user(to: *mut u8, addr: u64, len: usize) -> usize {
    // SAFETY: the caller's promise.
    copy_from_user(unsafe { core::slice::from_raw_parts_mut(to, len) }, addr).err().unwrap_or(0)
}

/// Fills `buf` from `addr`. The error is the number of bytes not copied.
pub fn copy_from_user(buf: &mut [u8], addr: u64) -> Result<(), usize> {
    let part = part(addr, buf.len());
    let len = part.len();
    with_arena(|arena| buf[..len].copy_from_slice(&arena[part]));
    if len == buf.len() { Ok(()) } else { Err(buf.len() - len) }
}

/// Writes `buf` at `addr`. The error is the number of bytes not copied.
pub fn copy_to_user(addr: u64, buf: &[u8]) -> Result<(), usize> {
    let part = part(addr, buf.len());
    let len = part.len();
    with_arena(|arena| arena[part].copy_from_slice(&buf[..len]));
    if len == buf.len() { Ok(()) } else { Err(buf.len() - len) }
}

/// Writes zeros. The error is the number of bytes not written.
pub fn clear_user(addr: u64, len: usize) -> Result<(), usize> {
    copy_to_user(addr, &vec![0; len])
}

/// Copies a text up to its NUL.
pub fn strncpy_from_user(buf: &mut [u8], addr: u64) -> Result<usize, ()> {
    for at in 0..buf.len() {
        copy_from_user(&mut buf[at..at + 1], addr + at as u64).map_err(|_| ())?;
        if buf[at] == 0 {
            return Ok(at);
        }
    }
    Ok(buf.len())
}

/// The same into memory that holds nothing yet.
pub fn strncpy_from_user_uninit(buf: &mut [core::mem::MaybeUninit<u8>], addr: u64) -> Result<&[u8], ()> {
    let mut text = vec![0; buf.len()];
    let len = strncpy_from_user(&mut text, addr)?;
    for (slot, byte) in buf.iter_mut().zip(&text[..len]) {
        slot.write(*byte);
    }
    // SAFETY: the first `len` bytes were written just now.
    Ok(unsafe { core::slice::from_raw_parts(buf.as_ptr().cast(), len) })
}

/// A word that a processor loads at once.
pub trait Word: Copy {
    /// From bytes at `addr`.
    fn get(addr: u64) -> Option<Self>;
    /// To bytes at `addr`.
    fn put(self, addr: u64) -> Option<()>;
}

macro_rules! word {
    ($($ty:ty)*) => {$(
        impl Word for $ty {
            fn get(addr: u64) -> Option<Self> {
                let mut bytes = [0; size_of::<$ty>()];
                copy_from_user(&mut bytes, addr).ok()?;
                Some(<$ty>::from_ne_bytes(bytes))
            }

            fn put(self, addr: u64) -> Option<()> {
                copy_to_user(addr, &self.to_ne_bytes()).ok()
            }
        }
    )*};
}
word!(u8 u16 u32 u64);

/// Reads one word.
pub fn get_user<T: Word>(addr: u64) -> Option<T> {
    T::get(addr)
}

/// Writes one word.
pub fn put_user<T: Word>(addr: u64, value: T) -> Option<()> {
    value.put(addr)
}

/// Nothing ever waits here.
pub fn without_faults<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Puts `new` in the place of `old`.
pub fn cmpxchg_user_u32(addr: u64, old: u32, new: u32) -> Option<u32> {
    let seen = get_user::<u32>(addr)?;
    if seen == old {
        put_user(addr, new)?;
    }
    Some(seen)
}
