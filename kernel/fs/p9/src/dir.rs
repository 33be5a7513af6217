//! Open directories.

use alloc::sync::Arc;

use abi::Errno;
use sync::{SpinLock, rank};
use vfs::{DirContext, File, FileOps};

use crate::listing::Listing;
use crate::node::{Node, OpenFid};
use crate::silly;

/// What an open directory reads from.
struct Place {
    /// Opened at the server; given back when a whole listing is there.
    fid: Option<Arc<OpenFid>>,
    listing: Option<Arc<Listing>>,
    /// Where in the listing the entry at position `pos` is.
    pos: u64,
    offset: usize,
}

/// An open directory.
pub(crate) struct DirFile {
    node: Arc<Node>,
    place: SpinLock<Place>,
}

impl DirFile {
    /// Opens it at the server, unless its listing is here: who may not read it learns it now.
    pub fn open(node: &Arc<Node>) -> Result<Self, Errno> {
        let listing = node.listing();
        let fid = if listing.is_some() { None } else { Some(node.open_at_server(0)?) };
        let place = Place { fid, listing, pos: 0, offset: 0 };
        Ok(DirFile { node: node.clone(), place: SpinLock::new(rank::FS_PRIVATE, place) })
    }

    /// The listing that has the entry at `pos`, and where.
    fn find(&self, file: &File, pos: u64) -> Result<(Arc<Listing>, usize), Errno> {
        if pos == 0 {
            self.rewind(file)?;
        }
        let (listing, hint) = {
            let place = self.place.lock();
            (place.listing.clone(), (place.pos == pos).then_some(place.offset))
        };
        if let Some(listing) = listing
            && let Some(offset) = hint.or_else(|| listing.offset_of(pos))
        {
            return Ok((listing, offset));
        }
        self.read(pos).map(|listing| (listing, 0))
    }

    /// From the beginning: what is there now counts.
    fn rewind(&self, file: &File) -> Result<(), Errno> {
        let node = &self.node;
        if !node.is_fresh(node.share.options.cache.open_dir_ns()) {
            node.refresh(&file.inode)?;
        }
        let listing = node.listing();
        let mut place = self.place.lock();
        let old = core::mem::replace(&mut place.listing, listing);
        (place.pos, place.offset) = (0, 0);
        drop(place);
        drop(old);
        Ok(())
    }

    /// Asks the server for what comes from `pos` on.
    fn read(&self, pos: u64) -> Result<Arc<Listing>, Errno> {
        let fid = self.place.lock().fid.take();
        let open = match fid {
            Some(open) => open,
            None => self.node.open_at_server(0)?,
        };
        let listing = Listing::read(&self.node.share, &open.fid, pos)?;
        if listing.complete && pos == 0 {
            self.node.keep_listing(&listing);
        }
        let keep = if listing.complete { None } else { Some(open) };
        let old = {
            let mut place = self.place.lock();
            place.fid = keep;
            (place.pos, place.offset) = (pos, 0);
            place.listing.replace(listing.clone())
        };
        drop(old);
        Ok(listing)
    }
}

impl Drop for DirFile {
    fn drop(&mut self) {
        let fid = self.place.get_mut().fid.take();
        drop(fid);
        self.node.share.client.reap_some();
    }
}

impl FileOps for DirFile {
    fn read_iter(&self, _file: &File, _dst: &mut mm::IterDst<'_>, _pos: &mut u64) -> Result<usize, Errno> {
        Err(Errno::EISDIR)
    }

    fn is_dir(&self) -> bool {
        true
    }

    fn iterate(&self, file: &File, ctx: &mut DirContext<'_>) -> Result<(), Errno> {
        loop {
            let (listing, mut offset) = self.find(file, ctx.pos)?;
            let mut full = false;
            while let Some((entry, next)) = listing.entry(offset) {
                if !silly::is_hidden(entry.name) && !ctx.emit(entry.name, entry.qid.path, entry.d_type) {
                    full = true;
                    break;
                }
                ctx.pos = entry.next;
                offset = next;
            }
            {
                let mut place = self.place.lock();
                (place.pos, place.offset) = (ctx.pos, offset);
            }
            if full || listing.complete {
                return Ok(());
            }
            // The rest of a directory that is too large to be kept: the next part replaces this one.
            let old = self.place.lock().listing.take();
            drop(old);
            let part = self.read(ctx.pos)?;
            if part.entry(0).is_none() {
                return Ok(());
            }
        }
    }

    fn llseek(&self, _file: &File, offset: i64, whence: u32, pos: &mut u64) -> Result<u64, Errno> {
        vfs::read_write::dir_llseek(offset, whence, pos)
    }

    fn fsync(&self, _file: &File, _start: u64, _end: u64, datasync: bool) -> Result<(), Errno> {
        let fid = self.place.lock().fid.clone();
        let open = match fid {
            Some(open) => open,
            None => self.node.open_at_server(0)?,
        };
        self.node.share.client.fsync(&open.fid, datasync)
    }
}
