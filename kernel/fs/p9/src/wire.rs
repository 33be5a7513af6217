//! How numbers and strings lie in a message: little-endian, strings with a 16-bit length before them.

use alloc::vec::Vec;

use abi::Errno;

/// Bytes of size, type and tag.
pub(crate) const HEADER: usize = 7;

/// A request that is being built. Room is taken once, at the beginning, and may fail; nothing grows later.
pub(crate) struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// A request of type `kind` whose body is at most `body` bytes long.
    pub fn new(kind: u8, body: usize) -> Result<Self, Errno> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(HEADER + body).map_err(|_| Errno::ENOMEM)?;
        bytes.extend_from_slice(&[0, 0, 0, 0, kind, 0, 0]);
        Ok(Request { bytes })
    }

    /// The type.
    pub fn kind(&self) -> u8 {
        self.bytes.get(4).copied().unwrap_or(0)
    }

    /// Adds a 16-bit number.
    pub fn u16(mut self, value: u16) -> Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Adds a 32-bit number.
    pub fn u32(mut self, value: u32) -> Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Adds a 64-bit number.
    pub fn u64(mut self, value: u64) -> Self {
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Adds a string; it is shorter than 64 KiB.
    pub fn string(self, text: &[u8]) -> Self {
        let text = text.get(..usize::from(u16::MAX)).unwrap_or(text);
        let mut this = self.u16(text.len() as u16);
        this.bytes.extend_from_slice(text);
        this
    }

    /// Sets tag and length; `payload` bytes follow that are sent from elsewhere.
    pub fn finish(&mut self, tag: u16, payload: usize) -> &[u8] {
        let size = (self.bytes.len() + payload) as u32;
        if let Some(slot) = self.bytes.first_chunk_mut::<HEADER>() {
            let [s0, s1, s2, s3] = size.to_le_bytes();
            let [t0, t1] = tag.to_le_bytes();
            *slot = [s0, s1, s2, s3, slot[4], t0, t1];
        }
        &self.bytes
    }
}

/// Reads a message; what isn't there is EIO.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident: $ty:ty;)*) => {$(
        $(#[$meta])*
        pub fn $name(&mut self) -> Result<$ty, Errno> {
            let (bytes, rest) = self.rest.split_first_chunk().ok_or(Errno::EIO)?;
            self.rest = rest;
            Ok(<$ty>::from_le_bytes(*bytes))
        }
    )*};
}

impl<'a> Reader<'a> {
    /// At the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    numbers! {
        /// A byte.
        u8: u8;
        /// A 16-bit number.
        u16: u16;
        /// A 32-bit number.
        u32: u32;
        /// A 64-bit number.
        u64: u64;
    }

    /// A string.
    pub fn string(&mut self) -> Result<&'a [u8], Errno> {
        let len = usize::from(self.u16()?);
        let (text, rest) = self.rest.split_at_checked(len).ok_or(Errno::EIO)?;
        self.rest = rest;
        Ok(text)
    }

    /// The bytes that haven't been read.
    #[cfg(test)]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Bytes that haven't been read.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut request = Request::new(100, 30).unwrap().u16(0x203).u32(4).u64(5).string(b"name");
        let bytes = request.finish(0x1234, 10).to_vec();
        assert_eq!(bytes[..7], [37, 0, 0, 0, 100, 0x34, 0x12]);
        let mut reader = Reader::new(&bytes[7..]);
        assert_eq!((reader.u16(), reader.u32(), reader.u64()), (Ok(0x203), Ok(4), Ok(5)));
        assert_eq!((reader.string(), reader.remaining()), (Ok(&b"name"[..]), 0));
        assert_eq!(reader.u8(), Err(Errno::EIO));
        assert_eq!(Reader::new(&[5, 0, b'a']).string(), Err(Errno::EIO));
    }
}
