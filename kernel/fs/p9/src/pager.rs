//! Pages from the server and back.

use abi::Errno;
use hal::mem::{PAGE_SIZE, PageRef};
use mm::Pager;

use crate::node::Node;

const PAGE: u64 = PAGE_SIZE as u64;

impl Pager for Node {
    fn read_page(&self, index: u64, page: &PageRef) -> Result<(), Errno> {
        self.read_pages(index, core::slice::from_ref(page))
    }

    fn read_pages(&self, first: u64, pages: &[PageRef]) -> Result<(), Errno> {
        let reader = self.reader()?;
        let client = &self.share.client;
        let start = first.saturating_mul(PAGE);
        // Behind the end nothing is asked for: a page that is half there costs one message, not two.
        let end = self.size().min(start.saturating_add(pages.len() as u64 * PAGE));
        let wanted = end.saturating_sub(start) as usize;
        let mut buffer = client.buffer(wanted.max(1))?;
        let mut done = 0;
        let mut next = pages.iter();
        while done < wanted {
            let room = buffer.bytes();
            let len = room.len().min(wanted - done);
            let part = room.get_mut(..len).ok_or(Errno::EIO)?;
            let count = fill(|at, rest| client.read(&reader.fid, start + (done + at) as u64, rest), part)?;
            for chunk in part.chunks(PAGE_SIZE) {
                let Some(page) = next.next() else { break };
                page.write(0, chunk);
                if chunk.len() < PAGE_SIZE {
                    zero_from(page, chunk.len());
                }
            }
            done += len;
            if count < len {
                break;
            }
        }
        next.for_each(PageRef::fill_zero);
        Ok(())
    }

    fn readahead_pages(&self) -> u32 {
        (self.share.client.io_size() / PAGE_SIZE) as u32
    }

    fn write_page(&self, index: u64, page: &PageRef) -> Result<(), Errno> {
        let start = index.saturating_mul(PAGE);
        let len = self.size().saturating_sub(start).min(PAGE) as usize;
        if len == 0 {
            return Ok(());
        }
        let writer = self.writer(false)?;
        let client = &self.share.client;
        let mut buffer = client.buffer(PAGE_SIZE)?;
        let bytes = buffer.bytes().get_mut(..len).ok_or(Errno::ENOMEM)?;
        page.read(0, bytes);
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            done += client.write(&writer.fid, start + done as u64, rest)?;
        }
        self.mark_changed();
        Ok(())
    }

    fn size(&self) -> u64 {
        self.size()
    }
}

/// Has `read` fill `part` until nothing comes; what is left is zero. How much came.
fn fill(
    mut read: impl FnMut(usize, &mut [u8]) -> Result<usize, Errno>,
    part: &mut [u8],
) -> Result<usize, Errno> {
    let mut done = 0;
    while let Some(rest) = part.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let count = read(done, rest)?;
        if count == 0 {
            rest.fill(0);
            break;
        }
        done += count;
    }
    Ok(done)
}

fn zero_from(page: &PageRef, from: usize) {
    const ZEROS: [u8; 256] = [0; 256];
    let mut at = from;
    while at < PAGE_SIZE {
        let len = ZEROS.len().min(PAGE_SIZE - at);
        page.write(at, ZEROS.get(..len).unwrap_or(&ZEROS));
        at += len;
    }
}
