//! What is in a directory: the server's own entries, kept as they came.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use abi::Errno;
use sync::Once;
use vfs::consts::NAME_MAX;

use crate::fid::Fid;
use crate::proto::{QID_LEN, Qid};
use crate::share::Share;
use crate::wire::Reader;

/// Bytes of the longest entry.
const LONGEST: usize = QID_LEN + 8 + 1 + 2 + NAME_MAX;
/// So often has a reply with room left to be the last one before that is taken for granted.
const CERTAIN: i32 = 16;

impl Share {
    /// Learns whether the server fills its replies.
    fn note_short_end(&self, was_end: bool) {
        let known = self.short_ends.load(Ordering::Relaxed);
        if known >= 0 {
            self.short_ends.store(if was_end { known.saturating_add(1) } else { -1 }, Ordering::Relaxed);
        }
    }
}

/// One entry.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub qid: Qid,
    /// The position after it.
    pub next: u64,
    pub d_type: u8,
    pub name: &'a [u8],
    /// Bytes that it takes.
    len: usize,
}

/// Entries that follow one another.
pub(crate) struct Listing {
    share: Arc<Share>,
    /// The position of the first one.
    pub start: u64,
    entries: Vec<u8>,
    /// Whether the directory ends behind the last one.
    pub complete: bool,
    /// Where the entries begin, sorted by name; made when a name is asked for.
    index: Once<Vec<u32>>,
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.share.listed.fetch_sub(self.entries.capacity(), Ordering::Relaxed);
    }
}

impl Listing {
    /// Reads the directory that `fid` has open from the position `start` to its end; or not so far, if it is so
    /// large that its listing won't be kept.
    pub fn read(share: &Arc<Share>, fid: &Fid, start: u64) -> Result<Arc<Self>, Errno> {
        let mut entries: Vec<u8> = Vec::new();
        let mut buffer = share.client.buffer(usize::MAX)?;
        let mut at = start;
        let mut was_short = false;
        let complete = loop {
            let count = share.client.readdir(fid, at, buffer.bytes())?;
            if was_short {
                share.note_short_end(count == 0);
            }
            if count == 0 {
                break true;
            }
            was_short = count + LONGEST <= buffer.bytes().len();
            let part = buffer.bytes().get(..count).ok_or(Errno::EIO)?;
            let next = check(part)?;
            let room = entries.try_reserve(count).is_ok();
            if !room && entries.is_empty() {
                return Err(Errno::ENOMEM);
            }
            if room {
                entries.extend_from_slice(part);
            }
            // A position that doesn't move would be read for ever.
            if next == at {
                return Err(Errno::EIO);
            }
            // In the middle of a directory that is too large to be kept, one message is enough at a time.
            if !room || start != 0 || !share.room_for_listing(entries.len()) {
                break false;
            }
            if was_short && share.short_ends.load(Ordering::Relaxed) >= CERTAIN {
                break true;
            }
            at = next;
        };
        drop(buffer);
        share.listed.fetch_add(entries.capacity(), Ordering::Relaxed);
        Ok(Arc::new(Listing { share: share.clone(), start, entries, complete, index: Once::new() }))
    }

    /// How much memory it takes.
    pub fn bytes(&self) -> usize {
        self.entries.capacity()
    }

    /// The entry at a byte offset, and the offset of the one behind it.
    pub fn entry(&self, offset: usize) -> Option<(Entry<'_>, usize)> {
        let entry = parse(self.entries.get(offset..)?).ok()?;
        Some((entry, offset + entry.len))
    }

    /// The byte offset of the entry at position `pos`; none if there is no such position here.
    pub fn offset_of(&self, pos: u64) -> Option<usize> {
        let (mut offset, mut at) = (0, self.start);
        while at != pos {
            let (entry, next) = self.entry(offset)?;
            (offset, at) = (next, entry.next);
        }
        Some(offset)
    }

    /// The qid of `name`, if it is in here. ENOMEM if there is none for an index.
    pub fn find(&self, name: &[u8]) -> Result<Option<Qid>, Errno> {
        let index = match self.index.get() {
            Some(index) => index,
            None => {
                let index = self.make_index()?;
                self.index.call_once(|| index)
            }
        };
        let Ok(at) = index.binary_search_by_key(&name, |offset| self.name_at(*offset)) else {
            return Ok(None);
        };
        Ok(index.get(at).and_then(|offset| self.entry(*offset as usize)).map(|(entry, _)| entry.qid))
    }

    fn name_at(&self, offset: u32) -> &[u8] {
        self.entry(offset as usize).map_or(&[], |(entry, _)| entry.name)
    }

    fn make_index(&self) -> Result<Vec<u32>, Errno> {
        let mut index = Vec::new();
        let mut offset = 0;
        while let Some((_, next)) = self.entry(offset) {
            index.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
            index.push(offset as u32);
            offset = next;
        }
        index.sort_unstable_by_key(|offset| self.name_at(*offset));
        Ok(index)
    }
}

/// The position behind the last of some entries. EIO if they don't make sense.
fn check(mut bytes: &[u8]) -> Result<u64, Errno> {
    let mut last = Err(Errno::EIO);
    while !bytes.is_empty() {
        let entry = parse(bytes)?;
        last = Ok(entry.next);
        bytes = bytes.get(entry.len..).ok_or(Errno::EIO)?;
    }
    last
}

fn parse(bytes: &[u8]) -> Result<Entry<'_>, Errno> {
    let mut reader = Reader::new(bytes);
    let qid = Qid::read(&mut reader)?;
    let (next, d_type, name) = (reader.u64()?, reader.u8()?, reader.string()?);
    if name.is_empty() || name.len() > NAME_MAX || name.iter().any(|byte| matches!(byte, 0 | b'/')) {
        return Err(Errno::EIO);
    }
    let d_type = if d_type <= 14 { d_type } else { 0 };
    Ok(Entry { qid, next, d_type, name, len: bytes.len() - reader.remaining() })
}
