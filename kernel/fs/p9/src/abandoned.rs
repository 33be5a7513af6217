//! Calls whose callers were killed before the reply came. Their tags stay taken until then, and a fid that such a call
//! was to make is given back only afterwards: the server may do what was asked at any time.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use sync::{SpinLock, rank};

use crate::channel::Abandoned;
use crate::client::{Client, Tag};

struct Orphan {
    tag: u16,
    /// The fid that is made.
    making: Option<u32>,
    call: Arc<dyn Abandoned>,
}

/// The abandoned calls of one client.
pub(crate) struct Orphans {
    list: SpinLock<Vec<Orphan>>,
    /// How many there are: looked at before each call.
    count: AtomicUsize,
}

impl Default for Orphans {
    fn default() -> Self {
        Self { list: SpinLock::new(rank::FS_PRIVATE, Vec::new()), count: AtomicUsize::new(0) }
    }
}

impl Client {
    /// Takes over what an abandoned call holds. Without memory it is lost for good.
    pub fn orphan(&self, tag: Tag<'_>, making: Option<u32>, call: Arc<dyn Abandoned>) {
        let mut list = self.orphans.list.lock();
        if list.try_reserve(1).is_ok() {
            list.push(Orphan { tag: tag.number, making, call });
            self.orphans.count.store(list.len(), Ordering::Relaxed);
        }
        core::mem::forget(tag);
    }

    /// Makes use again of what abandoned calls held whose replies have come.
    pub fn take_orphans_in(&self) {
        while self.orphans.count.load(Ordering::Relaxed) != 0 {
            let orphan = {
                let mut list = self.orphans.list.lock();
                let over = list.iter().position(|orphan| orphan.call.is_over());
                let orphan = over.map(|at| list.swap_remove(at));
                self.orphans.count.store(list.len(), Ordering::Relaxed);
                orphan
            };
            let Some(orphan) = orphan else { return };
            if let Some(fid) = orphan.making {
                self.give_back_late(fid);
            }
            drop(Tag { client: self, number: orphan.tag });
        }
    }
}
