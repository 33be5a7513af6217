//! Pieces of memory that are handed to a device together.

use alloc::vec::Vec;

use abi::Errno;

use crate::mem::{PAGE_SIZE, PageRef, frames};

/// A part of a page.
pub struct Segment {
    page: PageRef,
    offset: usize,
    len: usize,
}

impl Segment {
    /// `len` bytes at `offset`. Panics beyond the page.
    pub fn new(page: PageRef, offset: usize, len: usize) -> Self {
        assert!(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset);
        Self { page, offset, len }
    }

    /// Its page.
    pub fn page(&self) -> &PageRef {
        &self.page
    }

    /// Where it begins in the page.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Its length.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// A descriptor as the device reads it (virtio 1.2, 2.7.5); numbers are little-endian, as this machine's.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) addr: u64,
    pub(super) len: u32,
    pub(super) flags: u16,
    pub(super) next: u16,
}

pub(super) const NEXT: u16 = 1;
pub(super) const WRITE: u16 = 2;
pub(super) const INDIRECT: u16 = 4;

/// Descriptors in a table of one page.
pub(super) const TABLE_LEN: usize = PAGE_SIZE / size_of::<Descriptor>();

/// Segments that the device reads, and after them such that it writes.
pub struct Chain {
    segments: Vec<Segment>,
    /// How many of them the device reads.
    outs: usize,
    pub(super) descriptors: Vec<Descriptor>,
    /// A copy of the descriptors for the device, if they are many. Nobody else has this page.
    table: Option<PageRef>,
}

impl Chain {
    /// The device reads `segments[..outs]` and writes the others. ENOMEM; EMSGSIZE if the pieces are too many.
    pub fn new(segments: Vec<Segment>, outs: usize) -> Result<Self, Errno> {
        let mut descriptors: Vec<Descriptor> = Vec::new();
        descriptors.try_reserve(segments.len()).map_err(|_| Errno::ENOMEM)?;
        for (nth, segment) in segments.iter().enumerate().filter(|(_, segment)| segment.len != 0) {
            let flags = if nth < outs { 0 } else { WRITE };
            let addr = segment.page.phys().0 + segment.offset as u64;
            match descriptors.last_mut() {
                Some(last) if last.flags == flags && last.addr + u64::from(last.len) == addr => {
                    last.len += segment.len as u32;
                }
                _ => descriptors.push(Descriptor { addr, len: segment.len as u32, flags, next: 0 }),
            }
        }
        let last = descriptors.len().saturating_sub(1);
        for (next, descriptor) in (1..).zip(&mut descriptors[..last]) {
            descriptor.flags |= NEXT;
            descriptor.next = next;
        }
        let mut chain = Self { segments, outs, descriptors, table: None };
        if chain.descriptors.len() > 2 {
            chain.table = Some(chain.fill_table()?);
        }
        Ok(chain)
    }

    fn fill_table(&self) -> Result<PageRef, Errno> {
        if self.descriptors.len() > TABLE_LEN {
            return Err(Errno::EMSGSIZE);
        }
        let page = PageRef::alloc().ok_or(Errno::ENOMEM)?;
        let table = frames::direct(page.phys()).cast::<Descriptor>();
        // SAFETY: the page is this chain's alone and has room for them, as was just checked.
        unsafe { table.copy_from_nonoverlapping(self.descriptors.as_ptr(), self.descriptors.len()) };
        Ok(page)
    }

    /// The one descriptor that stands for all, if there is a table.
    pub(super) fn indirect(&self) -> Option<Descriptor> {
        let table = self.table.as_ref()?;
        let len = (self.descriptors.len() * size_of::<Descriptor>()) as u32;
        Some(Descriptor { addr: table.phys().0, len, flags: INDIRECT, next: 0 })
    }

    /// Bytes that the device may write.
    pub fn capacity(&self) -> usize {
        self.written().iter().map(Segment::len).sum()
    }

    /// The segments that the device writes.
    pub fn written(&self) -> &[Segment] {
        &self.segments[self.outs..]
    }

    /// Copies from what the device wrote, beginning `skip` bytes in; returns how many bytes there were.
    pub fn copy_written(&self, skip: usize, buf: &mut [u8]) -> usize {
        let (mut skip, mut done) = (skip, 0);
        for segment in self.written() {
            let from = skip.min(segment.len);
            skip -= from;
            let len = (segment.len - from).min(buf.len() - done);
            segment.page.read(segment.offset + from, &mut buf[done..done + len]);
            done += len;
        }
        done
    }

    /// Takes the segments back.
    pub fn into_segments(self) -> Vec<Segment> {
        self.segments
    }
}
