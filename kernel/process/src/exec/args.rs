//! Argument and environment strings, and how many of them are allowed.

use alloc::vec::Vec;

use abi::Errno;

/// Longest single string, with its NUL.
pub const MAX_ARG_STRLEN: usize = 32 * 4096;
/// What is always allowed.
const ARG_MIN: u64 = 128 * 1024;
/// What is allowed at most: three quarters of the default stack.
const ARG_MAX: u64 = 6 * 1024 * 1024;
/// Strings are copied in pieces of this size.
const CHUNK: usize = 256;

/// A list of strings, each with its NUL, one after the other.
#[derive(Debug, Default, Clone)]
pub struct Strings {
    bytes: Vec<u8>,
    lengths: Vec<u32>,
}

impl Strings {
    /// From kernel strings (without NUL).
    pub fn from_slices(list: &[&[u8]]) -> Self {
        let mut strings = Self::default();
        for text in list {
            strings.bytes.extend_from_slice(text);
            strings.bytes.push(0);
            strings.lengths.push(text.len() as u32 + 1);
        }
        strings
    }

    /// How many strings.
    pub fn count(&self) -> usize {
        self.lengths.len()
    }

    /// All bytes, NULs included.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Their lengths with NUL.
    pub fn lengths(&self) -> impl Iterator<Item = usize> {
        self.lengths.iter().map(|length| *length as usize)
    }

    /// Takes the first string away.
    pub fn remove_first(&mut self) {
        if self.lengths.is_empty() {
            return;
        }
        let length = self.lengths.remove(0) as usize;
        self.bytes.drain(..length.min(self.bytes.len()));
    }

    /// Puts a string (without NUL) in front.
    pub fn push_front(&mut self, text: &[u8]) -> Result<(), Errno> {
        self.bytes.try_reserve(text.len() + 1).map_err(|_| Errno::ENOMEM)?;
        self.lengths.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.bytes.splice(..0, text.iter().copied().chain([0]));
        self.lengths.insert(0, text.len() as u32 + 1);
        Ok(())
    }

    /// Copies the strings that the pointer array at `array` (0: none) names.
    /// `EFAULT` for bad addresses, `E2BIG` when a string or, with `budget`, all are too long.
    /// `width`: bytes of a pointer of the program's.
    pub fn copy_from_user(array: u64, width: usize, budget: &mut Budget) -> Result<Self, Errno> {
        let mut strings = Self::default();
        if array == 0 {
            return Ok(strings);
        }
        let mut at = array;
        loop {
            let mut raw = [0; 8];
            let pointer = raw.get_mut(..width).ok_or(Errno::EFAULT)?;
            hal::uaccess::copy_from_user(pointer, at).map_err(|_| Errno::EFAULT)?;
            let address = u64::from_le_bytes(raw);
            if address == 0 {
                return Ok(strings);
            }
            budget.pointer()?;
            strings.copy_one(address, budget)?;
            at = at.checked_add(width as u64).ok_or(Errno::EFAULT)?;
        }
    }

    fn copy_one(&mut self, address: u64, budget: &mut Budget) -> Result<(), Errno> {
        let start = self.bytes.len();
        let mut from = address;
        loop {
            let mut chunk = [0; CHUNK];
            // Up to a page's end at most, so that a fault is only reported for what is needed.
            let room = (4096 - (from & 4095) as usize).min(CHUNK);
            let buffer = chunk.get_mut(..room).ok_or(Errno::EFAULT)?;
            let length = hal::uaccess::strncpy_from_user(buffer, from).map_err(|_| Errno::EFAULT)?;
            let text = buffer.get(..length).ok_or(Errno::EFAULT)?;
            self.bytes.try_reserve(length + 1).map_err(|_| Errno::ENOMEM)?;
            self.bytes.extend_from_slice(text);
            if self.bytes.len() - start >= MAX_ARG_STRLEN {
                return Err(Errno::E2BIG);
            }
            budget.bytes(length as u64)?;
            if length < room {
                break;
            }
            from = from.checked_add(length as u64).ok_or(Errno::EFAULT)?;
        }
        budget.bytes(1)?;
        self.bytes.push(0);
        self.lengths.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.lengths.push((self.bytes.len() - start) as u32);
        Ok(())
    }
}

/// What is left for strings and pointers: a quarter of the stack limit, at most 6 MiB, at
/// least 128 KiB (execve(2), "Limits on size of arguments and environment").
#[derive(Debug)]
pub struct Budget(u64);

impl Budget {
    /// For a stack limit in bytes.
    pub fn new(stack_limit: u64) -> Self {
        Self((stack_limit / 4).clamp(ARG_MIN, ARG_MAX))
    }

    fn pointer(&mut self) -> Result<(), Errno> {
        self.bytes(8)
    }

    /// Uses `count` bytes; `E2BIG` when they are not left.
    pub fn bytes(&mut self, count: u64) -> Result<(), Errno> {
        self.0 = self.0.checked_sub(count).ok_or(Errno::E2BIG)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_can_be_replaced() {
        let mut strings = Strings::from_slices(&[b"a", b"bc"]);
        strings.remove_first();
        strings.push_front(b"script").unwrap();
        strings.push_front(b"/bin/sh").unwrap();
        assert_eq!(strings.bytes(), b"/bin/sh\0script\0bc\0");
        assert_eq!(strings.lengths().collect::<Vec<_>>(), [8, 7, 3]);
    }

    #[test]
    fn limits_follow_the_stack_s() {
        assert_eq!(Budget::new(8 << 20).0, 2 << 20);
        assert_eq!(Budget::new(u64::MAX).0, 6 << 20);
        assert_eq!(Budget::new(0).0, 128 << 10);
        let mut budget = Budget::new(0);
        assert_eq!(budget.bytes(128 << 10), Ok(()));
        assert_eq!(budget.bytes(1), Err(Errno::E2BIG));
    }
}
