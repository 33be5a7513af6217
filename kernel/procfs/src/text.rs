//! Files whose contents are made when they are opened.

use alloc::vec::Vec;
use core::fmt;

use abi::Errno;
use mm::{IterDst, IterSrc};
use vfs::{File, FileOps};

use crate::node::Node;

/// A text that grows; ENOMEM shows at the end.
#[derive(Default)]
pub(crate) struct Text {
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
}

#[cfg(test)]
impl Text {
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

/// An open file with its text.
pub(crate) struct TextFile {
    node: Node,
    bytes: Vec<u8>,
}

impl TextFile {
    /// Makes the text of `node`.
    pub fn new(node: Node) -> Result<Self, Errno> {
        let mut text = Text::default();
        node.generate(&mut text)?;
        if text.out_of_memory {
            return Err(Errno::ENOMEM);
        }
        Ok(Self { node, bytes: text.bytes })
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
        self.node.write(bytes.get(..len).unwrap_or(&[]))?;
        *pos += len as u64;
        Ok(len)
    }
}
