//! Files whose contents are made as text when they are opened (proc, sysfs).

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use abi::Errno;
use mm::{IterDst, IterSrc};

use crate::{File, FileOps};

/// A text that grows; ENOMEM shows at the end.
#[derive(Default)]
pub struct Text {
    bytes: Vec<u8>,
    out_of_memory: bool,
}

impl Text {
    /// Adds bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.bytes.try_reserve(bytes.len()).is_ok() {
            self.bytes.extend_from_slice(bytes);
        } else {
            self.out_of_memory = true;
        }
    }

    /// What there is so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// Takes what a program writes to a file, a call at a time.
pub type Store = Box<dyn Fn(&[u8]) -> Result<(), Errno> + Send + Sync>;

/// An open file with its text.
pub struct TextFile {
    bytes: Vec<u8>,
    store: Store,
}

impl TextFile {
    /// A file with what `generate` writes; `store` takes what is written to it.
    pub fn new(
        generate: impl FnOnce(&mut Text) -> Result<(), Errno>,
        store: impl Fn(&[u8]) -> Result<(), Errno> + Send + Sync + 'static,
    ) -> Result<Self, Errno> {
        let mut text = Text::default();
        generate(&mut text)?;
        if text.out_of_memory {
            return Err(Errno::ENOMEM);
        }
        Ok(Self { bytes: text.bytes, store: Box::new(store) })
    }
}

impl FileOps for TextFile {
    fn read_iter(&self, _file: &File, dst: &mut IterDst<'_>, pos: &mut u64) -> Result<usize, Errno> {
        let rest = usize::try_from(*pos).ok().and_then(|at| self.bytes.get(at..)).unwrap_or(&[]);
        let part = rest.get(..dst.remaining()).unwrap_or(rest);
        let copied = dst.copy_out(part)?;
        *pos += copied as u64;
        Ok(copied)
    }

    fn write_iter(&self, _file: &File, src: &mut IterSrc<'_>, pos: &mut u64) -> Result<usize, Errno> {
        let mut bytes = [0; 128];
        let len = src.remaining().min(bytes.len());
        let len = src.copy_in(bytes.get_mut(..len).unwrap_or(&mut []))?;
        (self.store)(bytes.get(..len).unwrap_or(&[]))?;
        *pos += len as u64;
        Ok(len)
    }
}
